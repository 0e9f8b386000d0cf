import assert from 'node:assert/strict'
import { afterEach, beforeEach, describe, it } from 'mocha'
import { Journal } from '../../journal/journal.ts'
import { isObject } from '../../matrix/json.ts'
import { Addresses } from '../../wire/addresses.ts'
import { type InboundRequest, type Listener, listen } from '../../wire/server.ts'
import { ReferenceServer } from '../homeserver.ts'
import { RemoteError } from '../remote.ts'
import { Internet } from './test-internet.ts'

const hosts = ({ seen }: { seen: readonly InboundRequest[] }) =>
  seen.map(({ headers }) => headers['host'])

const record = (name: string, port: number, priority = 0) => ({ name, port, priority, weight: 0 })

/** Servers that are found by their names alone, over real sockets and certificates. */
describe('a server that is found by its name', () => {
  let internet: Internet
  let asker: ReferenceServer
  let addresses: Addresses
  const journal = new Journal()
  const listeners: Listener[] = []
  beforeEach(async () => {
    internet = await Internet.open()
    addresses = await Addresses.detect()
    asker = await ReferenceServer.start({
      address: addresses.next(),
      authority: internet.authority,
      journal,
      seed: 1,
      discovery: {
        lookup: internet.lookup,
        resolveSrv: internet.resolveSrv,
        limits: { wellKnownPort: internet.port },
      },
    })
  })
  afterEach(async () => {
    await asker.stop()
    await Promise.all(listeners.splice(0).map((one) => one.close()))
    await internet.close()
  })

  /** A server for federation under a certificate for `certified`. */
  const server = async (certified: string, address = addresses.next(), port = 0) => {
    const seen: InboundRequest[] = []
    const listener = await listen({
      name: certified,
      address,
      port,
      credentials: await internet.authority.issue([certified]),
      journal,
      handle: async (request) => {
        seen.push(request)
        return { status: 200, json: { server: { name: certified } } }
      },
    })
    listeners.push(listener)
    return { address, port: listener.port, seen, listener }
  }
  const ask = (name: string) => asker.services.remote.request(name, 'version')
  const refuses = (name: string, words: RegExp) =>
    assert.rejects(ask(name), (error) => {
      assert.ok(error instanceof RemoteError)
      assert.equal(error.ending, 'refused')
      assert.match(error.message, words)
      return true
    })
  it('gets its name with port as Host, and needs a certificate for the name', async () => {
    const there = await server('b.test')
    internet.addresses.set('b.test', there.address)
    assert.ok(isObject(await ask(`b.test:${there.port}`)))
    assert.deepEqual(hosts(there), [`b.test:${there.port}`])

    const other = await server('other.test')
    internet.addresses.set('b.test', other.address)
    await refuses(`b.test:${other.port}`, /ERR_TLS_CERT_ALTNAME_INVALID/)
  })

  it('gets the delegated name as Host, with a certificate for that', async () => {
    const there = await server('d.test')
    internet.addresses.set('d.test', there.address)
    await internet.delegates('a.test', `d.test:${there.port}`)
    assert.ok(isObject(await ask('a.test')))
    assert.deepEqual(hosts(there), [`d.test:${there.port}`])
  })

  it('gets the delegated address as Host, with a certificate for that', async () => {
    const address = addresses.next()
    const there = await server(address, address)
    await internet.delegates('a.test', `${address}:${there.port}`)
    assert.ok(isObject(await ask('a.test')))
    assert.deepEqual(hosts(there), [`${address}:${there.port}`])
  })

  it('gets its own name as Host where a record names another host, with a certificate for its own', async () => {
    const there = await server('a.test')
    internet.addresses.set('s.test', there.address)
    internet.services.set('_matrix-fed._tcp.a.test', [record('s.test', there.port)])
    assert.ok(isObject(await ask('a.test')))
    assert.deepEqual(hosts(there), ['a.test'])

    const other = await server('s.test')
    internet.addresses.set('s.test', other.address)
    internet.services.set('_matrix-fed._tcp.c.test', [record('s.test', other.port)])
    await refuses('c.test', /ERR_TLS_CERT_ALTNAME_INVALID/)
    assert.deepEqual(hosts(other), [])
  })

  it('gets bodies with their length and the plain type of JSON', async () => {
    const there = await server('b.test')
    internet.addresses.set('b.test', there.address)
    const { remote } = asker.services
    await remote.request(`b.test:${there.port}`, 'publicRoomsFiltered', { body: { limit: 1 } })
    const [{ headers } = assert.fail('nothing came')] = there.seen
    assert.equal(headers['content-length'], '11')
    assert.equal(headers['content-type'], 'application/json')
    assert.equal(headers['transfer-encoding'], undefined)
  })

  it('is looked for at the next record where the first cannot be reached', async () => {
    const gone = await server('a.test')
    await gone.listener.close()
    const wrong = await server('wrong.test')
    const there = await server('a.test')
    for (const [name, { address }] of Object.entries({ gone, wrong, there }))
      internet.addresses.set(`${name}.test`, address)
    internet.services.set('_matrix-fed._tcp.a.test', [
      record('there.test', there.port, 4),
      record('unknown.test', 1, 1),
      record('wrong.test', wrong.port, 3),
      record('gone.test', gone.port, 2),
    ])
    assert.ok(isObject(await ask('a.test')))
    assert.deepEqual(hosts(there), ['a.test'])
  })

  it('is looked for at port 8448 where nothing says otherwise', async function () {
    // Elsewhere than on Linux, all addresses are one, and its port may be taken.
    if (process.platform !== 'linux') this.skip()
    const there = await server('a.test', addresses.next(), 8448)
    internet.addresses.set('a.test', there.address)
    assert.ok(isObject(await ask('a.test')))
    assert.deepEqual(hosts(there), ['a.test'])
  })

  it('is refused in words where it leads nowhere', async () => {
    await refuses('unknown.test', /ENOTFOUND/)
    internet.services.set('_matrix-fed._tcp.none.test', [record('', 0)])
    await refuses('none.test', /says that it has no Matrix server/)
    assert.deepEqual(asker.faults, [])
  })

  it('says who stands in for it where that was set, and that nobody does where not', async () => {
    const page = '/.well-known/matrix/server'
    const wellKnownOf = async (delegatesTo?: string) => {
      const one = await ReferenceServer.start({
        address: addresses.next(),
        authority: internet.authority,
        journal,
        seed: 1,
        ...(delegatesTo === undefined ? {} : { delegatesTo }),
      })
      const reply = await asker.client.request({ destination: one.name, uri: page, sign: false })
      await one.stop()
      return [reply.status, isObject(reply.json ?? null) && JSON.stringify(reply.json)]
    }
    assert.deepEqual(await wellKnownOf('d.test:9'), [200, '{"m.server":"d.test:9"}'])
    assert.equal((await wellKnownOf())[0], 404)
  })
})
