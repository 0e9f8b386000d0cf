import assert from 'node:assert/strict'
import { describe, it } from 'mocha'
import { stringAt, valueAt } from '../../matrix/content.ts'
import type { Json, JsonObject } from '../../matrix/event.ts'
import type { Draft, Room } from '../../world/homeserver.ts'
import type { ReferencePeer } from '../peer.ts'
import { Bench, errorIn, text } from '../test-bench.ts'
import type { CreateRoomOptions } from './operations.ts'

const listAt = (json: Json | undefined, key: string): readonly Json[] => {
  const list = valueAt(json, key)
  assert.ok(Array.isArray(list), `${key} is no list`)
  return list
}

const idsAt = (json: Json | undefined, key: string): readonly (string | undefined)[] =>
  listAt(json, key).map((one) => stringAt(one, 'room_id'))

const create = (peer: ReferencePeer, options: CreateRoomOptions) =>
  peer.server.users.createRoom(peer.user, options)

const space: CreateRoomOptions = { creation: { type: 'm.space' } }

const child = (roomId: string, via: readonly string[], more: JsonObject = {}): Draft => ({
  type: 'm.space.child',
  state_key: roomId,
  content: { via, ...more },
})

const joinRules = (content: JsonObject): Draft => ({
  type: 'm.room.join_rules',
  state_key: '',
  content,
})

const fill = async (one: ReferencePeer): Promise<readonly string[]> => {
  const rooms: string[] = []
  for (const name of ['Ants', 'Bees', 'Cicadas', 'Dragonflies', 'Earwigs']) {
    const room = await create(one, { name, topic: `about ${name}`, isPublished: true })
    rooms.push(room.id)
  }
  await one.join(
    { id: rooms[3] ?? '', version: one.server.rooms.get(rooms[3] ?? '')!.version },
    one,
    one.member,
  )
  await create(one, { name: 'Not listed' })
  return rooms
}

const names = (rooms: readonly JsonObject[]) => rooms.map((room) => stringAt(room, 'room_id'))

/** Messages at 1000, 2000, 3000 of the last hour, in a room whose first events are newer. */
async function story(bench: Bench) {
  const [one, two, three] = await bench.three()
  const room: Room = await one.createRoom()
  const sent: string[] = []
  for (const originServerTs of [1_000, 2_000, 3_000])
    sent.push(one.author(room, text(`at ${originServerTs}`), { originServerTs }).id)
  await two.join(room, one)
  return { one, two, three, room, sent }
}

describe('the directory of a server', () => {
  it('is read in pages, there and back', () =>
    Bench.with(async (bench) => {
      const [one, two] = await bench.two()
      const rooms = await fill(one)
      const ask = async (query: Record<string, string>) =>
        (await two.request(one, 'publicRooms', { query })).json

      const first = await ask({ limit: '2' })
      const second = await ask({ limit: '2', since: stringAt(first, 'next_batch') ?? '' })
      const third = await ask({ limit: '2', since: stringAt(second, 'next_batch') ?? '' })
      const again = await ask({ limit: '2', since: stringAt(second, 'prev_batch') ?? '' })
      const whole = await ask({})

      assert.equal(idsAt(first, 'chunk')[0], rooms[3])
      const all = [first, second, third].flatMap((page) => idsAt(page, 'chunk'))
      assert.deepEqual(new Set(all), new Set(rooms))
      assert.deepEqual(again, first)
      assert.deepEqual(
        [valueAt(first, 'prev_batch'), valueAt(third, 'next_batch')],
        [undefined, undefined],
      )
      assert.deepEqual(idsAt(whole, 'chunk'), all)
      assert.equal(valueAt(whole, 'total_room_count_estimate'), 5)
      const [entry] = listAt(first, 'chunk')
      assert.deepEqual(entry, {
        room_id: rooms[3],
        name: 'Dragonflies',
        topic: 'about Dragonflies',
        num_joined_members: 2,
        world_readable: false,
        guest_can_join: false,
        join_rule: 'public',
      })
    }))

  it('is searched by words and kinds, also through another server', () =>
    Bench.with(async (bench) => {
      const [one, two] = await bench.two()
      const rooms = await fill(one)
      const club = await create(one, { ...space, name: 'Club', isPublished: true })
      const search = async (filter: JsonObject) => {
        const reply = await two.request(one, 'publicRoomsFiltered', { body: { filter } })
        return idsAt(reply.json, 'chunk')
      }

      assert.deepEqual(await search({ generic_search_term: 'BEES' }), [rooms[1]])
      assert.deepEqual(await search({ room_types: ['m.space'] }), [club.id])
      assert.equal((await search({ room_types: [null] })).length, 5)
      assert.equal((await search({})).length, 6)
      const through = await two.server.users.publicRooms({ term: 'bee' }, one.name)
      assert.deepEqual(idsAt(through, 'chunk'), [rooms[1]])
      const page = await two.server.users.publicRooms({ limit: 1 }, one.name)
      assert.equal(idsAt(page, 'chunk').length, 1)
      assert.deepEqual(idsAt(await two.server.users.publicRooms({}), 'chunk'), [])
    }))

  it('refuses what cannot be meant', () =>
    Bench.with(async (bench) => {
      const [one, two] = await bench.two()
      const get = (query: Record<string, string>) =>
        errorIn(two.request(one, 'publicRooms', { query, deliberate: true }))
      const post = (body: JsonObject) =>
        errorIn(two.request(one, 'publicRoomsFiltered', { body, deliberate: true }))

      assert.deepEqual(await get({ limit: 'many' }), [400, 'M_INVALID_PARAM'])
      assert.deepEqual(await get({ since: 'x' }), [400, 'M_INVALID_PARAM'])
      const both = { include_all_networks: 'true', third_party_instance_id: 'irc' }
      assert.deepEqual(await get(both), [400, 'M_INVALID_PARAM'])
      assert.deepEqual(await post({ limit: 'many' }), [400, 'M_BAD_JSON'])
      assert.deepEqual(await post({ filter: [] }), [400, 'M_BAD_JSON'])
      assert.deepEqual(await post({ filter: { room_types: [7] } }), [400, 'M_BAD_JSON'])
    }))
})

