import assert from 'node:assert/strict'
import { afterEach, beforeEach, describe, it } from 'mocha'
import type { Json, JsonObject } from '../../matrix/event.ts'
import { signedText, signJson } from '../../matrix/sign-json.ts'
import { SigningKey } from '../../matrix/signing-key.ts'
import { withSignatures } from '../devices/cross-signing-key.ts'
import { at, inside, TestClient, text } from './test-client.ts'

interface Someone {
  readonly user: string
  readonly token: string
  readonly device: string
}

async function someone(client: TestClient): Promise<Someone> {
  const { user, token } = await client.newUser()
  const { json } = await client.good('GET', '/account/whoami', token)
  return { user, token, device: text(json, 'device_id') }
}

/** Identity keys of a device, signed by itself. */
function identity({ user, device }: Someone): { json: JsonObject; key: SigningKey } {
  const key = SigningKey.fromSeed(Buffer.alloc(32, device), device)
  const json = {
    user_id: user,
    device_id: device,
    algorithms: ['m.olm.v1.curve25519-aes-sha2', 'm.megolm.v1.aes-sha2'],
    keys: { [`ed25519:${device}`]: key.publicKey, [`curve25519:${device}`]: 'c' },
  }
  return { json: signJson(json, user, key), key }
}

const oneTime = (...names: readonly string[]): JsonObject =>
  Object.fromEntries(names.map((name) => [`signed_curve25519:${name}`, { key: name }]))

/** A cross-signing key: its id is the public key itself, which is no id for the keys of servers. */
function crossKey(user: string, usage: string, master?: SigningKey) {
  const key = SigningKey.generate()
  const { publicKey } = key
  const json = { user_id: user, usage: [usage], keys: { [`ed25519:${publicKey}`]: publicKey } }
  return { key, json: master === undefined ? json : signedBy(json, user, master) }
}

const signedBy = (json: JsonObject, user: string, key: SigningKey): JsonObject =>
  withSignatures(json, user, { [`ed25519:${key.publicKey}`]: key.sign(signedText(json)) })

function crossKeys(user: string) {
  const master = crossKey(user, 'master')
  return {
    master,
    selfSigning: crossKey(user, 'self_signing', master.key),
    userSigning: crossKey(user, 'user_signing', master.key),
  }
}

const uploadOf = ({ master, selfSigning, userSigning }: ReturnType<typeof crossKeys>) => ({
  master_key: master.json,
  self_signing_key: selfSigning.json,
  user_signing_key: userSigning.json,
})

const sign = (client: TestClient, { token }: Someone, body: JsonObject) =>
  client.good('POST', '/keys/signatures/upload', token, body)

const passwordOf = (user: string): JsonObject => ({
  type: 'm.login.password',
  identifier: { type: 'm.id.user', user },
  password: 'pass',
})

const changed = (user: string) => (json: JsonObject) => {
  const list = inside(json, 'device_lists', 'changed')
  return Array.isArray(list) && list.includes(user)
}

