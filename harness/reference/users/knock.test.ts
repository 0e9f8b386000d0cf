import assert from 'node:assert/strict'
import { describe, it } from 'mocha'
import { stringAt, valueAt } from '../../matrix/content.ts'
import { isObject } from '../../matrix/json.ts'
import { roomVersions } from '../../matrix/room-version.ts'
import type { Answer, Asked, RoomOptions } from '../../world/homeserver.ts'
import type { ReferencePeer } from '../peer.ts'
import { Bench, errorIn, stateIds, text } from '../test-bench.ts'

const byKnock: RoomOptions = {
  name: 'Knock first',
  initialState: [{ type: 'm.room.join_rules', state_key: '', content: { join_rule: 'knock' } }],
}

const knock = (peer: ReferencePeer, roomId: string, via: ReferencePeer, reason?: string) =>
  peer.server.users.knock(roomId, peer.user, [via.name], reason)

const knocked = async (peer: ReferencePeer) => (await peer.server.users.sync(peer.user)).knocked

const membershipOf = async (peer: ReferencePeer, room: { id: string }, user: string) =>
  peer.server.rooms.get(room.id)?.membership(user)

describe('knocking', () => {
  for (const version of [roomVersions.v7, roomVersions.v11, roomVersions.v12])
    it(`leads to an invitation and into the room in version ${version.id}`, () =>
      Bench.with(async (bench) => {
        const [one, two] = await bench.two({ version })
        const room = await one.createRoom(byKnock)

        const roomId = await knock(two, room.id, one, 'let me in')
        const before = await knocked(two)
        await one.invite(room, two.user)
        const invitation = await two.invited(room)
        const after = await knocked(two)
        await two.join(room, one)

        assert.equal(roomId, room.id)
        const stripped = before.get(room.id) ?? []
        assert.deepEqual(
          stripped.map(({ type }) => type),
          ['m.room.create', 'm.room.join_rules', 'm.room.name', 'm.room.member'],
        )
        assert.deepEqual(stripped.at(-1)?.['content'], {
          membership: 'knock',
          displayname: 'user',
          reason: 'let me in',
        })
        assert.ok(stripped.every((event) => !('signatures' in event)))
        assert.ok(invitation.length > 0)
        assert.equal(after.size, 0)
        assert.equal((await knocked(two)).size, 0)
        assert.deepEqual(await stateIds(two, room), await stateIds(one, room))
      }))

  it('reaches the other servers of the room', () =>
    Bench.with(async (bench) => {
      const [one, two, three] = await bench.three()
      const room = await one.createRoom(byKnock)
      await one.invite(room, two.user)
      await two.join(room, one)

      await knock(three, room.id, two)
      const event = two.server.rooms.get(room.id)?.stateEvent('m.room.member', three.user)
      await one.receives(room, event?.id ?? '')

      assert.equal(await membershipOf(one, room, three.user), 'knock')
    }))

  it('needs no other server where one is in the room', () =>
    Bench.with(async (bench) => {
      const one = await bench.peer()
      const room = await one.createRoom(byKnock)

      await one.server.users.knock(room.id, one.member)
      const view = await one.server.users.sync(one.member)

      assert.deepEqual([...view.knocked.keys()], [room.id])
      assert.equal(view.knocked.get(room.id)?.at(-1)?.['sender'], one.member)
      assert.throws(() => one.server.users.state(room.id, one.member), { errcode: 'M_FORBIDDEN' })
    }))

  it('goes by alias', () =>
    Bench.with(async (bench) => {
      const [one, two] = await bench.two()
      const room = await one.createRoom({ ...byKnock, alias: 'door' })

      const roomId = await two.server.users.knock(`#door:${one.name}`, two.user)

      assert.equal(roomId, room.id)
      assert.equal(await membershipOf(one, room, two.user), 'knock')
    }))

  it('is taken back', () =>
    Bench.with(async (bench) => {
      const [one, two] = await bench.two()
      const room = await one.createRoom(byKnock)
      await knock(two, room.id, one)
      const since = two.server.users.now()

      await two.leave(room)
      const view = await two.server.users.sync(two.user, { since })

      assert.equal(await membershipOf(one, room, two.user), 'leave')
      assert.deepEqual([view.knocked.size, [...view.left.keys()]], [0, [room.id]])
    }))

  it('ends when somebody says no', () =>
    Bench.with(async (bench) => {
      const [one, two] = await bench.two()
      const room = await one.createRoom(byKnock)
      await knock(two, room.id, one)
      const since = two.server.users.now()

      await one.kick(room, two.user)
      const view = await two.server.users.sync(two.user, { since, waitMs: 5_000 })

      assert.deepEqual([view.knocked.size, [...view.left.keys()]], [0, [room.id]])
      await one.ban(room, two.user)
      await assert.rejects(knock(two, room.id, one), { status: 403, errcode: 'M_FORBIDDEN' })
    }))

  it('keeps from the user what is badly signed', () =>
    Bench.with(async (bench) => {
      const [one, two, three] = await bench.three()
      const room = await one.createRoom(byKnock)
      const planted = one.forge(
        room,
        { type: 'm.room.topic', state_key: '', content: { topic: 'planted' } },
        { signer: three },
      )

      await one.answering(
        'sendKnock',
        async (_, honest) => {
          const { body } = await honest()
          const state = valueAt(body, 'knock_room_state')
          assert.ok(Array.isArray(state))
          const more = [...state, { ...planted.pdu }, { type: 'm.room.avatar', content: {} }]
          return { status: 200, body: { knock_room_state: more } }
        },
        () => knock(two, room.id, one),
      )

      const types = (await knocked(two)).get(room.id)?.map(({ type }) => type)
      assert.ok(types?.includes('m.room.create'))
      assert.ok(!types?.includes('m.room.topic') && !types?.includes('m.room.avatar'))
    }))

  it('tries another server where a template is not what was asked for', () =>
    Bench.with(async (bench) => {
      const [one, two, three] = await bench.three()
      const room = await one.createRoom(byKnock)
      await one.invite(room, two.user)
      await two.join(room, one)
      const lie = async (_: Asked, honest: () => Promise<Answer>) => {
        const event = valueAt((await honest()).body, 'event')
        assert.ok(isObject(event))
        const wrong = { ...event, content: { membership: 'join' } }
        return { status: 200, body: { room_version: room.version.id, event: wrong } }
      }

      await two.answering('makeKnock', lie, () =>
        three.server.users.knock(room.id, three.user, [two.name, one.name]),
      )

      assert.equal(two.requests('sendKnock').length, 0)
      assert.equal(one.requests('sendKnock').length, 1)
    }))
})

