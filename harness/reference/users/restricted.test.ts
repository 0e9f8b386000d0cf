import assert from 'node:assert/strict'
import { describe, it } from 'mocha'
import type { JsonObject } from '../../matrix/event.ts'
import { roomVersions } from '../../matrix/room-version.ts'
import type { Draft, Room } from '../../world/homeserver.ts'
import type { ReferencePeer } from '../peer.ts'
import { Bench, errorIn, stateIds } from '../test-bench.ts'

const { v8, v9, v10, v12 } = roomVersions

const membersOf = (...rooms: Room[]): readonly JsonObject[] =>
  rooms.map(({ id }) => ({ type: 'm.room_membership', room_id: id }))

const rules = (join_rule: string, allow: readonly JsonObject[]): Draft => ({
  type: 'm.room.join_rules',
  state_key: '',
  content: { join_rule, allow },
})

const makeJoin = (peer: ReferencePeer, room: Room, via: ReferencePeer, userId = peer.user) =>
  errorIn(
    peer.request(via, 'makeJoin', {
      params: { roomId: room.id, userId },
      query: { ver: ['8', '9', '10', '11', '12'] },
    }),
  )

describe('a restricted room', () => {
  for (const version of [v8, v9, v10, v12])
    it(`lets members of another room in, in version ${version.id}`, () =>
      Bench.with(async (bench) => {
        const [one, two] = await bench.two({ version })
        const club = await one.createRoom()
        await two.join(club, one)
        const rule = version.knockRestricted ? 'knock_restricted' : 'restricted'
        const room = await one.createRoom({ initialState: [rules(rule, membersOf(club))] })

        await two.join(room, one)
        await assert.rejects(two.join(room, one, two.member), { errcode: 'M_FORBIDDEN' })

        assert.deepEqual(await stateIds(two, room), await stateIds(one, room))
        assert.deepEqual(one.server.faults, [])
      }))

  it('may be knocked at where its rule says so', () =>
    Bench.with(async (bench) => {
      const [one, two] = await bench.two({ version: v10 })
      const club = await one.createRoom()
      const open = await one.createRoom({
        initialState: [rules('knock_restricted', membersOf(club))],
      })
      const closed = await one.createRoom({ initialState: [rules('restricted', membersOf(club))] })
      const knock = ({ id }: Room) => two.server.users.knock(id, two.user, [one.name])

      assert.equal(await knock(open), open.id)
      await assert.rejects(knock(closed), { errcode: 'M_FORBIDDEN' })
    }))

  it('is entered through a server that can tell and may grant it', () =>
    Bench.with(async (bench) => {
      const [one, two, three] = await bench.three()
      const club = await one.createRoom()
      await three.join(club, one)
      const room = await one.createRoom({
        power: { [one.user]: 100 },
        initialState: [rules('restricted', membersOf(club))],
      })
      await one.invite(room, two.user)
      await two.join(room, one)

      const blind = await makeJoin(three, room, two)
      await two.join(club, one)
      await one.send(room, {
        type: 'm.room.power_levels',
        state_key: '',
        content: { users: { [one.user]: 100 }, invite: 50 },
      })
      await two.receives(room, one.heads(room)[0] ?? '')
      const powerless = await makeJoin(three, room, two)
      await assert.rejects(three.server.users.join(room.id, three.user, [two.name]), {
        status: 400,
      })
      await three.server.users.join(room.id, three.user, [two.name, one.name])

      assert.deepEqual(blind, [400, 'M_UNABLE_TO_AUTHORISE_JOIN'])
      assert.deepEqual(powerless, [400, 'M_UNABLE_TO_GRANT_JOIN'])
      const member = await one.stateEvent(room, 'm.room.member', three.user)
      assert.equal(member?.['join_authorised_via_users_server'], one.user)
    }))

  it('is closed where no condition can be met', () =>
    Bench.with(async (bench) => {
      const [one, two] = await bench.two()
      const club = await one.createRoom()
      await two.join(club, one)
      const strange = [{ type: 'org.fedcheck.coin', room_id: club.id }, { room_id: club.id }]
      const none = await one.createRoom({ initialState: [rules('restricted', [])] })
      const odd = await one.createRoom({ initialState: [rules('restricted', strange)] })
      const room = await one.createRoom({ initialState: [rules('restricted', membersOf(club))] })
      await one.ban(room, two.user)

      for (const each of [none, odd, room])
        assert.deepEqual(await makeJoin(two, each, one), [403, 'M_FORBIDDEN'])
    }))

  it('looks at the conditions again when the join comes', () =>
    Bench.with(async (bench) => {
      const [one, two] = await bench.two()
      const club = await one.createRoom()
      await two.join(club, one)
      const room = await one.createRoom({ initialState: [rules('restricted', membersOf(club))] })
      const leaving = async () => {
        await one.kick(club, two.user)
        return undefined
      }

      await one.answering('sendJoin', leaving, () =>
        assert.rejects(two.join(room, one), { status: 403, errcode: 'M_FORBIDDEN' }),
      )

      assert.equal(await one.stateEvent(room, 'm.room.member', two.user), undefined)
    }))
})
