import assert from 'node:assert/strict'
import { once } from 'node:events'
import { connect, createServer, type Server, type Socket } from 'node:net'
import { afterEach, beforeEach, describe, it } from 'mocha'
import type { Exchange } from '../journal/exchange.ts'
import { Journal } from '../journal/journal.ts'
import { Addresses } from '../wire/addresses.ts'
import type { Place } from '../wire/client.ts'
import type { InboundRequest } from '../wire/server.ts'
import { pass } from '../wire/gatekeeper.ts'
import { deferred } from '../wire/test-bench.ts'
import { Relay, type RelayOptions } from './relay.ts'
import { ask, TestNetwork } from './test-network.ts'

const addresses = new Addresses()

/** The error that a socket breaks with. */
const breaks = (socket: Socket): Promise<Error> =>
  new Promise((resolve) => socket.resume().once('error', resolve))

describe('a proxy of the network', () => {
  let net: TestNetwork
  beforeEach(() => {
    net = new TestNetwork()
  })
  afterEach(() => net.close())

  for (const host of ['a.very.deep.name.example.org', 'example.org', 'hs1.example.org']) {
    it(`leads to the peer that is called ${host}`, async () => {
      const target = await net.proxied()
      const asked = deferred<InboundRequest>()
      const peer = await net.peer(
        (request) => {
          asked.resolve(request)
          return { status: 200, json: {} }
        },
        undefined,
        host,
      )

      await ask(target, peer)

      const { headers, remoteAddress } = await asked.promise
      assert.equal(headers['host'], `${host}:${peer.listener.port}`)
      assert.equal(remoteAddress, target.proxy.host)
      assert.deepEqual(
        net.exchanges().map(({ from, to }) => [from, to]),
        [[target.name, peer.name]],
      )
      assert.deepEqual(net.network.sought(target.name), [peer.name])
    })
  }

  it('leads to peers and targets that are called by their addresses', async () => {
    const [target, other, peer] = [await net.proxied(), await net.outsider(), await net.peer()]
    assert.equal((await ask(target, peer)).status, 200)
    assert.equal((await ask(target, other)).status, 200)
    assert.deepEqual(net.network.sought(target.name), [peer.name, other.name])
  })

  it('is not used for addresses by who takes it for names only', async () => {
    const target = await net.proxied({ covers: 'names' })
    const [peer, named] = [await net.peer(), await net.peer(undefined, undefined, 'a.example.org')]
    assert.equal((await ask(target, peer)).status, 200)
    assert.equal((await ask(target, named)).status, 200)
    assert.deepEqual(net.network.sought(target.name), [named.name])
  })

  it('lets peers find each other by name, and refuses a certificate for another', async () => {
    const [a, b] = [
      await net.peer(undefined, undefined, 'a.example.org'),
      await net.peer(undefined, undefined, 'b.example.org'),
    ]
    assert.equal((await ask(a, b)).status, 200)
    net.network.register({ ...b, name: 'c.example.org:1' })
    const error = await net.failure(a.client.request({ destination: 'c.example.org:1', uri: '/' }))
    assert.match(error.message, /ERR_TLS_CERT_ALTNAME_INVALID/)
  })

  it('refuses who is not known, and resets the way to who is gone', async () => {
    const target = await net.proxied()
    const peer = await net.peer(undefined, undefined, 'gone.example.org')
    const unknown = target.client.request({ destination: 'never.example.org:1', uri: '/' })
    const error = await net.failure(unknown, net.others)
    assert.match(error.message, /502 for never.example.org:1/)
    assert.equal(error.code, 'refused')

    net.network.deregister(peer.name)
    await peer.listener.close()
    const gone = await net.failure(ask(target, peer), net.others)
    assert.equal(gone.code, 'reset')
  })
})

