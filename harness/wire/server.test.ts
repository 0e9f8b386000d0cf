import assert from 'node:assert/strict'
import { once } from 'node:events'
import { connect as tcpConnect } from 'node:net'
import { Readable } from 'node:stream'
import { connect as tlsConnect } from 'node:tls'
import { afterEach, beforeEach, describe, it } from 'mocha'
import type { InboundRequest } from './server.ts'
import { Bench, type BenchServer, deferred, outsider } from './test-bench.ts'

describe('listener', () => {
  let bench: Bench
  beforeEach(() => {
    bench = new Bench()
  })
  afterEach(() => bench.close())

  it('hands over what was sent and records both directions as bytes', async () => {
    const seen = deferred<InboundRequest>()
    const server = await bench.server({
      check: 'a/b/c',
      handle(request) {
        seen.resolve(request)
        return { status: 418, headers: { 'x-extra': '1' }, json: { ok: 'ü' } }
      },
    })
    const path = '/_matrix/federation/v1/state/!r%2F1?event_id=%24e&event_id=b&__proto__=x'
    const ask = await outsider(server, {
      path,
      headers: { 'X-Twice': ['a', 'b'], authorization: 'X-Matrix origin=me,key=k,sig=s' },
    })
    ask.end()
    const [answer] = await once(ask, 'response')
    const text = Buffer.concat(await Readable.from(answer).toArray()).toString()

    const request = await seen.promise
    assert.equal(text, '{"ok":"ü"}')
    assert.equal(answer.statusCode, 418)
    assert.equal(answer.headers['content-type'], 'application/json')
    assert.equal(request.uri, path)
    assert.equal(request.path, '/_matrix/federation/v1/state/!r%2F1')
    assert.deepEqual({ ...request.query }, { event_id: ['$e', 'b'], ['__proto__']: ['x'] })
    assert.equal(request.operation?.name, 'state')
    assert.deepEqual(request.params, { roomId: '!r/1' })
    assert.equal(request.headers['x-twice'], 'a, b')
    assert.equal(request.claimedOrigin, 'me')
    const recorded = await bench.exchange(({ id }) => id === request.exchange)
    assert.equal(recorded.from, 'me')
    assert.equal(recorded.to, server.name)
    assert.equal(recorded.seenBy, 'receiver')
    assert.equal(recorded.check, 'a/b/c')
    assert.equal(recorded.uri, path)
    assert.equal(recorded.ending, 'answered')
    assert.equal(recorded.response?.status, 418)
    assert.equal(recorded.response?.headers['x-extra'], '1')
    assert.equal(Buffer.from(recorded.response?.body.bytes ?? []).toString(), '{"ok":"ü"}')
    assert.ok(recorded.startedAt <= recorded.endedAt)
  })

  it('does not take an answer for given that comes after the connection was cut', async () => {
    const server: BenchServer = await bench.server({
      handle() {
        server.listener.sever(() => true, 'rule-1')
        return { status: 200, json: {} }
      },
    })
    const ask = await outsider(server, { path: '/_matrix/federation/v1/version' })
    ask.end()
    await once(ask, 'error').catch(() => undefined)
    const recorded = await bench.exchange(({ to }) => to === server.name)
    assert.deepEqual([recorded.ending, recorded.fault], ['cut', 'rule-1'])
  })

  it('passes bytes on as they are: invalid UTF-8, JSON 100,000 deep, nothing', async () => {
    const bodies = [
      Buffer.from([0x7b, 0x22, 0xff, 0xfe, 0x22, 0x7d]),
      Buffer.from('['.repeat(100_000)),
      Buffer.alloc(0),
    ]
    const received: Uint8Array[] = []
    const server = await bench.server({
      handle({ body }) {
        received.push(body)
        return { status: 200 }
      },
    })
    for (const body of bodies) {
      const ask = await outsider(server, { method: 'PUT', path: '/_matrix/federation/v1/send/1' })
      ask.end(body)
      const [answer] = await once(ask, 'response')
      answer.resume()
    }
    assert.deepEqual(
      received.map((body) => Buffer.from(body)),
      bodies,
    )
  })

  it('answers 500 when the handler fails, and tells whose fault it is', async () => {
    const faults: [unknown, number][] = []
    const server = await bench.server({
      handle: () => {
        throw new Error('ours')
      },
      onError: (error, exchange) => faults.push([error, exchange]),
    })
    const peer = await bench.server()
    const reply = await peer.client.request({ destination: server.name, operation: 'version' })
    const recorded = await bench.exchange(({ seenBy }) => seenBy === 'receiver')
    assert.equal(reply.status, 500)
    assert.match(String(faults[0]?.[0]), /ours/)
    assert.equal(faults[0]?.[1], recorded.id)
    assert.match(recorded.error ?? '', /the handler failed: Error: ours/)
  })

  it('answers 500 when the handler gives a reply that cannot be sent', async () => {
    const faults: unknown[] = []
    const server = await bench.server({
      handle: () => ({ status: 200, headers: { 'x-bad': 'a\nb' } }),
      onError: (error) => faults.push(error),
    })
    const peer = await bench.server()
    const reply = await peer.client.request({ destination: server.name, operation: 'version' })
    assert.equal(reply.status, 500)
    assert.equal(faults.length, 1)
  })

  it('says nothing of a connection on which nothing was said', async () => {
    const server = await bench.server()
    const probe = tcpConnect(server.listener.port, server.address)
    await once(probe, 'connect')
    probe.destroy()
    await once(probe, 'close')
    await server.listener.close()
    assert.deepEqual(bench.exchanges(), [])
  })

  it('speaks no HTTP/2', async () => {
    const server = await bench.server()
    const { certificate: ca } = await Bench.authority()
    const socket = tlsConnect({
      host: server.address,
      port: server.listener.port,
      ca,
      ALPNProtocols: ['h2', 'http/1.1'],
    })
    await once(socket, 'secureConnect')
    assert.equal(socket.alpnProtocol, 'http/1.1')
    socket.destroy()
  })

  it('notices when the requester goes, and tells the handler', async () => {
    const asked = deferred<InboundRequest>()
    const server = await bench.server({
      handle(request) {
        asked.resolve(request)
        return new Promise(() => {})
      },
    })
    const ask = await outsider(server, { path: '/_matrix/federation/v1/version' })
    ask.on('error', () => {}).end()
    const { exchange, signal } = await asked.promise
    ask.destroy()
    const recorded = await bench.exchange(({ id }) => id === exchange)
    assert.equal(recorded.ending, 'reset')
    assert.equal(recorded.error, 'the requester has gone')
    assert.ok(signal.aborted)
  })

  it('is refused by the system while it is closed, and there again after', async () => {
    const server = await bench.server()
    const peer = await bench.server()
    const ask = () => peer.client.request({ destination: server.name, operation: 'version' })
    await ask()
    await server.listener.refuseAll()
    await assert.rejects(ask(), { code: 'refused', message: /ECONNREFUSED/ })
    await server.listener.resume()
    assert.equal((await ask()).status, 200)
    assert.equal(server.listener.name, server.name)
  })

  it('waits for requests under way when it closes, and for no more than its limit', async () => {
    const begun = deferred()
    const go = deferred()
    const server = await bench.server({
      async handle() {
        begun.resolve()
        await go.promise
        return { status: 200, json: {} }
      },
    })
    const stuckBegun = deferred()
    const stuck = await bench.server({
      handle() {
        stuckBegun.resolve()
        return new Promise(() => {})
      },
      listens: { drainMs: 20 },
    })
    const peer = await bench.server()
    const reply = peer.client.request({ destination: server.name, operation: 'version' })
    await begun.promise
    const closed = server.listener.close()
    go.resolve()
    assert.equal((await reply).status, 200)
    await closed

    const hopeless = peer.client.request({ destination: stuck.name, operation: 'version' })
    const refused = assert.rejects(hopeless, { code: 'reset' })
    await stuckBegun.promise
    await stuck.listener.close()
    await refused
  })

  it('tells when its port is taken', async () => {
    const server = await bench.server()
    const { address, listener } = server
    await assert.rejects(bench.server({ address, port: listener.port }), { code: 'EADDRINUSE' })
  })
})
