import assert from 'node:assert/strict'
import { describe, it } from 'mocha'
import { stringAt, valueAt } from '../matrix/content.ts'
import type { Event, Json, JsonObject, Pdu } from '../matrix/event.ts'
import { SigningKey } from '../matrix/signing-key.ts'
import type { ReferencePeer } from './peer.ts'
import type { Reply, RequestOptions, Room } from '../world/homeserver.ts'
import { Bench, text } from './test-bench.ts'

function assertRefused({ status, json }: Pick<Reply, 'status' | 'json'>, expected: string): void {
  assert.equal(`${status} ${stringAt(json, 'errcode')}`, expected)
  assert.equal(typeof stringAt(json, 'error'), 'string')
}

const edus = (count: number) =>
  Array.from({ length: count }, () => ({ edu_type: 'x', content: {} }))

const bodiesIn = (list: Json | undefined) =>
  (Array.isArray(list) ? list : []).map((pdu) => valueAt(valueAt(pdu, 'content'), 'body'))

/** One and two are in the room, three is not. */
const inRoom = (
  story: (
    peers: readonly [ReferencePeer, ReferencePeer, ReferencePeer],
    room: Room,
  ) => Promise<void>,
) =>
  Bench.with(async (bench) => {
    const peers = await bench.three()
    const [one, two] = peers
    const room = await one.createRoom()
    await two.join(room, one)
    await story(peers, room)
  })