describe('the answers to a knock', () => {
  it('to make_knock refuse in the documented ways', () =>
    Bench.with(async (bench) => {
      const [one, two] = await bench.two()
      const room = await one.createRoom(byKnock)
      const closed = await one.createRoom({ joinRule: 'invite' })
      const old = await one.createRoom({ version: roomVersions.v6, joinRule: 'invite' })
      const ask = (roomId: string, ver: readonly string[] = ['6', '11'], userId = two.user) =>
        two.request(one, 'makeKnock', {
          params: { roomId, userId },
          ...(ver.length === 0 ? {} : { query: { ver } }),
        })

      const other = ask(room.id, ['7', '10'])
      assert.deepEqual(await errorIn(other), [400, 'M_INCOMPATIBLE_ROOM_VERSION'])
      assert.equal(stringAt((await other).json, 'room_version'), '11')
      assert.deepEqual(await errorIn(ask(room.id, [])), [400, 'M_MISSING_PARAM'])
      assert.deepEqual(await errorIn(ask(closed.id)), [403, 'M_FORBIDDEN'])
      assert.deepEqual(await errorIn(ask(old.id)), [403, 'M_FORBIDDEN'])
      assert.deepEqual(await errorIn(ask(room.id, ['11'], one.member)), [403, 'M_FORBIDDEN'])
      assert.deepEqual(await errorIn(ask('!nowhere:example.org')), [404, 'M_NOT_FOUND'])
      await one.send(room, {
        type: 'm.room.server_acl',
        state_key: '',
        content: { allow: ['nobody.example.org'] },
      })
      assert.deepEqual(await errorIn(ask(room.id)), [403, 'M_FORBIDDEN'])
    }))

  it('to send_knock refuse in the documented ways', () =>
    Bench.with(async (bench) => {
      const [one, two] = await bench.two()
      const room = await one.createRoom(byKnock)
      const member = (membership: string, sender = two.user, state_key = sender) =>
        two.forge(room, { type: 'm.room.member', state_key, sender, content: { membership } })
      const put = (event: { id: string; pdu: object }, roomId = room.id) =>
        two.request(one, 'sendKnock', {
          params: { roomId, eventId: event.id },
          body: { ...event.pdu },
          deliberate: true,
        })
      const honest = one.server.rooms.get(room.id)
      for (const node of honest?.nodes ?? []) two.server.rooms.get(room.id)?.hold(node)
      const knocking = member('knock')

      assert.deepEqual(await errorIn(put(member('join'))), [400, 'M_INVALID_PARAM'])
      assert.deepEqual(await errorIn(put(member('knock', one.member))), [400, 'M_INVALID_PARAM'])
      assert.deepEqual(await errorIn(put(member('knock', two.user, two.member))), [
        400,
        'M_INVALID_PARAM',
      ])
      assert.deepEqual(await errorIn(put(two.forge(room, text('hello')))), [400, 'M_INVALID_PARAM'])
      const spoiled = { ...knocking, pdu: { ...knocking.pdu, origin_server_ts: 1 } }
      assert.deepEqual(await errorIn(put(spoiled)), [400, 'M_INVALID_PARAM'])
      assert.deepEqual(await errorIn(put(knocking, '!nowhere:example.org')), [404, 'M_NOT_FOUND'])
      assert.deepEqual(await errorIn(put({ id: '$x', pdu: {} })), [400, 'M_BAD_JSON'])
    }))
})