describe('the rooms of a space', () => {
  it('are shown to a server as far as its users could get in', () =>
    Bench.with(async (bench) => {
      const [one, two] = await bench.two()
      const open = await create(one, { name: 'Open' })
      const closed = await create(one, { joinRule: 'invite' })
      const club = await create(one, {})
      await two.join(club, one)
      const allow = [{ type: 'm.room_membership', room_id: club.id }]
      const restricted = await create(one, {
        initialState: [joinRules({ join_rule: 'restricted', allow })],
      })
      const tree = await create(one, {
        ...space,
        initialState: [
          child(closed.id, [one.name]),
          child(open.id, [one.name], { order: 'a', suggested: true }),
          child(restricted.id, [one.name], { order: 'b' }),
          child('!unknown:example.org', [one.name]),
          child(club.id, []),
        ],
      })
      const ask = async (query: Record<string, string> = {}) =>
        (await two.request(one, 'hierarchy', { params: { roomId: tree.id }, query })).json

      const whole = await ask()
      const suggested = await ask({ suggested_only: 'true' })

      assert.deepEqual(idsAt(whole, 'children'), [open.id, restricted.id])
      assert.deepEqual(listAt(whole, 'inaccessible_children'), [closed.id])
      const [, second] = listAt(whole, 'children')
      assert.deepEqual(valueAt(second, 'allowed_room_ids'), [club.id])
      const room = valueAt(whole, 'room')
      assert.deepEqual(
        [stringAt(room, 'room_type'), stringAt(room, 'room_version')],
        ['m.space', '12'],
      )
      const states = listAt(room, 'children_state')
      assert.equal(states.length, 4)
      assert.deepEqual(Object.keys(states[0] ?? {}).toSorted(), [
        'content',
        'origin_server_ts',
        'sender',
        'state_key',
        'type',
      ])
      assert.deepEqual(idsAt(suggested, 'children'), [open.id])
      assert.deepEqual(listAt(suggested, 'inaccessible_children'), [])
      const params = { roomId: closed.id }
      assert.deepEqual(await errorIn(two.request(one, 'hierarchy', { params })), [
        404,
        'M_NOT_FOUND',
      ])
    }))

  it('are found across servers, page by page', () =>
    Bench.with(async (bench) => {
      const [one, two] = await bench.two()
      const leaf = await create(two, { name: 'Leaf' })
      const hidden = await create(two, { joinRule: 'invite' })
      const branch = await create(two, {
        ...space,
        initialState: [child(leaf.id, [two.name]), child(hidden.id, [two.name])],
      })
      const near = await create(one, { name: 'Near' })
      const tree = await create(one, {
        ...space,
        initialState: [
          child(branch.id, [two.name], { order: '1' }),
          child(near.id, [one.name], { order: '2' }),
          child('!nowhere:example.org', [two.name], { order: '3' }),
        ],
      })
      const { users } = one.server

      const whole = await users.hierarchy(tree.id, one.user)
      const first = await users.hierarchy(tree.id, one.user, { limit: 2 })
      const rest = await users.hierarchy(tree.id, one.user, {
        limit: 2,
        ...(first.next === undefined ? {} : { from: first.next }),
      })
      const shallow = await users.hierarchy(tree.id, one.user, { maxDepth: 1 })

      assert.deepEqual(names(whole.rooms), [tree.id, branch.id, leaf.id, near.id])
      assert.deepEqual([...names(first.rooms), ...names(rest.rooms)], names(whole.rooms))
      assert.equal(whole.next, undefined)
      assert.deepEqual(names(shallow.rooms), [tree.id, branch.id, near.id])
      const other = { from: first.next ?? '', maxDepth: 3 }
      await assert.rejects(users.hierarchy(tree.id, one.user, other), {
        errcode: 'M_INVALID_PARAM',
      })
      await assert.rejects(users.hierarchy(hidden.id, one.user), { errcode: 'M_FORBIDDEN' })
    }))
})

