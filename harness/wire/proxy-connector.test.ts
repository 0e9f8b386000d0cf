import assert from 'node:assert/strict'
import { once } from 'node:events'
import { connect, createServer, type Socket } from 'node:net'
import { afterEach, beforeEach, describe, it } from 'mocha'
import { Addresses } from './addresses.ts'
import { Bench, type BenchServer } from './test-bench.ts'

const addresses = new Addresses()

describe('a client behind a proxy', () => {
  let bench: Bench
  let server: BenchServer
  beforeEach(async () => {
    bench = new Bench()
    server = await bench.server({ host: 'hs1.example.org' })
  })
  afterEach(() => bench.close())

  /** One request through a proxy that behaves as told; what the proxy was sent goes to `behave`. */
  const through = async (behave: (socket: Socket, head: string) => void) => {
    const host = addresses.next()
    const sockets = new Set<Socket>()
    const proxy = createServer((socket) => {
      sockets.add(socket.on('error', () => {}))
      socket.once('data', (chunk) => behave(socket, chunk.toString()))
    })
    proxy.listen(0, host)
    await once(proxy, 'listening')
    bench.onClose(async () => {
      for (const socket of sockets) socket.destroy()
      proxy.close()
    })
    const bound = proxy.address()
    const port = typeof bound === 'object' && bound !== null ? bound.port : 0
    const client = await bench.server({
      asks: { connectMs: 200, totalMs: 5_000 },
      proxyFor: async () => ({ host, port, covers: 'names' }),
    })
    return client.client.request({ destination: server.name, operation: 'version' })
  }

  const code = async (behave: (socket: Socket, head: string) => void): Promise<string> =>
    (await bench.failure(through(behave))).code

  it('asks for the name and the port, and has its TLS with the far end', async () => {
    const heads: string[] = []
    const { status } = await through((socket, head) => {
      heads.push(head)
      socket.write('HTTP/1.1 200 Fine\r\nVia: 1.1 proxy\r\n\r\n')
      const far = connect(server.listener.port, server.address).on('error', () => {})
      socket.pipe(far).pipe(socket)
    })
    assert.equal(status, 200)
    const [first, ...others] = heads.join('').split('\r\n')
    assert.equal(first, `CONNECT ${server.name} HTTP/1.1`)
    assert.ok(others.includes(`host: ${server.name}`))
  })

  it('takes a refusal for one of the destination', async () => {
    assert.equal(await code((socket) => socket.end('HTTP/1.1 502 Bad Gateway\r\n\r\n')), 'refused')
    assert.equal(await code((socket) => socket.end('HTTP/1.1 407 Who Are You\r\n\r\n')), 'refused')
  })

  it('does not wait for ever, nor read for ever', async () => {
    assert.equal(await code(() => {}), 'refused')
    assert.equal(await code((socket) => socket.write('no HTTP at all\r\n\r\n')), 'garbage')
    const flood = `HTTP/1.1 200 OK\r\nX: ${'x'.repeat(100_000)}`
    assert.equal(await code((socket) => socket.write(flood)), 'garbage')
  })

  it('tells of a proxy that breaks off', async () => {
    assert.equal(await code((socket) => socket.resetAndDestroy()), 'reset')
    assert.equal(await code((socket) => socket.end()), 'reset')
  })
})
