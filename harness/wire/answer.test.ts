import assert from 'node:assert/strict'
import type { TLSSocket } from 'node:tls'
import { afterEach, beforeEach, describe, it } from 'mocha'
import type { Json } from '../matrix/event.ts'
import type { WireRequest } from './client.ts'
import { Bench, type BenchServer, jsonAnswer, saying } from './test-bench.ts'

const MiB = 1024 * 1024

describe('answers', () => {
  let bench: Bench
  let peer: BenchServer
  beforeEach(async () => {
    bench = new Bench()
    peer = await bench.server({ asks: { totalMs: 5_000 } })
  })
  afterEach(() => bench.close())

  const ask = (destination: string, more: Partial<WireRequest> = {}) =>
    peer.client.request({ destination, operation: 'version', ...more })

  const odd: Readonly<Record<string, [string | Buffer, RegExp | undefined]>> = {
    'JSON that is none': ['{"a":', /.+/],
    'invalid UTF-8': [Buffer.from([0x22, 0xff, 0x22]), /UTF-8/i],
    'JSON 100,000 deep': [`${'['.repeat(100_000)}${']'.repeat(100_000)}`, /deep/],
    'a key twice': ['{"a":1,"a":2}', /.+/],
  }
  for (const [title, [text, problem]] of Object.entries(odd)) {
    it(`may be ${title}`, async () => {
      const server = await bench.rude(saying(jsonAnswer(text)))
      const reply = await ask(server)
      assert.equal(reply.status, 200)
      assert.equal(reply.json, undefined)
      assert.match(reply.jsonError ?? '', problem ?? /./)
      assert.deepEqual(Buffer.from(reply.body), Buffer.from(text))
    })
  }

  it('that are not JSON and do not claim it are no error', async () => {
    const server = await bench.rude(
      saying('HTTP/1.1 200 OK\r\nContent-Type: multipart/mixed\r\nContent-Length: 2\r\n\r\n{}'),
    )
    const reply = await ask(server)
    assert.equal(reply.json, undefined)
    assert.equal(reply.jsonError, undefined)
  })

  it('that are JSON are read whatever they call themselves', async () => {
    const server = await bench.rude(saying('HTTP/1.1 200 OK\r\nContent-Length: 7\r\n\r\n{"a":1}'))
    const expected: Json = { a: 1 }
    assert.deepEqual((await ask(server)).json, expected)
  })

  it('that never end are ended by their size', async () => {
    const server = await bench.rude((socket) => {
      const chunk = Buffer.alloc(64 * 1024, 'x')
      const pour = () => {
        while (!socket.destroyed && socket.write(chunk));
      }
      socket.once('data', () => {
        socket.write(
          'HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nConnection: close\r\n\r\n',
        )
        socket.on('drain', pour)
        pour()
      })
    })
    const thrifty = await bench.server({ asks: { bodyBytes: 4 * MiB } })
    const reply = thrifty.client.request({ destination: server, operation: 'version' })
    const error = await bench.failure(reply)
    assert.equal(error.code, 'garbage')
    const { response } = bench.journal.exchange(error.exchange) ?? {}
    assert.equal(response?.status, 200)
    assert.ok((response?.body.length ?? 0) <= 4 * MiB)
  })

  it('that never end are ended by time', async () => {
    const server = await bench.rude((socket) => {
      socket.once('data', () => {
        socket.write('HTTP/1.1 200 OK\r\nContent-Length: 100000\r\n\r\n')
        const drip = setInterval(() => socket.write('x'), 5)
        socket.once('close', () => clearInterval(drip))
      })
    })
    const error = await bench.failure(ask(server, { timeoutMs: 80 }))
    assert.equal(error.code, 'timeout')
    assert.match(error.message, /within 80 ms/)
    assert.ok((bench.journal.exchange(error.exchange)?.response?.body.length ?? 0) > 0)
  })

  it('with a header of 1 MiB are garbage', async () => {
    const server = await bench.rude(
      saying(`HTTP/1.1 200 OK\r\nx: ${'y'.repeat(MiB)}\r\nContent-Length: 0\r\n\r\n`),
    )
    assert.equal((await bench.failure(ask(server))).code, 'garbage')
  })

  const broken: Readonly<Record<string, [(socket: TLSSocket) => void, string]>> = {
    'not HTTP': [saying('220 mail.example ESMTP\r\n\r\n'), 'garbage'],
    'cut off': [
      (socket) => socket.once('data', () => socket.end(jsonAnswer('{"a":1}').subarray(0, -2))),
      'reset',
    ],
    'no answer at all': [(socket) => socket.once('data', () => socket.destroy()), 'reset'],
  }
  for (const [title, [behave, code]] of Object.entries(broken)) {
    it(`that are ${title} are ${code}`, async () => {
      const server = await bench.rude(behave)
      assert.equal((await bench.failure(ask(server))).code, code)
    })
  }
})
