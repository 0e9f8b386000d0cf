import assert from 'node:assert/strict'
import * as fc from 'fast-check'
import { after, before, describe, it } from 'mocha'
import { stringAt, valueAt } from '../matrix/content.ts'
import type { Json } from '../matrix/event.ts'
import { clientRoutes } from './client-api/client-api.ts'
import { oddity, withFaults } from './test-fuzz.ts'
import { answered, bytesOf, isWell, runs, type Scene, seeded, setScene } from './test-fuzz-scene.ts'

/** What clients may say, by path: the bodies of other paths are made of all of this. */
const bodies = ({ one, two, room }: Scene): Readonly<Record<string, Json>> => ({
  '/register': { username: 'x', password: 'y', auth: { type: 'm.login.dummy' }, device_id: 'D' },
  '/login': {
    type: 'm.login.password',
    identifier: { type: 'm.id.user', user: one.user },
    password: 'y',
  },
  '/createRoom': {
    preset: 'public_chat',
    name: 'x',
    topic: 'y',
    room_version: '11',
    room_alias_name: 'z',
    visibility: 'private',
    invite: [two.member],
    initial_state: [{ type: 'm.room.guest_access', state_key: '', content: { guest_access: 'x' } }],
    creation_content: { 'm.federate': true },
    power_level_content_override: { events: { 'm.room.name': 50 }, users_default: 0 },
  },
  '/rooms/:roomId/invite': { user_id: two.member, reason: 'x' },
  '/rooms/:roomId/kick': { user_id: two.member },
  '/rooms/:roomId/state/:type': { name: 'x' },
  '/rooms/:roomId/send/:type/:txnId': { msgtype: 'm.text', body: 'x', 'm.mentions': {} },
  '/rooms/:roomId/upgrade': { new_version: '12' },
  '/rooms/:roomId/read_markers': { 'm.fully_read': '$x', 'm.read': '$x' },
  '/rooms/:roomId/typing/:userId': { typing: true, timeout: 10 },
  '/presence/:userId/status': { presence: 'online', status_msg: 'x' },
  '/directory/room/:roomAlias': { room_id: room.id },
  '/publicRooms': { limit: 2, filter: { generic_search_term: 'x', room_types: [null, 'm.space'] } },
  '/user_directory/search': { search_term: 'x', limit: 2 },
  '/search': {
    search_categories: { room_events: { search_term: 'x', filter: { rooms: [room.id] } } },
  },
  '/user/:userId/filter': { room: { timeline: { limit: 1, types: ['m.*'] }, rooms: [room.id] } },
  '/user/:userId/account_data/:type': { a: [1] },
  '/user/:userId/rooms/:roomId/tags/:tag': { order: 0.5 },
  '/pushrules/global/:kind/:ruleId': {
    actions: ['notify'],
    pattern: 'x',
    conditions: [{ kind: 'event_match', key: 'type', pattern: 'm.*' }],
  },
  '/keys/upload': {
    device_keys: {
      user_id: one.user,
      device_id: 'D',
      algorithms: ['m.megolm.v1.aes-sha2'],
      keys: { 'ed25519:D': 'x' },
      signatures: { [one.user]: { 'ed25519:D': 'x' } },
    },
    one_time_keys: { 'signed_curve25519:AAAA': { key: 'x', signatures: {} } },
    fallback_keys: { 'signed_curve25519:AAAB': { key: 'x', fallback: true, signatures: {} } },
  },
  '/keys/query': { device_keys: { [one.user]: [], [two.user]: ['D'] }, timeout: 10 },
  '/keys/claim': { one_time_keys: { [two.user]: { D: 'signed_curve25519' } }, timeout: 10 },
  '/keys/device_signing/upload': {
    master_key: { user_id: one.user, usage: ['master'], keys: { 'ed25519:x': 'x' } },
    self_signing_key: { user_id: one.user, usage: ['self_signing'], keys: { 'ed25519:y': 'y' } },
  },
  '/keys/signatures/upload': { [one.user]: { D: { signatures: {} } } },
  '/sendToDevice/:type/:txnId': { messages: { [one.user]: { '*': { a: 1 } }, [two.user]: {} } },
  '/profile/:userId/:field': { displayname: 'x', avatar_url: 'mxc://x/y' },
  '/devices/:deviceId': { display_name: 'x' },
  '/delete_devices': { devices: ['D'], auth: { type: 'm.login.password', password: 'x' } },
  '/account/password': { new_password: 'x', auth: { type: 'm.login.password', user: 'x' } },
})