describe('the event at a time', () => {
  it('is the closest in the direction asked for', () =>
    Bench.with(async (bench) => {
      const { one, two, three, room, sent } = await story(bench)
      const ask = (query: Record<string, string>, from = two) =>
        from.request(one, 'timestampToEvent', {
          params: { roomId: room.id },
          query,
          deliberate: true,
        })
      const found = async (ts: number, dir: string) => {
        const { json } = await ask({ ts: String(ts), dir })
        return [stringAt(json, 'event_id'), valueAt(json, 'origin_server_ts')]
      }

      assert.deepEqual(await found(1_500, 'f'), [sent[1], 2_000])
      assert.deepEqual(await found(1_500, 'b'), [sent[0], 1_000])
      assert.deepEqual(await found(2_000, 'f'), [sent[1], 2_000])
      assert.deepEqual(await found(2_000, 'b'), [sent[1], 2_000])
      assert.deepEqual(await errorIn(ask({ ts: '999', dir: 'b' })), [404, 'M_NOT_FOUND'])
      assert.deepEqual(await errorIn(ask({ ts: '999' })), [400, 'M_MISSING_PARAM'])
      assert.deepEqual(await errorIn(ask({ dir: 'f' })), [400, 'M_MISSING_PARAM'])
      assert.deepEqual(await errorIn(ask({ ts: '999', dir: 'x' })), [400, 'M_INVALID_PARAM'])
      assert.deepEqual(await errorIn(ask({ ts: 'soon', dir: 'f' })), [400, 'M_INVALID_PARAM'])
      const outsider = ask({ ts: '999', dir: 'f' }, three)
      assert.deepEqual(await errorIn(outsider), [403, 'M_FORBIDDEN'])
    }))

  it('is none of those that came after the user had gone', () =>
    Bench.with(async (bench) => {
      const one = await bench.peer()
      const room = await one.createRoom()
      await one.join(room, one, one.member)
      await one.leave(room, one.member)
      const late = one.author(room, text('late'), { originServerTs: 9e14 })
      const find = (user: string) => one.server.users.timestampToEvent(room.id, user, 8e14, 'f')

      assert.equal((await find(one.user)).eventId, late.id)
      await assert.rejects(find(one.member), { errcode: 'M_NOT_FOUND' })
    }))

  it('is fetched from where it is known', () =>
    Bench.with(async (bench) => {
      const { one, two, room, sent } = await story(bench)
      assert.equal(two.event(sent[1] ?? ''), undefined)

      const found = await two.server.users.timestampToEvent(room.id, two.user, 1_500, 'f')

      assert.deepEqual(found, { eventId: sent[1], ts: 2_000 })
      assert.equal(one.requests('timestampToEvent').length, 1)
      const event = two.server.users.event(room.id, two.user, found.eventId)
      assert.deepEqual(event.pdu.content, { msgtype: 'm.text', body: 'at 2000' })
      await assert.rejects(two.server.users.timestampToEvent(room.id, two.user, 9e14, 'f'), {
        errcode: 'M_NOT_FOUND',
      })
    }))
})
