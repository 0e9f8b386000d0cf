import assert from 'node:assert/strict'
import { describe, it } from 'mocha'
import { stringAt, valueAt } from '../../matrix/content.ts'
import type { Json, JsonObject } from '../../matrix/event.ts'
import type { Draft, RequestOptions, Room } from '../../world/homeserver.ts'
import type { ReferencePeer } from '../peer.ts'
import { Bench, errorIn, text, versions } from '../test-bench.ts'

const hostOf = ({ name }: ReferencePeer): string => name.replace(/:\d+$/, '')

const acl = (deny: readonly string[]): Draft => ({
  type: 'm.room.server_acl',
  state_key: '',
  content: { allow: ['*'], deny },
})

/** Every request about a room that names an event of it, as another server would make it. */
function requests(two: ReferencePeer, room: Room, event: { id: string; pdu: object }) {
  const { id } = event
  const body: JsonObject = { ...event.pdu }
  const inRoom = { roomId: room.id }
  const member = { ...inRoom, userId: two.member }
  const put = { params: { ...inRoom, eventId: id }, body }
  const invitation = { room_version: room.version.id, event: body, invite_room_state: [] }
  const all: Readonly<Record<string, RequestOptions>> = {
    makeJoin: { params: member, query: { ver: ['11'] } },
    makeKnock: { params: member, query: { ver: ['11'] } },
    makeLeave: { params: { ...inRoom, userId: two.user } },
    sendJoin: put,
    sendKnock: put,
    sendLeave: put,
    invite: { ...put, body: invitation },
    state: { params: inRoom, query: { event_id: id } },
    stateIds: { params: inRoom, query: { event_id: id } },
    backfill: { params: inRoom, query: { v: id, limit: '5' } },
    eventAuth: { params: { ...inRoom, eventId: id } },
    getMissingEvents: {
      params: inRoom,
      body: { earliest_events: [], latest_events: [id], limit: 5 },
    },
    event: { params: { eventId: id } },
    timestampToEvent: { params: inRoom, query: { ts: '0', dir: 'f' } },
  }
  return all
}

const readings = [
  'state',
  'stateIds',
  'backfill',
  'eventAuth',
  'getMissingEvents',
  'event',
  'timestampToEvent',
]

describe('a server that the access list denies', () => {
  it('gets nothing from any endpoint about the room, until it is let in again', () =>
    Bench.with(async (bench) => {
      const [one, two] = await bench.two()
      const room = await one.createRoom()
      await two.join(room, one)
      const head = one.event(one.heads(room)[0] ?? '')
      assert.ok(head)
      await one.send(room, acl([hostOf(two)]))

      const invitation = two.forge(room, {
        type: 'm.room.member',
        state_key: one.member,
        content: { membership: 'invite' },
      })
      const all = requests(two, room, head)
      const deliberate = { deliberate: true }
      for (const [operation, request] of Object.entries(all)) {
        if (operation.startsWith('send') || operation === 'invite') continue
        const reply = two.request(one, operation, { ...request, ...deliberate })
        assert.deepEqual(await errorIn(reply), [403, 'M_FORBIDDEN'], operation)
      }
      for (const operation of ['sendJoin', 'sendKnock', 'sendLeave', 'invite']) {
        const request = requests(two, room, invitation)[operation]
        const reply = two.request(one, operation, { ...request, ...deliberate })
        assert.deepEqual(await errorIn(reply), [403, 'M_FORBIDDEN'], operation)
      }
      const said = two.forge(room, text('hello'))
      const { json } = await two.push(one, [said])
      assert.match(stringAt(valueAt(valueAt(json, 'pdus'), said.id), 'error') ?? '', /denies/)
      assert.equal(one.server.rooms.get(room.id)?.stored(said.id), undefined)

      await one.send(room, acl([]))
      for (const operation of readings) {
        const { status } = await two.request(one, operation, all[operation])
        assert.equal(status, 200, operation)
      }
      const [late] = await two.send(room, text('again'))
      await one.receives(room, late)
    }))

  it('can still invite to a room that the other server is not in', () =>
    Bench.with(async (bench) => {
      const [one, two] = await bench.two()
      const room = await one.createRoom({ initialState: [acl([hostOf(one)])] })

      await one.invite(room, two.user)

      assert.ok((await two.invited(room)).length > 0)
    }))
})

