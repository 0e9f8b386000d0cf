import assert from 'node:assert/strict'
import { describe, it } from 'mocha'
import { valueAt } from '../../matrix/content.ts'
import type { JsonObject } from '../../matrix/event.ts'
import type { Room } from '../../world/homeserver.ts'
import type { ReferencePeer } from '../peer.ts'
import type { Room as KnownRoom } from '../rooms/room.ts'
import { Bench, edusAt } from '../test-bench.ts'

const edu = (edu_type: string, content: JsonObject): JsonObject => ({ edu_type, content })

const typing = (room: Room, user: string, is = true): JsonObject =>
  edu('m.typing', { room_id: room.id, user_id: user, typing: is })

const read = (user: string, event: string, data: JsonObject = { ts: 1 }): JsonObject => ({
  'm.read': { [user]: { event_ids: [event], data } },
})

const presenceOf = (user: string, presence: string, more: JsonObject = {}): JsonObject =>
  edu('m.presence', { push: [{ user_id: user, presence, last_active_ago: 5, ...more }] })

function known(peer: ReferencePeer, room: Room): KnownRoom {
  const found = peer.server.rooms.get(room.id)
  assert.ok(found !== undefined)
  return found
}

const look = (peer: ReferencePeer, since = 0) =>
  peer.server.people.extras.collect(
    { user: peer.user, device: 'A' },
    { since: since === 0 ? undefined : since, next: Number.MAX_SAFE_INTEGER },
  )

const typists = (peer: ReferencePeer, room: Room) =>
  peer.server.people.typing.event(room.id, -1)?.['content']

const receipts = (peer: ReferencePeer, room: Room) =>
  look(peer)
    .ephemeral.get(room.id)
    ?.find(({ type }) => type === 'm.receipt')?.['content']

/** Comes back when a sync of the peer's user has made it so: an EDU is taken in some time after it has come. */
async function becomes(peer: ReferencePeer, isSo: () => boolean): Promise<void> {
  const deadline = performance.now() + 10_000
  for (;;) {
    const since = peer.server.users.now()
    if (isSo()) return
    assert.ok(performance.now() < deadline, 'it has not become so')
    await peer.server.users.sync(peer.user, { device: 'A', since, waitMs: 1_000 })
  }
}

const isKnown = (peer: ReferencePeer, user: string) =>
  look(peer).presence.some(({ sender }) => sender === user)

/** One and two are in a room, three is in another with one. */
const scene = (
  story: (
    servers: readonly [ReferencePeer, ReferencePeer, ReferencePeer],
    rooms: readonly [Room, Room],
  ) => Promise<void>,
) =>
  Bench.with(async (bench) => {
    const servers = await bench.three()
    const [one, two, three] = servers
    const rooms = [await one.createRoom(), await one.createRoom()] as const
    await two.join(rooms[0], one)
    await three.join(rooms[1], one)
    await story(servers, rooms)
  })

