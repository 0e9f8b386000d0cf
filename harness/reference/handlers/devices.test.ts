import assert from 'node:assert/strict'
import { describe, it } from 'mocha'
import type { Json, JsonObject } from '../../matrix/event.ts'
import { valueAt } from '../../matrix/content.ts'
import type { Reply, Room } from '../../world/homeserver.ts'
import type { ReferencePeer } from '../peer.ts'
import { Bench, edusAt, edusIn } from '../test-bench.ts'

type Two = readonly [ReferencePeer, ReferencePeer]

/** Two servers that share a room. */
const inRoom = (story: (servers: Two, room: Room) => Promise<void>) =>
  Bench.with(async (bench) => {
    const [one, two] = await bench.two()
    const room = await one.createRoom()
    await two.join(room, one)
    await story([one, two], room)
  })

const refused = ({ status, json }: Reply, expected: string) =>
  assert.equal(`${status} ${JSON.stringify(valueAt(json, 'errcode'))}`, expected)

const update = (user: string, device: string, more: JsonObject): JsonObject => ({
  edu_type: 'm.device_list_update',
  content: { user_id: user, device_id: device, ...more },
})

const list = (user: string, stream: number, devices: readonly string[]): JsonObject => ({
  user_id: user,
  stream_id: stream,
  devices: devices.map((id) => ({ device_id: id, keys: keysOf(user, id) })),
})

const keysOf = (user: string, device: string): JsonObject => ({
  user_id: user,
  device_id: device,
  algorithms: [],
  keys: { [`ed25519:${device}`]: 'k' },
  signatures: {},
})

async function known(peer: ReferencePeer, user: string): Promise<readonly string[]> {
  const wanted = new Map([[user, []]])
  const answer = await peer.server.people.keyQueries.query(peer.user, wanted, { timeoutMs: 5_000 })
  return Object.keys(answer.device_keys[user] ?? {}).toSorted()
}

const nothing = () => ({ status: 404, body: {} })

/** While `two` says that its user has these devices, counting how often it is asked. */
async function having(
  two: ReferencePeer,
  say: () => JsonObject,
  during: () => Promise<void>,
): Promise<void> {
  await two.answering(
    'devices',
    () => ({ status: 200, body: say() }),
    () =>
      two.answering(
        'keysQuery',
        () => ({ status: 200, body: { device_keys: { [two.user]: {} } } }),
        during,
      ),
  )
}