describe('the auth chain of an event', () => {
  for (const version of versions)
    it(`reaches back to the create event in version ${version.id}`, () =>
      Bench.with(async (bench) => {
        const [one, two] = await bench.two({ version })
        const room = await one.createRoom()
        await two.join(room, one)
        const [eventId] = await one.send(room, text('hello'))

        const params = { roomId: room.id, eventId }
        const { json } = await two.request(one, 'eventAuth', { params })
        const chain = valueAt(json, 'auth_chain')
        assert.ok(Array.isArray(chain))
        const creations = chain.filter((pdu: Json) => stringAt(pdu, 'type') === 'm.room.create')
        assert.equal(creations.length, 1)
      }))
})

describe('a server outside of the room', () => {
  it('learns nothing of it', () =>
    Bench.with(async (bench) => {
      const [one, two, three] = await bench.three()
      const room = await one.createRoom()
      await two.join(room, one)
      const head = one.event(one.heads(room)[0] ?? '')
      assert.ok(head)
      const all = requests(three, room, head)

      for (const operation of readings) {
        const reply = three.request(one, operation, { ...all[operation], deliberate: true })
        assert.deepEqual(await errorIn(reply), [403, 'M_FORBIDDEN'], operation)
      }
      await one.leave(room)
      for (const operation of readings) {
        const reply = two.request(one, operation, { ...all[operation], deliberate: true })
        assert.deepEqual(await errorIn(reply), [404, 'M_NOT_FOUND'], operation)
      }
    }))
})

const visibility = (history_visibility: string): Draft => ({
  type: 'm.room.history_visibility',
  state_key: '',
  content: { history_visibility },
})

const bodyOf = (pdu: Json | undefined) => stringAt(valueAt(pdu, 'content'), 'body')

/** What `two` gets to see, by each way to ask, of two messages: one before its invitation and one between that and its join. */
async function seen(bench: Bench, setting: string) {
  const [one, two] = await bench.two()
  const room = await one.createRoom({ joinRule: 'invite', initialState: [visibility(setting)] })
  const [before] = await one.send(room, text('before'))
  await one.invite(room, two.user)
  const [between] = await one.send(room, text('between'))
  await two.join(room, one)
  const [head = ''] = one.heads(room)
  const ask = async (operation: string, options: RequestOptions, list: string) => {
    const { json } = await two.request(one, operation, options)
    const pdus = valueAt(json, list)
    assert.ok(Array.isArray(pdus))
    return pdus.flatMap((pdu: Json) => bodyOf(pdu) ?? []).toSorted()
  }
  const params = { roomId: room.id }
  const body = { earliest_events: [], latest_events: [head], limit: 20 }
  const single = async (eventId: string) => ask('event', { params: { eventId } }, 'pdus')
  return {
    backfill: await ask('backfill', { params, query: { v: head, limit: '20' } }, 'pdus'),
    missing: await ask('getMissingEvents', { params, body }, 'events'),
    event: [...(await single(before)), ...(await single(between))],
  }
}

describe('history that a server may not see', () => {
  const settings: Readonly<Record<string, readonly string[]>> = {
    world_readable: ['before', 'between'],
    shared: ['before', 'between'],
    invited: ['between'],
    joined: [],
  }

  for (const [setting, expected] of Object.entries(settings))
    it(`goes out without its content where the setting is ${setting}`, () =>
      Bench.with(async (bench) => {
        const { backfill, missing, event } = await seen(bench, setting)

        assert.deepEqual(
          { backfill, missing, event },
          {
            backfill: expected,
            missing: expected,
            event: expected,
          },
        )
      }))
})