describe('what passes by in rooms', () => {
  it('is typing, which goes to the servers of the room', () =>
    scene(async ([one, two, three], [room]) => {
      one.server.people.typing.set(known(one, room), one.user, true)
      await two.asked('send', one, () => edusAt(two, 'm.typing').length > 0)
      one.server.people.typing.set(known(one, room), one.user, false)
      one.server.people.typing.set(known(one, room), one.user, false)
      await two.asked('send', one, () => edusAt(two, 'm.typing').length >= 2)
      assert.deepEqual(edusAt(two, 'm.typing'), [
        typing(room, one.user),
        typing(room, one.user, false),
      ])
      await becomes(two, () => JSON.stringify(typists(two, room)) === '{"user_ids":[]}')
      assert.deepEqual(edusAt(three, 'm.typing'), [])
    }))

  it('is typing only of users who are in the room and of the server that says so', () =>
    scene(async ([one, two, three], [room]) => {
      await two.push(
        one,
        [],
        [
          typing(room, one.user),
          typing(room, two.stranger),
          typing(room, three.user),
          typing({ ...room, id: '!none:x.org' }, two.user),
          edu('m.typing', { room_id: room.id, user_id: two.user }),
          edu('m.typing', {}),
        ],
      )
      assert.equal(typists(one, room), undefined)
      await two.push(one, [], [typing(room, two.user)])
      assert.deepEqual(typists(one, room), { user_ids: [two.user] })
      await two.leave(room)
      await one.sees(room, [two.heads(room)[0] ?? ''])
      assert.deepEqual(typists(one, room), { user_ids: [] })
    }))

  it('ends by itself', () =>
    scene(async ([one, two], [room]) => {
      one.server.people.typing.set(known(one, room), one.user, true, 1)
      await two.asked('send', one, () => edusAt(two, 'm.typing').length >= 2)
      assert.deepEqual(edusAt(two, 'm.typing').at(-1), typing(room, one.user, false))
    }))

  it('is what users have read, but not in private', () =>
    scene(async ([one, two], [room]) => {
      const [id] = await one.send(room, { type: 'm.room.message', content: {} })
      const at = { user: two.user, event: id }
      const { receipts: of } = two.server.people
      of.set(known(two, room), { ...at, type: 'm.read.private' })
      of.set(known(two, room), { ...at, type: 'm.read', thread: 'main' })
      await becomes(one, () => receipts(one, room) !== undefined)
      const [sent] = edusAt(one, 'm.receipt')
      const data = valueAt(valueAt(valueAt(valueAt(sent, 'content'), room.id), 'm.read'), two.user)
      assert.deepEqual(valueAt(data, 'event_ids'), [id])
      assert.equal(valueAt(valueAt(data, 'data'), 'thread_id'), 'main')
      const shown = valueAt(receipts(one, room), id)
      assert.deepEqual(Object.keys(shown ?? {}), ['m.read'])
      assert.deepEqual(Object.keys(valueAt(receipts(two, room), id) ?? {}).toSorted(), [
        'm.read',
        'm.read.private',
      ])
    }))

  it('is what users of the sending server have read, and nothing but that changes', () =>
    scene(async ([one, two, three], [room]) => {
      await two.join(room, one, two.member)
      const send = (content: JsonObject) => two.push(one, [], [edu('m.receipt', content)])
      await send({ [room.id]: read(two.user, '$a') })
      await send({ [room.id]: read(two.member, '$b') })
      await send({
        [room.id]: {
          'm.read': {
            [one.user]: { event_ids: ['$x'], data: { ts: 1 } },
            [three.user]: { event_ids: ['$x'], data: { ts: 1 } },
            [two.stranger]: { event_ids: ['$x'], data: { ts: 1 } },
            [two.user]: { event_ids: ['$x', '$y'], data: { ts: 1 } },
            [two.member]: { event_ids: ['$x'], data: {} },
          },
          'm.read.private': { [two.user]: { event_ids: ['$x'], data: { ts: 1 } } },
        },
        '!none:x.org': read(two.user, '$x'),
        nonsense: [],
      })
      assert.deepEqual(receipts(one, room), {
        $a: { 'm.read': { [two.user]: { ts: 1 } } },
        $b: { 'm.read': { [two.member]: { ts: 1 } } },
      })
    }))

  it('counts for nothing from a server that the room denies, and for other rooms still', () =>
    scene(async ([one, two], [room, other]) => {
      await two.join(other, one)
      const denial = { allow: ['*'], deny: [two.name.replace(/:\d+$/, '')] }
      await one.send(room, { type: 'm.room.server_acl', state_key: '', content: denial })
      const content = { [room.id]: read(two.user, '$a'), [other.id]: read(two.user, '$b') }
      await two.push(one, [], [edu('m.receipt', content), typing(room, two.user)])
      assert.equal(receipts(one, room), undefined)
      assert.deepEqual(Object.keys(receipts(one, other) ?? {}), ['$b'])
      assert.equal(typists(one, room), undefined)
    }))

  it('is presence, which goes to whom it may concern', () =>
    scene(async ([one, two, three], [room]) => {
      two.server.people.presence.set(two.user, 'online', 'here')
      await becomes(one, () => isKnown(one, two.user))
      const { last_active_ago: _, ...shown } = one.server.people.presence.get(two.user, one.user)
      assert.deepEqual(shown, {
        presence: 'online',
        status_msg: 'here',
        currently_active: true,
      })
      const [event] = look(one).presence
      assert.deepEqual([event?.['type'], event?.['sender']], ['m.presence', two.user])
      assert.deepEqual(edusAt(three, 'm.presence'), [])
      await three.join(room, one)
      await becomes(three, () => isKnown(three, two.user))
      assert.equal(three.server.people.presence.get(two.user, three.user)['status_msg'], 'here')
    }))

  it('is presence of users of the sending server alone', () =>
    scene(async ([one, two, three]) => {
      await two.push(
        one,
        [],
        [
          presenceOf(three.user, 'online'),
          presenceOf(one.user, 'online'),
          presenceOf(two.stranger, 'online'),
          presenceOf(two.user, 'dancing'),
          presenceOf(two.user, 'online', { last_active_ago: 'now' }),
          edu('m.presence', { push: {} }),
        ],
      )
      assert.deepEqual(look(one).presence, [])
      await two.push(one, [], [presenceOf(two.user, 'unavailable')])
      const shown = one.server.people.presence.get(two.user, one.user)
      assert.equal(shown['presence'], 'unavailable')
      assert.equal(shown['currently_active'], false)
      assert.throws(() => one.server.people.presence.get(two.user, one.stranger), /no room/)
    }))
})