describe('devices over federation', () => {
  it('are answered for own users alone', () =>
    Bench.with(async (bench) => {
      const [one, two] = await bench.two()
      const { people } = one.server
      people.devices.open(one.user, 'A', 'Phone')
      people.devices.set(one.user, 'A', { display_name: 'Phone', keys: keysOf(one.user, 'A') })
      people.devices.open(one.user, 'B')
      const ask = (userId: string) => two.request(one, 'devices', { params: { userId } })

      assert.deepEqual((await ask(one.user)).json, {
        user_id: one.user,
        stream_id: 3,
        devices: [{ device_id: 'A', keys: keysOf(one.user, 'A'), device_display_name: 'Phone' }],
      })
      refused(await ask(two.user), '400 "M_INVALID_PARAM"')
      refused(await ask(`@nobody:${one.name}`), '404 "M_NOT_FOUND"')
    }))

  it('refuse queries and claims that are none', () =>
    Bench.with(async (bench) => {
      const [one, two] = await bench.two()
      const ask = (operation: string, body: JsonObject) =>
        two.request(one, operation, { body, deliberate: true })
      const rows: readonly (readonly [string, string, Json])[] = [
        ['keysQuery', 'device_keys', {}],
        ['keysClaim', 'one_time_keys', []],
      ]
      for (const [operation, name, wrong] of rows) {
        refused(await ask(operation, {}), '400 "M_MISSING_PARAM"')
        refused(await ask(operation, { [name]: [] }), '400 "M_BAD_JSON"')
        refused(await ask(operation, { [name]: { [one.user]: wrong } }), '400 "M_BAD_JSON"')
        refused(await ask(operation, { [name]: { [two.user]: {} } }), '400 "M_INVALID_PARAM"')
        const none = await ask(operation, { [name]: { [`@nobody:${one.name}`]: [] } })
        assert.deepEqual(valueAt(none.json, name), {})
      }
    }))

  it('are told to servers in a room with the user, in sequence', () =>
    inRoom(async ([one, two], room) => {
      const { people } = one.server
      const updates = () => edusAt(two).map((edu) => valueAt(edu, 'content'))
      const arrived = (count: number) => two.asked('send', one, () => updates().length >= count)

      people.devices.open(one.user, 'A')
      people.devices.set(one.user, 'A', { display_name: 'Phone' })
      people.devices.remove(one.user, 'A')
      people.devices.open(one.stranger, 'X')
      await one.send(room, { type: 'm.room.message', content: {} })
      await arrived(3)

      const base = { user_id: one.user, device_id: 'A' }
      assert.deepEqual(updates(), [
        { ...base, stream_id: 1, prev_id: [] },
        { ...base, stream_id: 2, prev_id: [1], device_display_name: 'Phone' },
        { ...base, stream_id: 3, prev_id: [2], deleted: true },
      ])
    }))

  it('are told to servers that a user meets by a join', () =>
    Bench.with(async (bench) => {
      const [one, two] = await bench.two()
      one.server.people.devices.open(one.user, 'A')
      const room = await two.createRoom()
      await one.join(room, two)
      const asked = await two.asked('send', one, ({ body }) => edusIn(body).length > 0)
      const [edu] = edusIn(asked.body)
      assert.deepEqual(valueAt(edu, 'content'), {
        user_id: one.user,
        device_id: 'A',
        stream_id: 2,
        prev_id: [1],
      })
    }))

  it('of others are fetched anew only when an update is missing', () =>
    inRoom(async ([one, two]) => {
      const { user } = two
      const count = () => two.requests('devices').length
      const push = (device: string, more: JsonObject) =>
        two.push(one, [], [update(user, device, more)])
      let devices = ['A']
      await having(
        two,
        () => list(user, 5, devices),
        async () => {
          await known(one, user)
          assert.deepEqual(await known(one, user), ['A'])
          assert.equal(count(), 1)

          await push('B', { stream_id: 6, prev_id: [5], keys: keysOf(user, 'B') })
          await push('B', { stream_id: 6, prev_id: [5], deleted: true })
          assert.deepEqual(await known(one, user), ['A', 'B'])
          await push('A', { stream_id: 7, prev_id: [6], deleted: true })
          assert.deepEqual(await known(one, user), ['B'])
          assert.equal(count(), 1)

          devices = ['B', 'C', 'D']
          await push('D', { stream_id: 9, prev_id: [8], keys: keysOf(user, 'D') })
          await two.asked('devices', one, () => count() === 2)
          await known(one, user)
          assert.deepEqual(await known(one, user), ['B', 'C', 'D'])
        },
      )
    }))

  it('of others are known by their list alone, where their server answers no query', () =>
    inRoom(async ([one, two]) => {
      const { user } = two
      const says = () => ({ status: 200, body: list(user, 5, ['A', 'B']) })
      await two.answering('devices', says, () =>
        two.answering('keysQuery', nothing, async () =>
          assert.deepEqual(await known(one, user), ['A', 'B']),
        ),
      )
      assert.equal(two.requests('devices').length, 1)
    }))

  it('of others change only by their own server', () =>
    Bench.with(async (bench) => {
      const [one, two, three] = await bench.three()
      const room = await one.createRoom()
      await two.join(room, one)
      await three.join(room, one)
      await having(
        two,
        () => list(two.user, 5, ['A']),
        async () => {
          await known(one, two.user)
          const gone = { stream_id: 6, prev_id: [5], deleted: true }
          const wrong = [
            update(two.user, 'A', gone),
            update('nonsense', 'A', gone),
            { edu_type: 'm.device_list_update', content: { user_id: two.user } },
            { edu_type: 'm.signing_key_update', content: { user_id: two.user } },
            { edu_type: 'm.unknown', content: {} },
            { edu_type: 'm.device_list_update' },
          ]
          const reply = await three.push(one, [], wrong)
          assert.equal(reply.status, 200)
          assert.deepEqual(await known(one, two.user), ['A'])
          assert.equal(two.requests('devices').length, 1)
        },
      )
    }))

  it('of others are forgotten when no room is shared any longer', () =>
    inRoom(async ([one, two], room) => {
      await having(
        two,
        () => list(two.user, 5, ['A']),
        async () => {
          await known(one, two.user)
          assert.deepEqual(await known(one, two.user), ['A'])
          await one.leave(room)
          await known(one, two.user)
          assert.equal(two.requests('devices').length, 1)
          assert.equal(two.requests('keysQuery').length, 2)
        },
      )
    }))
})
