import assert from 'node:assert/strict'
import { describe, it } from 'mocha'
import { stringAt, valueAt } from '../../matrix/content.ts'
import type { Json, JsonObject } from '../../matrix/event.ts'
import { isObject } from '../../matrix/json.ts'
import { signatureOf, verifyJson } from '../../matrix/sign-json.ts'
import { SigningKey } from '../../matrix/signing-key.ts'
import type { Reply } from '../../world/homeserver.ts'
import { ownKeyDocument } from '../keys/key-document.ts'
import type { ReferencePeer } from '../peer.ts'
import { Bench, text } from '../test-bench.ts'

const hour = 3_600_000

const documents = ({ json }: Pick<Reply, 'json'>): readonly JsonObject[] => {
  const list = valueAt(json, 'server_keys')
  return Array.isArray(list) ? list.filter(isObject) : []
}

const errcode = ({ status, json }: Reply) => `${status} ${stringAt(json, 'errcode')}`

const single = (from: ReferencePeer, notary: ReferencePeer, serverName: string, until?: number) =>
  from.request(notary, 'queryKeys', {
    params: { serverName },
    ...(until === undefined ? {} : { query: { minimum_valid_until_ts: String(until) } }),
  })

const batch = (from: ReferencePeer, notary: ReferencePeer, server_keys: Json) =>
  from.request(notary, 'queryKeysBatch', { body: { server_keys }, deliberate: true })

describe('a notary', () => {
  it('vouches for what a server has published', () =>
    Bench.with(async (bench) => {
      const [one, two, three] = await bench.three()
      const wanted = {
        [three.name]: {},
        [two.name]: { 'ed25519:x': {} },
        '127.0.0.1:1': {},
        '': {},
      }
      const found = documents(await batch(one, two, wanted))
      const names = found.map((document) => stringAt(document, 'server_name'))
      assert.deepEqual(new Set(names), new Set([two.name, three.name]))
      const document = found.find((any) => stringAt(any, 'server_name') === three.name)
      assert.ok(document !== undefined)
      for (const { name, server } of [two, three])
        assert.ok(verifyJson(document, name, server.key.keyId, server.key.publicKey))
      assert.deepEqual(documents(await batch(one, two, {})), [])
      assert.deepEqual(documents(await single(one, two, 'no server')), [])
    }))

  it('refuses what makes no sense or would take too long', () =>
    Bench.with(async (bench) => {
      const [one, two] = await bench.two()
      const none = await one.request(two, 'queryKeysBatch', { body: {}, deliberate: true })
      assert.equal(errcode(none), '400 M_MISSING_PARAM')
      assert.equal(errcode(await batch(one, two, [])), '400 M_BAD_JSON')
      assert.equal(errcode(await batch(one, two, { a: 1 })), '400 M_BAD_JSON')
      const many = Object.fromEntries(Array.from({ length: 101 }, (_, n) => [`s${n}`, {}]))
      assert.equal(errcode(await batch(one, two, many)), '413 M_TOO_LARGE')
      const time = { params: { serverName: one.name }, query: { minimum_valid_until_ts: 'soon' } }
      assert.equal(errcode(await one.request(two, 'queryKeys', time)), '400 M_INVALID_PARAM')
    }))

  it('asks again when what it has does not reach far enough, and keeps what it has otherwise', () =>
    Bench.with(async (bench) => {
      let now = 1_700_000_000_000
      const clock = () => now
      const [one, three] = [await bench.peer(), await bench.peer({ clock })]
      const two = await bench.peer({ clock })
      const count = () => three.requests('serverKeys').length
      const ask = async (until?: number) => documents(await single(one, two, three.name, until))
      assert.equal((await ask()).length, 1)
      assert.equal(count(), 1)
      now += hour
      assert.equal((await ask(now)).length, 1)
      assert.equal(count(), 1, 'kept')
      assert.equal((await ask(now + 24 * hour)).length, 1)
      assert.equal(count(), 2, 'too short')
      now += 13 * hour
      await ask()
      assert.equal(count(), 3, 'past half of its life')
      await three.stop()
      now += 30 * hour
      assert.equal((await ask()).length, 1, 'the last that is known')
    }))

  it('is asked for keys that are valid when the event was made', () =>
    Bench.with(async (bench) => {
      const [one, two, three] = await bench.three()
      await one.server.services.keys.obtain(
        [{ server: '127.0.0.1:1', keyId: 'ed25519:x', at: 5 }],
        two.name,
      )
      const [asked] = two.requests('queryKeys')
      assert.deepEqual(asked?.query['minimum_valid_until_ts'], ['5'])
      assert.equal(three.requests().length, 0)
    }))

  it('answers the paths that named a key too', () =>
    Bench.with(async (bench) => {
      const [one, two] = await bench.two()
      const get = async (uri: string) => {
        const reply = await one.server.client.request({
          destination: two.name,
          method: 'GET',
          uri: `/_matrix/key/v2/${uri}`,
          sign: false,
        })
        return reply.json
      }
      for (const path of ['server/', 'server/ed25519:x'])
        assert.equal(stringAt(await get(path), 'server_name'), two.name)
      const queried = await get(`query/${encodeURIComponent(one.name)}/${one.server.key.keyId}`)
      const [document] = documents({ json: queried })
      assert.equal(stringAt(document, 'server_name'), one.name)
    }))
})

