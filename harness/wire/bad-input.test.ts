import assert from 'node:assert/strict'
import { once } from 'node:events'
import { connect as tcpConnect } from 'node:net'
import { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { afterEach, beforeEach, describe, it } from 'mocha'
import { Bench, dial, outsider } from './test-bench.ts'

const MiB = 1024 * 1024

describe('bad input', () => {
  let bench: Bench
  beforeEach(() => {
    bench = new Bench()
  })
  afterEach(() => bench.close())

  it('refuses a body of 1 GiB without holding it', async () => {
    const server = await bench.server({ handle: () => assert.fail('it was handed over') })
    const chunk = Buffer.alloc(MiB)
    let sent = 0
    let peak = 0
    const flood = Readable.from(
      (function* () {
        for (; sent < 1024; sent++) {
          peak = Math.max(peak, process.memoryUsage().arrayBuffers)
          yield chunk
        }
      })(),
    )
    const before = process.memoryUsage().arrayBuffers
    const ask = await outsider(server, { method: 'PUT', path: '/_matrix/federation/v1/send/1' })
    const answered = once(ask, 'response')
    // Without a length, so that the bytes have to be counted.
    const flooded = pipeline(flood, ask).catch(() => 'broken off')
    const [answer] = await answered
    answer.on('error', () => {}).resume()
    const recorded = await bench.exchange(({ ending }) => ending === 'garbage')
    assert.equal(await flooded, 'broken off')
    assert.equal(answer.statusCode, 413)
    assert.equal(recorded.response?.status, 413)
    assert.equal(answer.headers['access-control-allow-origin'], '*')
    assert.match(recorded.error ?? '', /67108864 are allowed/)
    assert.ok(recorded.request.body.truncated && recorded.request.body.length > 64 * MiB)
    assert.ok(recorded.request.body.bytes.length <= MiB)
    assert.ok(sent < 200, `${sent} MiB were taken`)
    assert.ok(peak - before < 180 * MiB, `${Math.round((peak - before) / MiB)} MiB were held`)
  })

  it('refuses a body that announces too much before it is sent', async () => {
    const server = await bench.server({ listens: { bodyBytes: 1_000 } })
    const ask = await outsider(server, {
      method: 'PUT',
      path: '/',
      headers: { 'content-length': 2 ** 30 },
    })
    ask.on('error', () => {})
    ask.flushHeaders()
    const [answer] = await once(ask, 'response')
    assert.equal(answer.statusCode, 413)
    ask.destroy()
    const recorded = await bench.exchange(({ ending }) => ending === 'garbage')
    assert.equal(recorded.request.body.length, 2 ** 30)
  })

  it('refuses a header of 1 MiB', async () => {
    const server = await bench.server()
    const socket = await dial(server)
    const answer = once(socket, 'data')
    socket.write(`GET / HTTP/1.1\r\nx: ${'y'.repeat(MiB)}\r\n\r\n`)
    assert.match(String(await answer), /^HTTP\/1.1 431 /)
    const recorded = await bench.exchange(({ ending }) => ending === 'garbage')
    assert.match(recorded.error ?? '', /answered 431/)
    assert.equal(recorded.method, '')
    socket.destroy()
  })

  it('records what is not HTTP with its bytes', async () => {
    const server = await bench.server()
    const socket = await dial(server)
    socket.write('EHLO there\r\n')
    const recorded = await bench.exchange(({ ending }) => ending === 'garbage')
    assert.equal(Buffer.from(recorded.request.body.bytes).toString(), 'EHLO there\r\n')
    assert.match(recorded.error ?? '', /answered 400/)
    socket.destroy()
  })

  it('records what is not TLS, and a client that does not trust it', async () => {
    const server = await bench.server()
    const plain = tcpConnect(server.listener.port, server.address)
    plain.on('error', () => {}).end('GET / HTTP/1.1\r\n\r\n')
    const first = await bench.exchange(({ ending }) => ending === 'garbage')
    assert.match(first.error ?? '', /no TLS connection came about/)

    const ask = await outsider(server, { ca: [] })
    await assert.rejects(once(ask, 'response'), /self-signed|unable to/)
    const second = await bench.exchange(({ ending, id }) => ending === 'garbage' && id !== first.id)
    assert.match(second.error ?? '', /no TLS connection came about/)
  })

  it('records a body that breaks off, with what came of it', async () => {
    const server = await bench.server()
    const socket = await dial(server)
    socket.write('PUT / HTTP/1.1\r\nhost: x\r\ncontent-length: 100\r\n\r\n{"half":')
    socket.end()
    const recorded = await bench.exchange(({ method }) => method === 'PUT')
    assert.equal(recorded.ending, 'reset')
    assert.equal(Buffer.from(recorded.request.body.bytes).toString(), '{"half":')
  })

  it('gives up on a request that takes too long', async () => {
    const server = await bench.server({ listens: { requestMs: 60, headersMs: 30 } })
    const socket = await dial(server)
    socket.once('data', (answer) => {
      assert.match(String(answer), /^HTTP\/1.1 408 /)
      socket.destroy()
    })
    socket.write('PUT / HTTP/1.1\r\nhost: x\r\ncontent-length: 100\r\n\r\n{"half":')
    const recorded = await bench.exchange(({ method }) => method === 'PUT')
    assert.equal(recorded.ending, 'timeout')
  })
})