describe('keys over the client API', () => {
  let one: TestClient
  let two: TestClient
  let alice: Someone
  let bob: Someone

  beforeEach(async () => {
    ;[one, two] = await TestClient.pair()
    alice = await someone(one)
    bob = await someone(two)
  })

  afterEach(() => Promise.all([one.stop(), two.stop()]))

  const shareRoom = async (): Promise<string> => {
    const roomId = await one.newRoom(alice.token)
    await two.good('POST', `/join/${encodeURIComponent(roomId)}?via=${one.serverName}`, bob.token)
    return roomId
  }

  const upload = (body: JsonObject) => one.good('POST', '/keys/upload', alice.token, body)
  const bobAsks = async (...path: readonly string[]): Promise<Json | undefined> => {
    const body = { device_keys: { [alice.user]: [] } }
    return inside((await two.good('POST', '/keys/query', bob.token, body)).json, ...path)
  }
  const devicesAsked = () => one.requests('devices') + one.requests('keysQuery')

  it('go to who asks, from whatever server, with the name of the device', async () => {
    const { json } = identity(alice)
    await upload({ device_keys: json })
    await one.good('PUT', `/devices/${alice.device}`, alice.token, { display_name: 'Phone' })

    const keys = await bobAsks('device_keys', alice.user, alice.device)

    assert.deepEqual(keys, { ...json, unsigned: { device_display_name: 'Phone' } })
    const some = { device_keys: { [alice.user]: ['OTHER'], [`@no:${one.serverName}`]: [] } }
    const other = (await two.good('POST', '/keys/query', bob.token, some)).json
    assert.deepEqual(inside(other, 'device_keys', alice.user), {})
    assert.deepEqual(inside(other, 'failures'), {})
  })

  it('name the servers that gave no answer', async () => {
    const user = '@gone:127.0.0.1:1'
    const query = { device_keys: { [user]: [] } }
    const claim = { one_time_keys: { [user]: { D: 'signed_curve25519' } } }
    const { json } = await one.good('POST', '/keys/query', alice.token, query)
    assert.deepEqual(Object.keys(json['failures'] ?? {}), ['127.0.0.1:1'])
    const claimed = await one.good('POST', '/keys/claim', alice.token, claim)
    assert.deepEqual(Object.keys(claimed.json['failures'] ?? {}), ['127.0.0.1:1'])
  })

  it('are checked when they are uploaded', async () => {
    const { json } = identity(alice)
    const refused = (body: JsonObject) =>
      one.refused([400, 'M_INVALID_PARAM'], 'POST', '/keys/upload', alice.token, body)
    await refused({ device_keys: { ...json, device_id: 'OTHER' } })
    await refused({ device_keys: { ...json, user_id: bob.user } })
    await refused({ one_time_keys: { noalgorithm: 'key' } })
    const bare = { device_keys: { user_id: alice.user, device_id: json['device_id'] ?? '' } }
    await one.refused([400, 'M_BAD_JSON'], 'POST', '/keys/upload', alice.token, bare)
    await upload({ one_time_keys: oneTime('a') })
    await upload({ one_time_keys: oneTime('a') })
    await refused({ one_time_keys: { 'signed_curve25519:a': { key: 'other' } } })
  })

  it('for one use are given once, in order, and the fallback key for ever', async () => {
    await upload({ device_keys: identity(alice).json, one_time_keys: oneTime('a') })
    const { json } = await upload({ one_time_keys: oneTime('b'), fallback_keys: oneTime('f') })
    assert.deepEqual(json, { one_time_key_counts: { signed_curve25519: 2 } })
    const wanted = { [alice.user]: { [alice.device]: 'signed_curve25519', NONE: 'x' } }
    const claim = async () => {
      const answer = await two.good('POST', '/keys/claim', bob.token, { one_time_keys: wanted })
      return inside(answer.json, 'one_time_keys', alice.user)
    }
    const sync = async () => (await one.good('GET', '/sync', alice.token)).json

    assert.deepEqual(inside(await sync(), 'device_unused_fallback_key_types'), [
      'signed_curve25519',
    ])
    for (const name of ['a', 'b', 'f', 'f'])
      assert.deepEqual(await claim(), { [alice.device]: oneTime(name) })
    const told = await sync()
    assert.deepEqual(inside(told, 'device_unused_fallback_key_types'), [])
    assert.deepEqual(inside(told, 'device_one_time_keys_count'), { signed_curve25519: 0 })
  })

  it('are followed once a room is shared, without asking again', async () => {
    await upload({ device_keys: identity(alice).json })
    await shareRoom()
    const first = await two.syncUntil(bob.token, undefined, () => true)
    await bobAsks()
    const asked = devicesAsked()

    await one.good('PUT', `/devices/${alice.device}`, alice.token, { display_name: 'Phone' })
    const { next } = await two.syncUntil(bob.token, first.next, changed(alice.user))
    const unsigned = await bobAsks('device_keys', alice.user, alice.device, 'unsigned')
    assert.deepEqual(unsigned, { device_display_name: 'Phone' })
    assert.equal(devicesAsked(), asked)

    await one.good('POST', '/logout', alice.token)
    await two.syncUntil(bob.token, next, changed(alice.user))
    assert.deepEqual(await bobAsks('device_keys', alice.user), {})
    assert.equal(devicesAsked(), asked)
  })

  it('tell whom one meets in a room and whom one loses', async () => {
    const begin = await one.syncUntil(alice.token, undefined, () => true)
    const roomId = await shareRoom()
    const met = await one.syncUntil(alice.token, begin.next, changed(bob.user))
    await two.good('POST', `${at(roomId)}/leave`, bob.token)
    const { json } = await one.syncUntil(alice.token, met.next, ({ device_lists: lists }) => {
      const left = inside(lists, 'left')
      return Array.isArray(left) && left.length > 0
    })
    assert.deepEqual(inside(json, 'device_lists', 'left'), [bob.user])
    const path = `/keys/changes?from=${met.next}&to=${text(json, 'next_batch')}`
    assert.deepEqual((await one.good('GET', path, alice.token)).json, {
      changed: [],
      left: [bob.user],
    })
    await one.refused([400, 'M_MISSING_PARAM'], 'GET', '/keys/changes', alice.token)
  })

  it('sign each other, and each sees the signatures that are for him', async () => {
    const { json: device } = identity(alice)
    await upload({ device_keys: device })
    await shareRoom()
    const [hers, his] = [crossKeys(alice.user), crossKeys(bob.user)]
    const path = '/keys/device_signing/upload'
    await one.good('POST', path, alice.token, uploadOf(hers))
    await one.good('POST', path, alice.token, uploadOf(hers))
    await two.good('POST', path, bob.token, uploadOf(his))
    const signed = signedBy(device, alice.user, hers.selfSigning.key)
    const bobs = signedBy(hers.master.json, bob.user, his.userSigning.key)
    const { next } = await two.syncUntil(bob.token, undefined, () => true)

    const ownSigned = await sign(one, alice, { [alice.user]: { [alice.device]: signed } })
    assert.deepEqual(ownSigned.json, { failures: {} })
    await two.syncUntil(bob.token, next, changed(alice.user))
    assert.deepEqual(await bobAsks('device_keys', alice.user, alice.device), signed)
    const vouched = await sign(two, bob, {
      [alice.user]: { [hers.master.key.publicKey]: bobs },
    })
    assert.deepEqual(vouched.json, { failures: {} })

    assert.deepEqual(await bobAsks('master_keys', alice.user), bobs)
    assert.deepEqual(await bobAsks('self_signing_keys', alice.user), hers.selfSigning.json)
    assert.deepEqual(await bobAsks('user_signing_keys'), {})
    const own = await one.good('POST', '/keys/query', alice.token, {
      device_keys: { [alice.user]: [] },
    })
    assert.deepEqual(inside(own.json, 'user_signing_keys', alice.user), hers.userSigning.json)
    assert.deepEqual(inside(own.json, 'master_keys', alice.user), hers.master.json)
    const keyId = `ed25519:${hers.selfSigning.key.publicKey}`
    const wrong = withSignatures(device, alice.user, { [keyId]: 'A'.repeat(86) })
    const bad = await sign(one, alice, { [alice.user]: { [alice.device]: wrong } })
    const failure = inside(bad.json, 'failures', alice.user, alice.device, 'errcode')
    assert.equal(failure, 'M_INVALID_SIGNATURE')
  })

  it('for signing users are nobody else’s news', async () => {
    const carol = await someone(one)
    const roomId = await one.newRoom(alice.token)
    await one.good('POST', `/join/${encodeURIComponent(roomId)}`, carol.token)
    const { user_signing_key: own, ...open } = uploadOf(crossKeys(alice.user))
    const path = '/keys/device_signing/upload'
    await one.good('POST', path, alice.token, open)
    const { next } = await one.syncUntil(carol.token, undefined, () => true)

    const auth = passwordOf(alice.user)
    await one.good('POST', path, alice.token, { user_signing_key: own, auth })

    const after = (await one.syncUntil(carol.token, undefined, () => true)).next
    const changes = async (token: string) =>
      (await one.good('GET', `/keys/changes?from=${next}&to=${after}`, token)).json
    assert.deepEqual(await changes(carol.token), { changed: [], left: [] })
    assert.deepEqual(await changes(alice.token), { changed: [alice.user], left: [] })
  })

  it('for cross-signing are replaced only by who shows the password', async () => {
    const [keys, other] = [crossKeys(alice.user), crossKeys(alice.user)]
    const path = '/keys/device_signing/upload'
    const alone = { self_signing_key: keys.selfSigning.json }
    await one.refused([400, 'M_MISSING_PARAM'], 'POST', path, alice.token, alone)
    const mixed = { ...uploadOf(keys), self_signing_key: other.selfSigning.json }
    await one.refused([400, 'M_INVALID_SIGNATURE'], 'POST', path, alice.token, mixed)
    await one.good('POST', path, alice.token, uploadOf(keys))
    assert.equal((await one.ask('POST', path, alice.token, uploadOf(other))).status, 401)
    const auth = passwordOf(alice.user)
    await one.good('POST', path, alice.token, { ...uploadOf(other), auth })
    assert.deepEqual(await bobAsks('master_keys', alice.user), other.master.json)
  })
})