/** Two servers with the same clock in a room, of which the one is to have a new key. */
async function inOneRoom(bench: Bench, clock: () => number) {
  const [one, two] = [await bench.peer({ clock }), await bench.peer({ clock })]
  const room = await one.createRoom()
  await two.join(room, one)
  return { one, two, room, former: one.server.key }
}

describe('a server with a new key', () => {
  it('signs with it, and is believed what it has signed before', () =>
    Bench.with(async (bench) => {
      let now = 1_700_000_000_000
      const { one, two, room, former } = await inOneRoom(bench, () => now)
      now += hour
      const before = one.author(room, text('signed before'))
      one.server.services.keychain.rotate()
      const { key } = one.server
      assert.notEqual(key.keyId, former.keyId)
      now += hour

      const [after] = await one.send(room, text('signed after'))
      await two.receives(room, after)
      await two.receives(room, before.id)

      const event = two.event(after)
      assert.deepEqual(Object.keys(event?.pdu.signatures[one.name] ?? {}), [key.keyId])
      const { json } = await two.request(one, 'serverKeys')
      assert.ok(isObject(json))
      assert.ok(signatureOf(json, one.name, key.keyId) !== undefined)
      assert.deepEqual(valueAt(json, 'old_verify_keys'), {
        [former.keyId]: { key: former.publicKey, expired_ts: now - hour },
      })
      const late = await two.server.client.request({
        destination: two.name,
        operation: 'profile',
        query: { user_id: two.user },
        signer: { key: former, origin: one.name },
      })
      assert.equal(late.status, 401, 'an old key signs no requests')
      assert.throws(() => one.server.services.keychain.rotate(former), RangeError)
    }))

  it('is not believed what the old one signs later', () =>
    Bench.with(async (bench) => {
      let now = 1_700_000_000_000
      const { one, two, room, former } = await inOneRoom(bench, () => now)
      now += hour
      one.server.services.keychain.rotate()
      const [fence] = await one.send(room, text('fence'))
      await two.receives(room, fence)
      const late = two.server.services.keys.lookup(one.name, former.keyId)
      assert.equal(late?.expired, now)
    }))

  it('is believed what a key signed that it says nothing of any more', () =>
    Bench.with(async (bench) => {
      let now = 1_700_000_000_000
      const [one, two] = [await bench.peer({ clock: () => now }), await bench.peer()]
      const [first, second] = [SigningKey.generate(), SigningKey.generate()]
      const { keys } = one.server.services
      const obtain = (key: SigningKey) =>
        two.answering(
          'serverKeys',
          () => ({ status: 200, body: ownKeyDocument(two.name, key, now + 24 * hour) }),
          () => keys.obtain([{ server: two.name, keyId: key.keyId, at: now }]),
        )
      await obtain(first)
      now += hour
      await obtain(second)
      const old = keys.lookup(two.name, first.keyId)
      assert.deepEqual(old, { publicKey: first.publicKey, validUntil: now, expired: now })
      assert.equal(keys.active(two.name, first.keyId), undefined)
      assert.ok(keys.active(two.name, second.keyId) !== undefined)
    }))
})