describe('a relay', () => {
  let relay: Relay
  let journal: Journal
  let far: Server
  let farPlace: Place
  let entrance: Place
  let arrived: Socket[]

  const open = async (limits: RelayOptions['limits'] = {}) => {
    relay = new Relay({
      journal,
      limits,
      placeOf: (name) => (name === 'far.example.org:8448' ? farPlace : undefined),
      isOurs: () => false,
      decide: () => pass,
      passed: () => undefined,
      checkOf: () => undefined,
    })
    const order = { outsider: 'near', address: addresses.next(), isUsed: true }
    entrance = await relay.open(order)
  }

  beforeEach(async () => {
    journal = new Journal()
    arrived = []
    far = createServer({ allowHalfOpen: true }, (socket) => {
      socket.on('error', () => {})
      arrived.push(socket)
    })
    const host = addresses.next()
    far.listen(0, host)
    await once(far, 'listening')
    const bound = far.address()
    farPlace = { host, port: typeof bound === 'object' && bound !== null ? bound.port : 0 }
  })
  afterEach(async () => {
    await relay.close()
    for (const socket of arrived) socket.destroy()
    far.close()
  })

  const dial = (more: { allowHalfOpen?: boolean } = {}): Socket =>
    connect({ ...entrance, ...more }).on('error', () => {})

  /** All that comes back until the end. */
  const answerTo = async (text: string): Promise<string> => {
    const socket = dial()
    let heard = ''
    socket.on('data', (chunk: Buffer) => {
      heard += chunk.toString()
    })
    socket.write(text)
    await once(socket, 'close')
    return heard
  }

  const tunnel = async (): Promise<{ near: Socket; end: Socket }> => {
    const arriving = once(far, 'connection')
    const near = dial({ allowHalfOpen: true })
    near.write('CONNECT far.example.org:8448 HTTP/1.0\r\n\r\n')
    const [chunk] = await once(near, 'data')
    assert.equal(String(chunk), 'HTTP/1.1 200 Connection established\r\n\r\n')
    await arriving
    const end = arrived.at(-1)
    assert.ok(end)
    return { near, end }
  }

  it('carries bytes both ways from an address of its own, and each end to the other', async () => {
    await open()
    const { near, end } = await tunnel()
    assert.equal(end.remoteAddress, entrance.host)
    near.end('there')
    const [there] = await once(end, 'data')
    await once(end, 'end')
    // The other direction is still open.
    end.end('and back')
    const [back] = await once(near, 'data')
    assert.deepEqual([String(there), String(back)], ['there', 'and back'])
    await once(near, 'close')
    assert.deepEqual(journal.facts, [])
  })

  it('ends a half-open tunnel that has become silent', async () => {
    await open({ halfOpenMs: 30 })
    const { near } = await tunnel()
    const broken = breaks(near)
    near.end()
    assert.match(String(await broken), /ECONNRESET/)
  })

  it('ends a silent tunnel', async () => {
    await open({ idleMs: 30 })
    const { near } = await tunnel()
    assert.match(String(await breaks(near)), /ECONNRESET/)
  })

  it('passes on a reset, from either side', async () => {
    await open()
    const first = await tunnel()
    const broken = breaks(first.near)
    first.end.resetAndDestroy()
    assert.match(String(await broken), /ECONNRESET/)
    const second = await tunnel()
    const brokenToo = breaks(second.end)
    second.near.resetAndDestroy()
    assert.match(String(await brokenToo), /ECONNRESET/)
  })

  it('resets the way to a port where nobody listens', async () => {
    await open()
    far.close()
    const near = dial()
    const broken = breaks(near)
    near.write('CONNECT far.example.org:8448 HTTP/1.1\r\n\r\n')
    assert.match(String(await broken), /ECONNRESET/)
  })

  it('refuses what it does not know, and dials nothing for it', async () => {
    await open()
    const literal = `${farPlace.host}:${farPlace.port}`
    for (const authority of ['near.example.org:8448', 'example.org:443', literal, '[::1]:443'])
      assert.match(await answerTo(`CONNECT ${authority} HTTP/1.1\r\n\r\n`), /^HTTP\/1.1 502 /)
    assert.equal(arrived.length, 0)
  })

  it('refuses what is no CONNECT', async () => {
    await open()
    assert.match(await answerTo('GET http://far.example.org/ HTTP/1.1\r\n\r\n'), /^HTTP\/1.1 405 /)
    assert.match(await answerTo('\u0016\u0003\u0001 hello'), /^HTTP\/1.1 400 /)
    for (const authority of ['far.example.org', 'far_example:1', '/', '*:1', 'a:1:2'])
      assert.match(await answerTo(`CONNECT ${authority} HTTP/1.1\r\n\r\n`), /^HTTP\/1.1 400 /)
  })

  it('bounds the head of a CONNECT in bytes and in time', async () => {
    await open({ headMs: 50 })
    const head = `CONNECT far.example.org:8448 HTTP/1.1\r\nX: ${'x'.repeat(9_000)}\r\n\r\n`
    assert.match(await answerTo(head), /^HTTP\/1.1 431 /)
    assert.match(await answerTo('CONNECT far.example.org:8448 HTTP/1.1\r\n'), /^HTTP\/1.1 408 /)
    assert.equal(arrived.length, 0)
  })

  it('bounds how many connections it has', async () => {
    await open({ connections: 1 })
    const { near } = await tunnel()
    assert.equal(await answerTo('CONNECT far.example.org:8448 HTTP/1.1\r\n\r\n'), '')
    assert.equal(near.destroyed, false)
  })

  it('closes with everything in it', async () => {
    await open()
    const { near, end } = await tunnel()
    const broken = Promise.all([breaks(near), breaks(end)])
    await relay.close()
    await broken
    assert.match(String(await breaks(dial())), /ECONNREFUSED/)
  })

  it('tells of a tunnel that stands where there must not be one', async () => {
    await open()
    await tunnel()
    relay.tellStanding(['near', 'far.example.org:8448'])
    relay.tellStanding(['near', 'else.example.org:8448'])
    const told = journal.facts.filter((fact): fact is Exchange => fact.kind === 'exchange')
    assert.deepEqual(
      told.map(({ ending, from, method, to }) => [from, to, method, ending]),
      [['near', 'far.example.org:8448', '', 'answered']],
    )
  })
})