const queryNames = [
  'since timeout filter full_state set_presence from to dir limit via server_name',
  'membership not_membership at ts kind username user_id access_token server suggested_only max_depth',
  'format recurse width height method use_state_after only scope ids x',
].flatMap((line) => line.split(' '))

/** No waiting: nothing happens. */
const queried = (words: readonly string[]) =>
  fc
    .dictionary(
      fc.constantFrom(...queryNames),
      fc.oneof(
        fc.constantFrom(...words, '-1', '{}', '{"room":{"timeline":{"limit":1}}}', 's1_2', '9e9'),
        fc.string({ maxLength: 20 }),
      ),
      { maxKeys: 4 },
    )
    .map((query) => new URLSearchParams({ ...query, timeout: '0' }).toString())

/** The path with words in the places of its parameters. */
function pathOf(path: string, words: readonly string[]): fc.Arbitrary<string> {
  const full = /^\/[._]/.test(path) ? path : `/_matrix/client/v3${path}`
  const fits: Readonly<Record<string, RegExp>> = {
    ':roomId': /^!/,
    ':eventId': /^\$/,
    ':userId': /^@/,
    ':roomIdOrAlias': /^[!#]/,
    ':roomAlias': /^#/,
  }
  const segments = full.split('/').map((segment) => {
    if (!segment.startsWith(':')) return fc.constant(segment)
    const fitting = words.filter((word) => fits[segment]?.test(word))
    return fc
      .oneof(
        { arbitrary: fc.constantFrom(...(fitting.length > 0 ? fitting : words)), weight: 6 },
        { arbitrary: fc.string({ maxLength: 20 }), weight: 1 },
      )
      .map((word) => encodeURIComponent(word))
  })
  return fc.tuple(...segments).map((parts) => parts.join('/'))
}

let scene: Scene
let token: string
let stop: () => void

/** A user in the open room, logged in. */
async function login(): Promise<string> {
  const body = { username: `fuzz-${Math.random().toString(36).slice(2)}`, password: 'y' }
  const reply = await answered(scene, {
    method: 'POST',
    uri: '/_matrix/client/v3/register',
    sign: false,
    bytes: bytesOf({ ...body, auth: { type: 'm.login.dummy' } }),
  })
  const user = stringAt(reply.json, 'user_id') ?? ''
  await scene.one.server.users.join(scene.room.id, user)
  return stringAt(reply.json, 'access_token') ?? ''
}

async function isLoggedIn(): Promise<boolean> {
  const uri = '/_matrix/client/v3/account/whoami'
  return (await answered(scene, { method: 'GET', uri, ...asUser() })).status === 200
}

const asUser = () => ({
  sign: false,
  mangle: (headers: Readonly<Record<string, string | readonly string[]>>) => ({
    ...headers,
    authorization: `Bearer ${token}`,
  }),
})

describe('under a fuzzer the client API', () => {
  before(async () => {
    ;[scene, stop] = await setScene()
    token = await login()
  })
  after(() => stop())

  for (const { method, path } of clientRoutes)
    it(`answers ${method} ${path}`, async () => {
      const { words } = scene
      const known = bodies(scene)
      const good = known[path] ?? {}
      const others = fc.constantFrom(...Object.values(known))
      const body = fc.oneof(
        { arbitrary: withFaults(fc.constant(good)), weight: 8 },
        { arbitrary: withFaults(others), weight: 1 },
        { arbitrary: oddity, weight: 1 },
      )
      if (!(await isLoggedIn())) token = await login()
      await fc.assert(
        fc.asyncProperty(pathOf(path, words), queried(words), body, async (at, query, said) => {
          await answered(scene, {
            method,
            uri: `${at}?${query}`,
            ...asUser(),
            ...(method === 'GET' || method === 'DELETE' ? {} : { bytes: bytesOf(said) }),
          })
        }),
        { numRuns: runs || 8, ...seeded },
      )
    }).timeout(120_000)

  it('is well afterwards', async () => {
    await isWell(scene)
    token = await login()
    const uri = '/_matrix/client/v3/sync?timeout=0'
    const { json } = await answered(scene, { method: 'GET', uri, ...asUser() })
    assert.ok(valueAt(valueAt(valueAt(json, 'rooms'), 'join'), scene.room.id))
  })
})
