import { describe } from 'mocha'
import { stringAt, valueAt } from '../../matrix/content.ts'
import type { Json, JsonObject } from '../../matrix/event.ts'
import { signJson } from '../../matrix/sign-json.ts'
import { SigningKey } from '../../matrix/signing-key.ts'
import type { Room } from '../../world/homeserver.ts'
import { MatrixError } from '../errors.ts'
import { peopleQuirks } from './people.ts'
import { denying, errorOf, inRoom, type Row, type Scene, shows } from './test-on-the-wire.ts'

const edu = (edu_type: string, content: JsonObject): JsonObject => ({ edu_type, content })

/** The ephemeral events and the messages to device A that the first user's sync has. */
async function synced({ one }: Scene) {
  const { extras } = await one.server.users.sync(one.user, { device: 'A' })
  const of = (room: Room, type: string) =>
    extras?.ephemeral.get(room.id)?.find((event) => event['type'] === type)?.['content']
  return { of, letters: extras?.toDevice.length ?? 0 }
}

const typed = async (scene: Scene, room: Room, user: string): Promise<Json> => {
  const content = { room_id: room.id, user_id: user, typing: true }
  await scene.two.push(scene.one, [], [edu('m.typing', content)])
  return valueAt((await synced(scene)).of(room, 'm.typing'), 'user_ids') ?? 'nothing'
}

const receiptOf = (user: string, event: string, data: JsonObject) => ({
  'm.read': { [user]: { event_ids: [event], data: { ts: 1, ...data } } },
})

const read = async (scene: Scene, room: Room, data: JsonObject = {}) => {
  const { one, two } = scene
  const event = one.events(room)[0]?.id ?? ''
  const content = { [room.id]: receiptOf(two.user, event, data) }
  await two.push(one, [], [edu('m.receipt', content)])
  return valueAt(valueAt((await synced(scene)).of(room, 'm.receipt'), event), 'm.read')
}

const letters = async (scene: Scene, senders: readonly string[]): Promise<Json> => {
  const { one, two } = scene
  one.server.people.devices.open(one.user, 'A')
  for (const sender of senders) {
    const messages = { [one.user]: { A: {} } }
    const content = { sender, type: 'm.test', message_id: 'id', messages }
    await two.push(one, [], [edu('m.direct_to_device', content)])
  }
  return (await synced(scene)).letters
}

const keysOf = (user: string, device: string): JsonObject => ({
  user_id: user,
  device_id: device,
  algorithms: [],
  keys: { [`ed25519:${device}`]: 'k' },
  signatures: {},
})

/** Device ids of the second server's user that the first relies on, after an update. */
async function devicesAfter(scene: Scene, more: JsonObject): Promise<readonly string[]> {
  const { one, two } = scene
  await inRoom(scene)
  const devices = ['A', 'B'].map((id) => ({ device_id: id, keys: keysOf(two.user, id) }))
  const list = { user_id: two.user, stream_id: 5, devices }
  const { remoteDevices } = one.server.people
  return two.answering(
    'devices',
    () => ({ status: 200, body: list }),
    async () => {
      await remoteDevices.fetch(two.user)
      const content = { user_id: two.user, device_id: 'C', stream_id: 9, ...more }
      await two.push(one, [], [edu('m.device_list_update', content)])
      return Object.keys(remoteDevices.known(two.user)?.devices ?? {}).toSorted()
    },
  )
}

/** A key that is named by itself, as cross-signing keys are; the first of which the name can be a version. */
const keyFrom = (byte: number): SigningKey => {
  const seed = Buffer.alloc(32, byte)
  const { publicKey } = SigningKey.fromSeed(seed, '1')
  return /^\w+$/.test(publicKey) ? SigningKey.fromSeed(seed, publicKey) : keyFrom(byte + 16)
}

const crossSigning = (
  user: string,
  usage: string,
  key: SigningKey,
  by?: SigningKey,
): JsonObject => {
  const json = { user_id: user, usage: [usage], keys: { [key.keyId]: key.publicKey } }
  return by === undefined ? json : signJson(json, user, by)
}

/** The cross-signing keys that the first server gives of its user by an operation. */
async function crossSigned({ one, two }: Scene, operation: string): Promise<Json> {
  const [master, below] = [keyFrom(1), keyFrom(2)]
  const keys = {
    master_key: crossSigning(one.user, 'master', master),
    self_signing_key: crossSigning(one.user, 'self_signing', below, master),
  }
  one.server.people.crossSigning.upload(one.user, keys, [])
  const { json } =
    operation === 'devices'
      ? await two.request(one, operation, { params: { userId: one.user } })
      : await two.request(one, operation, { body: { device_keys: { [one.user]: [] } } })
  return Object.keys(json ?? {}).toSorted()
}

