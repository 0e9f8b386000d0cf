import assert from 'node:assert/strict'
import { afterEach, beforeEach, describe, it } from 'mocha'
import { parseJson } from '../matrix/json.ts'
import { SigningKey } from '../matrix/signing-key.ts'
import type { WireRequest } from './client.ts'
import type { InboundRequest } from './server.ts'
import { Bench, type BenchServer, deferred, jsonAnswer, saying } from './test-bench.ts'
import { parseAuthorization, verifyRequest } from './x-matrix.ts'

describe('client', () => {
  let bench: Bench
  let peer: BenchServer
  beforeEach(async () => {
    bench = new Bench()
    peer = await bench.server({ asks: { totalMs: 5_000 } })
  })
  afterEach(() => bench.close())

  const silent = () => bench.rude((socket) => socket.resume())

  const ask = (destination: string, more: Partial<WireRequest> = {}) =>
    peer.client.request({ destination, operation: 'version', ...more })

  describe('requests', () => {
    it('are signed, as the other side verifies, and come from the own address', async () => {
      const asked = deferred<InboundRequest>()
      const server = await bench.server({
        handle(request) {
          asked.resolve(request)
          return { status: 200, json: { pdus: {} } }
        },
      })
      const reply = await peer.client.request({
        destination: server.name,
        operation: 'send',
        params: { txnId: 'a/b' },
        query: { q: 'ä' },
        body: { pdus: [], b: 1, a: 'ü' },
      })
      const request = await asked.promise

      assert.equal(request.remoteAddress, peer.address)
      assert.equal(request.headers['host'], server.name)
      assert.equal(Buffer.from(request.body).toString(), '{"a":"ü","b":1,"pdus":[]}')
      const claim = parseAuthorization(request.headers['authorization'] ?? '')
      assert.equal(claim?.origin, peer.name)
      assert.equal(claim.destination, server.name)
      const content = parseJson(request.body)
      const { method, uri } = request
      const key = { publicKey: peer.key.publicKey, validUntil: Number.MAX_SAFE_INTEGER }
      assert.ok(verifyRequest(claim, { method, uri, content, destination: server.name }, () => key))
      assert.deepEqual(reply.json, { pdus: {} })
      const recorded = bench.journal.exchange(reply.exchange)
      assert.equal(recorded?.operation, 'send')
      assert.equal(recorded.uri, '/_matrix/federation/v1/send/a%2Fb?q=%C3%A4')
      assert.equal(recorded.from, peer.name)
      assert.equal(recorded.to, server.name)
      assert.deepEqual(recorded.request.body.bytes, request.body)
      assert.equal(Buffer.from(recorded.response?.body.bytes ?? []).toString(), '{"pdus":{}}')
    })

    it('are not signed where the operation does not demand it, or where told', async () => {
      const seen: InboundRequest[] = []
      const server = await bench.server({
        handle(request) {
          seen.push(request)
          return { status: 200, json: {} }
        },
      })
      const signer = SigningKey.generate('other')
      await ask(server.name)
      await ask(server.name, { sign: true, signer: { key: signer } })
      await ask(server.name, { operation: 'event', params: { eventId: '$a' }, sign: false })
      await ask(server.name, {
        operation: 'event',
        params: { eventId: '$a' },
        signer: { key: signer, origin: 'else.example' },
        mangle: (headers) => ({ ...headers, 'x-more': 'yes' }),
      })
      const claims = seen.map(({ headers }) => parseAuthorization(headers['authorization'] ?? ''))
      assert.deepEqual(
        claims.map((claim) => claim && [claim.origin, claim.key]),
        [undefined, [peer.name, 'ed25519:other'], undefined, ['else.example', 'ed25519:other']],
      )
      assert.equal(seen[3]?.headers['x-more'], 'yes')
    })

    it('may be for any path, and hold any bytes', async () => {
      const seen = deferred<InboundRequest>()
      const server = await bench.server({
        handle(request) {
          seen.resolve(request)
          return { status: 404, json: { errcode: 'M_UNRECOGNIZED' } }
        },
      })
      const bytes = Buffer.from([0xff, 0x00])
      const { destination, ...rest } = {
        destination: server.name,
        method: 'POST',
        uri: '/_matrix/x?y=%2F',
      } as const
      const reply = await peer.client.request({ destination, ...rest, bytes, deliberate: true })
      const request = await seen.promise
      assert.equal(request.uri, '/_matrix/x?y=%2F')
      assert.deepEqual(Buffer.from(request.body), bytes)
      assert.equal(request.claimedOrigin, peer.name)
      assert.equal(reply.status, 404)
      assert.equal(bench.journal.exchange(reply.exchange)?.deliberate, true)
    })

    it('that cannot be made are faults of whoever makes them', async () => {
      await assert.rejects(ask(peer.name, { operation: 'nonsense' }), TypeError)
      await assert.rejects(ask(peer.name, { operation: 'event' }), /path parameter eventId/)
      await assert.rejects(ask(peer.name, { mangle: () => ({ 'x-bad': 'a\nb' }) }), /invalid/)
      assert.equal(bench.exchanges('requester').at(-1)?.ending, 'abandoned')
    })

    it('share connections', async () => {
      const ports = new Set<number>()
      const server = await bench.rude((socket) => {
        ports.add(socket.remotePort ?? 0)
        saying(jsonAnswer('{}'))(socket)
      })
      for (let count = 0; count < 8; count++) await ask(server)
      // undici opens a second one where the first is not yet marked as free.
      assert.ok(ports.size <= 2, `${ports.size} connections`)
    })
  })

  describe('destinations', () => {
    it('are names with a port and IP literals', async () => {
      const server = await bench.server({ address: '127.0.0.1' })
      const error = await bench.failure(ask('hs1.example'))
      assert.equal(error.code, 'refused')
      assert.match(error.message, /has no port/)
      assert.equal((await ask(server.name)).status, 200)
      const byName = await bench.failure(ask(`localhost:${server.listener.port}`))
      assert.match(byName.message, /altnames|ALTNAME/, 'the certificate holds the address only')
    })

    it('may be resolved by a hook', async () => {
      const hosts: (string | undefined)[] = []
      const server = await bench.server({
        handle({ headers }) {
          hosts.push(headers['host'])
          return { status: 200, json: {} }
        },
      })
      const { address: host, listener } = server
      const other = await bench.server({
        resolve: async (name) => {
          const place = { host, port: listener.port }
          return name === 'hs1.test' ? { ...place, hostHeader: server.name } : place
        },
      })
      const reply = await other.client.request({ destination: 'hs1.test', operation: 'version' })
      assert.equal(reply.status, 200)
      assert.deepEqual(hosts, [server.name])
      assert.equal(bench.journal.exchange(reply.exchange)?.request.headers['host'], server.name)
      const wrong = other.client.request({ destination: 'hs2.test', operation: 'version' })
      assert.match((await bench.failure(wrong)).message, /altnames/)
    })

    it('are refused where nobody listens', async () => {
      const error = await bench.failure(ask('127.9.9.9:9'))
      assert.equal(error.code, 'refused')
      assert.match(
        error.message,
        /GET \/_matrix\/federation\/v1\/version at 127.9.9.9:9: .*ECONNREFUSED/,
      )
    })

    for (const flaw of ['other-name', 'unknown-authority', 'expired'] as const) {
      it(`are refused with a certificate that is wrong: ${flaw}`, async () => {
        const server = await bench.rude(() => {}, flaw)
        assert.equal((await bench.failure(ask(server))).code, 'refused')
      })
    }
  })

  describe('giving up', () => {
    it('comes by timeout', async () => {
      assert.equal((await bench.failure(ask(await silent(), { timeoutMs: 30 }))).code, 'timeout')
    })

    it('comes by a signal, at once or later', async () => {
      const server = await silent()
      const now = await bench.failure(ask(server, { signal: AbortSignal.abort() }))
      assert.equal(now.code, 'abandoned')
      const later = new AbortController()
      const reply = ask(server, { signal: later.signal })
      setImmediate(() => later.abort())
      assert.equal((await bench.failure(reply)).code, 'abandoned')
    })

    it('comes with the end of the client', async () => {
      const server = await silent()
      const reply = bench.failure(ask(server))
      await peer.client.close()
      assert.equal((await reply).code, 'abandoned')
      const strays: unknown[] = []
      const stray = (error: unknown) => void strays.push(error)
      process.once('unhandledRejection', stray)
      assert.equal((await bench.failure(ask(server))).code, 'abandoned')
      await new Promise(setImmediate)
      process.off('unhandledRejection', stray)
      assert.deepEqual(strays, [])
    })

    it('comes by a cut, which kills what is pooled', async () => {
      const closed = deferred()
      const got = deferred()
      const server = await bench.rude((socket) => {
        socket.once('data', () => got.resolve())
        socket.once('close', () => closed.resolve())
      })
      const bystander = await bench.server()
      const reply = bench.failure(ask(server))
      await got.promise
      peer.client.sever(bystander.name, 'another')
      peer.client.sever(server, 'rule-1')
      const error = await reply
      assert.equal(error.code, 'cut')
      assert.equal(bench.journal.exchange(error.exchange)?.fault, 'rule-1')
      await closed.promise
      assert.equal((await ask(bystander.name)).status, 200)
    })
  })
})