describe('the federation API', () => {
  it('knows unknown paths from wrong methods', () =>
    Bench.with(async (bench) => {
      const [one, two] = await bench.two()
      const raw = (method: string, uri: string, bytes?: string) =>
        two.server.client.request({
          destination: one.name,
          method,
          uri,
          ...(bytes === undefined ? {} : { bytes: Buffer.from(bytes) }),
        })

      assertRefused(await raw('GET', '/_matrix/federation/v1/nothing'), '404 M_UNRECOGNIZED')
      assertRefused(await raw('GET', '/_matrix/key/v2/nothing'), '404 M_UNRECOGNIZED')
      assertRefused(await raw('GET', '/elsewhere'), '404 M_UNRECOGNIZED')
      assertRefused(await raw('PUT', '/_matrix/federation/v1/version', '{}'), '405 M_UNRECOGNIZED')
      assertRefused(await raw('GET', '/_matrix/federation/v1/send/1'), '405 M_UNRECOGNIZED')
      assertRefused(
        await two.request(one, 'query', { params: { queryType: 'weather' } }),
        '404 M_UNRECOGNIZED',
      )
      assertRefused(await raw('PUT', '/_matrix/federation/v1/send/1', 'none'), '400 M_NOT_JSON')
      assertRefused(await raw('PUT', '/_matrix/federation/v1/send/1', '[]'), '400 M_BAD_JSON')
      assertRefused(
        await raw('PUT', '/_matrix/federation/v1/send/1', '{"a":1,"a":1}'),
        '400 M_BAD_JSON',
      )
    }))

  it('lets in only who signs with a current key for this server', () =>
    Bench.with(async (bench) => {
      const [one, two, three] = await bench.three()
      const params = { eventId: '$unknown' }
      const ask = (options: RequestOptions) => two.request(one, 'event', { params, ...options })

      assertRefused(await ask({}), '404 M_NOT_FOUND')
      assertRefused(await ask({ sign: false }), '401 M_UNAUTHORIZED')
      assertRefused(await ask({ signer: three }), '401 M_UNAUTHORIZED')
      const other = { origin: three.name, key: SigningKey.generate() }
      const request = { destination: one.name, operation: 'event', params }
      const forged = await two.server.client.request({ ...request, signer: other })
      assertRefused(forged, '401 M_UNAUTHORIZED')
      const misdirected = await two.server.client.request({
        ...request,
        mangle: ({ authorization = '', ...headers }) => ({
          ...headers,
          authorization: authorization.replace(
            /destination="[^"]*"/,
            `destination="${three.name}"`,
          ),
        }),
      })
      assertRefused(misdirected, '401 M_UNAUTHORIZED')
      assert.equal((await two.request(one, 'version', { sign: false })).status, 200)
    }))

  it('shows a room to servers in it, and to no others', () =>
    inRoom(async ([one, two, three], room) => {
      const [id] = await one.send(room, text('inside'))
      await two.receives(room, id)
      const params = { roomId: room.id, eventId: id }
      const asking: readonly (readonly [string, RequestOptions])[] = [
        ['event', { params: { eventId: id } }],
        ['state', { params, query: { event_id: id } }],
        ['stateIds', { params, query: { event_id: id } }],
        ['eventAuth', { params }],
        ['backfill', { params, query: { v: id, limit: '10' } }],
        ['getMissingEvents', { params, body: { earliest_events: [], latest_events: [id] } }],
      ]
      for (const [operation, options] of asking) {
        assert.equal((await two.request(one, operation, options)).status, 200, operation)
        assertRefused(await three.request(one, operation, options), '403 M_FORBIDDEN')
      }
      const unknown = { params: { ...params, roomId: '!nowhere:example.org' } }
      assertRefused(
        await two.request(one, 'stateIds', { ...unknown, query: { event_id: id } }),
        '404 M_NOT_FOUND',
      )
      assertRefused(await two.request(one, 'stateIds', { params }), '400 M_MISSING_PARAM')
      assertRefused(
        await two.request(one, 'backfill', { params, query: { v: id } }),
        '400 M_MISSING_PARAM',
      )
    }))

  it('answers with history within its bounds', () =>
    inRoom(async ([one, two], room) => {
      const ids = await one.send(room, ...Array.from({ length: 12 }, (_, n) => text(`${n}`)))
      const last = ids.at(-1) ?? ''
      await two.receives(room, last)
      const params = { roomId: room.id }
      const backfill = await two.request(one, 'backfill', {
        params,
        query: { v: last, limit: '3' },
      })
      assert.deepEqual(bodiesIn(valueAt(backfill.json, 'pdus')), ['11', '10', '9'])
      const missing = await two.request(one, 'getMissingEvents', {
        params,
        body: { earliest_events: [ids[3] ?? ''], latest_events: [last] },
      })
      const seven = ['4', '5', '6', '7', '8', '9', '10']
      assert.deepEqual(bodiesIn(valueAt(missing.json, 'events')), seven)
      const byDefault = await two.request(one, 'getMissingEvents', {
        params,
        body: { earliest_events: [], latest_events: [last] },
      })
      assert.equal(bodiesIn(valueAt(byDefault.json, 'events')).length, 10)
    }))

  it('answers a transaction once, and refuses too large ones', () =>
    inRoom(async ([one, two], room) => {
      const event = two.author(room, text('hello'))
      const body = { origin: two.name, origin_server_ts: 1, pdus: [{ ...event.pdu }] }
      const send = (more: Readonly<Record<string, Json>>, txnId = 'once') =>
        two.request(one, 'send', {
          params: { txnId },
          body: { ...body, ...more },
          deliberate: true,
        })

      const first = await send({})
      assert.deepEqual(first.json, { pdus: { [event.id]: {} } })
      assert.deepEqual((await send({ pdus: [] })).json, first.json)
      const many = (count: number) => Array.from({ length: count }, () => ({ ...event.pdu }))
      assert.equal((await send({ pdus: many(50) }, 'a')).status, 200)
      assertRefused(await send({ pdus: many(51) }, 'b'), '400 M_BAD_JSON')
      assert.equal((await send({ edus: edus(100) }, 'c')).status, 200)
      assertRefused(await send({ edus: edus(101) }, 'd'), '400 M_BAD_JSON')
      assertRefused(await send({ origin: 'other' }, 'e'), '403 M_FORBIDDEN')
    }))

  it('prepares joins and leaves for users of who asks', () =>
    inRoom(async ([one, two, three], room) => {
      const make = (operation: string, userId: string, ver?: string) =>
        three.request(one, operation, {
          params: { roomId: room.id, userId },
          ...(ver === undefined ? {} : { query: { ver } }),
        })

      const incompatible = await make('makeJoin', three.user, '9')
      assertRefused(incompatible, '400 M_INCOMPATIBLE_ROOM_VERSION')
      assert.equal(valueAt(incompatible.json, 'room_version'), '11')
      assertRefused(await make('makeJoin', three.user), '400 M_INCOMPATIBLE_ROOM_VERSION')
      assertRefused(await make('makeJoin', two.user, '11'), '403 M_FORBIDDEN')
      assertRefused(await make('makeLeave', three.user), '403 M_FORBIDDEN')
      const made = await make('makeJoin', three.user, '11')
      assert.equal(made.status, 200)
      const template = valueAt(made.json, 'event')
      assert.deepEqual(valueAt(template, 'prev_events'), one.heads(room))
      assert.equal(valueAt(template, 'origin'), one.name)
      await one.ban(room, three.user)
      assertRefused(await make('makeJoin', three.user, '11'), '403 M_FORBIDDEN')
    }))

  it('takes a join only as it has to be', () =>
    inRoom(async ([one, , three], room) => {
      const { event } = await three.handshake(room, one)
      const send = (pdu: JsonObject | Pdu, eventId = event.id, roomId = room.id) =>
        three.request(one, 'sendJoin', { params: { roomId, eventId }, body: { ...pdu } })
      const forged = (change: object) =>
        three.forge(
          room,
          {
            type: 'm.room.member',
            state_key: three.user,
            content: { membership: 'join' },
          },
          { after: [], auth: [], change: (pdu) => ({ ...pdu, ...change }) },
        )

      assert.equal((await send(event.pdu)).status, 200, 'again')
      assertRefused(await send(event.pdu, '$other'), '400 M_INVALID_PARAM')
      const changes = [
        { type: 'm.room.topic' },
        { content: { membership: 'leave' } },
        { state_key: three.member },
        { sender: one.user },
      ]
      for (const change of changes) {
        const wrong = forged(change)
        assertRefused(await send(wrong.pdu, wrong.id), '400 M_INVALID_PARAM')
      }
      assertRefused(await send({ type: 'm.room.member' }), '400 M_BAD_JSON')
      assert.ok(one.server.rooms.get(room.id)?.has(three.name))
    }))

  it('answers a join with the state before it and its whole auth chain', () =>
    inRoom(async ([one, , three], room) => {
      const before = (await one.state(room)).map(({ event_id }) => event_id)

      const { state, authChain, event, reply } = await three.handshake(room, one)

      assert.deepEqual(state.map(({ id }) => id).toSorted(), before.toSorted())
      const chain = new Set(authChain.map(({ id }) => id))
      for (const { pdu } of [event, ...state, ...authChain])
        for (const id of pdu.auth_events) assert.ok(chain.has(id))
      assert.equal(valueAt(reply.json, 'members_omitted'), false)
      assert.deepEqual(valueAt(reply.json, 'event'), { ...event.pdu })
    }))

  it('answers queries about its own users and aliases', () =>
    Bench.with(async (bench) => {
      const [one, two] = await bench.two()
      const room = await one.createRoom({ alias: 'here' })
      const profile = (query: Readonly<Record<string, string>>) =>
        two.request(one, 'profile', { query })
      const directory = (query: Readonly<Record<string, string>>) =>
        two.request(one, 'directory', { query })

      assert.deepEqual((await profile({ user_id: one.user })).json, { displayname: 'user' })
      assertRefused(await profile({}), '400 M_MISSING_PARAM')
      assertRefused(await profile({ user_id: `@nobody:${one.name}` }), '404 M_NOT_FOUND')
      assertRefused(await profile({ user_id: one.user, field: 'avatar_url' }), '404 M_NOT_FOUND')
      assert.deepEqual((await directory({ room_alias: `#here:${one.name}` })).json, {
        room_id: room.id,
        servers: [one.name],
      })
      assertRefused(await directory({ room_alias: `#gone:${one.name}` }), '404 M_NOT_FOUND')
      assertRefused(await directory({}), '400 M_MISSING_PARAM')
    }))

  it('signs invitations of its own users alone', () =>
    inRoom(async ([one, , three], room) => {
      const invite = (user: string, change: object = {}) =>
        one.forge(
          room,
          { type: 'm.room.member', state_key: user, content: { membership: 'invite' } },
          { change: (pdu) => ({ ...pdu, ...change }) },
        )
      const ask = (event: Event, body: JsonObject) =>
        one.request(three, 'invite', {
          params: { roomId: room.id, eventId: event.id },
          body: { invite_room_state: [], ...body },
        })
      const send = (event: Event, version = '11') =>
        ask(event, { room_version: version, event: { ...event.pdu } })
      const fine = invite(three.user)

      const signed = await send(fine)
      assert.equal(signed.status, 200)
      const signatures = valueAt(valueAt(signed.json, 'event'), 'signatures')
      assert.ok(valueAt(signatures, three.name) !== undefined)
      assertRefused(await send(fine, '0'), '400 M_INCOMPATIBLE_ROOM_VERSION')
      assertRefused(await ask(fine, { room_version: '11' }), '400 M_MISSING_PARAM')
      assertRefused(await send(invite(one.stranger)), '400 M_INVALID_PARAM')
      assertRefused(await send(invite(`@nobody:${three.name}`)), '404 M_NOT_FOUND')
      assertRefused(await send(invite(three.user, { type: 'm.room.x' })), '400 M_INVALID_PARAM')
    }))
})