const rows: Readonly<Record<string, Row>> = {
  'typing-for-others': {
    honest: 'nothing',
    odd: true,
    see: async (scene) => {
      const room = await inRoom(scene)
      const seen = await typed(scene, room, scene.one.user)
      return Array.isArray(seen) ? seen.includes(scene.one.user) : seen
    },
  },
  'typing-past-acl': {
    honest: 'nothing',
    odd: 1,
    see: async (scene) => {
      const seen = await typed(scene, await denying(scene), scene.two.user)
      return Array.isArray(seen) ? seen.length : seen
    },
  },
  'receipts-past-acl': {
    honest: 0,
    odd: 1,
    see: async (scene) => Object.keys((await read(scene, await denying(scene))) ?? {}).length,
  },
  'forget-threads': {
    honest: 'main',
    odd: 'none',
    see: async (scene) => {
      const seen = await read(scene, await inRoom(scene), { thread_id: 'main' })
      return stringAt(valueAt(seen, scene.two.user), 'thread_id') ?? 'none'
    },
  },
  'presence-of-others': {
    honest: 'offline',
    odd: 'online',
    see: async (scene) => {
      const { one, two } = scene
      const room = await inRoom(scene)
      await one.join(room, one, one.member)
      const push = [{ user_id: one.member, presence: 'online', last_active_ago: 1 }]
      await two.push(one, [], [edu('m.presence', { push })])
      try {
        return stringAt(one.server.people.presence.get(one.member, one.user), 'presence')
      } catch (error) {
        return error instanceof MatrixError ? error.errcode : 'no refusal'
      }
    },
  },
  'letters-of-anyone': {
    honest: 0,
    odd: 1,
    see: (scene) => letters(scene, [scene.one.member]),
  },
  'letters-again': {
    honest: 1,
    odd: 2,
    see: (scene) => letters(scene, [scene.two.user, scene.two.user]),
  },
  'ignore-device-gaps': {
    honest: false,
    odd: true,
    see: async (scene) => {
      const more = { prev_id: [7], keys: keysOf(scene.two.user, 'C') }
      return (await devicesAfter(scene, more)).includes('C')
    },
  },
  'keep-deleted-devices': {
    honest: ['A'],
    odd: ['A', 'B'],
    see: (scene) => devicesAfter(scene, { prev_id: [5], device_id: 'B', deleted: true }),
  },
  'ignore-signing-keys': {
    honest: 1,
    odd: 0,
    see: async (scene) => {
      const { one, two } = scene
      await devicesAfter(scene, { prev_id: [5], keys: keysOf(two.user, 'C') })
      const content = {
        user_id: two.user,
        master_key: crossSigning(two.user, 'master', keyFrom(3)),
      }
      await two.push(one, [], [edu('m.signing_key_update', content)])
      const known = one.server.people.remoteDevices.known(two.user)
      return known?.keys.master_key === undefined ? 0 : 1
    },
  },
  'devices-without-cross-signing': {
    honest: ['devices', 'master_key', 'self_signing_key', 'stream_id', 'user_id'],
    odd: ['devices', 'stream_id', 'user_id'],
    see: (scene) => crossSigned(scene, 'devices'),
  },
  'query-without-cross-signing': {
    honest: ['device_keys', 'master_keys', 'self_signing_keys'],
    odd: ['device_keys'],
    see: (scene) => crossSigned(scene, 'keysQuery'),
  },
  'first-device-only': {
    honest: 2,
    odd: 1,
    see: async ({ one, two }) => {
      for (const id of ['A', 'B']) {
        one.server.people.devices.open(one.user, id)
        one.server.people.devices.set(one.user, id, { keys: keysOf(one.user, id) })
      }
      const body = { device_keys: { [one.user]: [] } }
      const { json } = await two.request(one, 'keysQuery', { body })
      return Object.keys(valueAt(valueAt(json, 'device_keys'), one.user) ?? {}).length
    },
  },
  'claim-twice': {
    honest: 2,
    odd: 1,
    see: async ({ one, two }) => {
      const { devices, oneTimeKeys } = one.server.people
      devices.open(one.user, 'A')
      oneTimeKeys.add(
        { user: one.user, device: 'A' },
        { 'curve25519:1': 'first', 'curve25519:2': 'second' },
      )
      const body = { one_time_keys: { [one.user]: { A: 'curve25519' } } }
      const claim = async () => JSON.stringify((await two.request(one, 'keysClaim', { body })).json)
      return new Set([await claim(), await claim()]).size
    },
  },
  'openid-for-all': {
    honest: [401, 'M_UNKNOWN_TOKEN'],
    odd: [200, 'none'],
    see: ({ one, two }) =>
      errorOf(two.request(one, 'openidUserinfo', { query: { access_token: 'made-up' } })),
  },
}

describe('quirks with people', () => shows(rows, peopleQuirks))
