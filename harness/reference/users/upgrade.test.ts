import assert from 'node:assert/strict'
import { describe, it } from 'mocha'
import { valueAt } from '../../matrix/content.ts'
import { type RoomVersion, roomVersions } from '../../matrix/room-version.ts'
import type { ReferencePeer } from '../peer.ts'
import { Bench, stateIds } from '../test-bench.ts'

const { v1, v6, v9, v10, v11, v12 } = roomVersions

const pairs: readonly (readonly [RoomVersion, RoomVersion])[] = [
  [v1, v6],
  [v9, v10],
  [v11, v12],
  [v12, v12],
  [v12, v11],
]

const contentOf = (peer: ReferencePeer, roomId: string, type: string) =>
  peer.server.rooms.get(roomId)?.stateEvent(type, '')?.pdu.content

const about = (id: string) => ({ kind: 'event_match', key: 'room_id', pattern: id })

describe('the upgrade of a room', () => {
  for (const [from, to] of pairs)
    it(`takes its state along, from version ${from.id} to ${to.id}`, () =>
      Bench.with(async (bench) => {
        const [one, two] = await bench.two({ version: from })
        const made = await one.server.users.createRoom(one.user, {
          version: from,
          name: 'Old',
          alias: 'old',
          power: { [two.user]: 50 },
          creation: {
            type: 'm.space',
            ...(from === v12 ? { additional_creators: [one.member] } : {}),
          },
          initialState: [{ type: 'm.room.server_acl', state_key: '', content: { allow: ['*'] } }],
          isPublished: true,
        })
        const room = { id: made.id, version: from }
        await two.join(room, one)
        const [last] = one.heads(room)

        const order = { roomId: room.id, user: one.user, version: to }
        const successor = await one.server.users.upgradeRoom(order)
        await two.receives(room, one.heads(room)[0] ?? '')
        await two.join({ id: successor, version: to }, one)

        const create = contentOf(one, successor, 'm.room.create')
        assert.equal(create?.['type'], 'm.space')
        assert.equal(create['room_version'], to.id)
        assert.deepEqual(create['predecessor'], { room_id: room.id, event_id: last })
        assert.equal(create['additional_creators'], undefined)
        assert.deepEqual(contentOf(one, successor, 'm.room.name'), { name: 'Old' })
        assert.deepEqual(contentOf(one, successor, 'm.room.server_acl'), { allow: ['*'] })
        const users = valueAt(contentOf(one, successor, 'm.room.power_levels'), 'users')
        assert.equal(valueAt(users, two.user), 50)
        assert.equal(valueAt(users, one.user), to === v12 ? undefined : 100)
        const tombstone = contentOf(two, room.id, 'm.room.tombstone')
        assert.equal(tombstone?.['replacement_room'], successor)
        assert.equal(contentOf(two, room.id, 'm.room.power_levels')?.['events_default'], 50)
        assert.equal((await two.server.users.resolveAlias(`#old:${one.name}`)).roomId, successor)
        assert.deepEqual(one.server.services.directory.rooms, [successor])
        const id = { id: successor, version: to }
        assert.deepEqual(await stateIds(two, id), await stateIds(one, id))
      }))

  it('lets users find their tags and push rules again', () =>
    Bench.with(async (bench) => {
      const [one, two] = await bench.two({ version: v10 })
      const room = await one.createRoom()
      await two.join(room, one)
      const { pushRules, accountData } = two.server.services
      const muted = { actions: [], conditions: [about(room.id)] }
      const [quiet, off] = [{ kind: 'room', id: room.id } as const, { enabled: false }]
      pushRules.put(two.user, quiet, { actions: ['dont_notify'] }, {})
      pushRules.put(two.user, { kind: 'override', id: room.id }, muted, {})
      pushRules.change(two.user, { kind: 'override', id: room.id }, off)
      const tags = { tags: { 'm.favourite': { order: 0.5 } } }
      accountData.set(two.user, room.id, { type: 'm.tag', content: tags })

      const order = { roomId: room.id, user: one.user, version: v11 }
      const id = await one.server.users.upgradeRoom(order)
      await two.join({ id, version: v11 }, one)

      const { actions } = pushRules.get(two.user, { kind: 'room', id })
      const { enabled, conditions } = pushRules.get(two.user, { kind: 'override', id })
      assert.deepEqual([actions, enabled, conditions], [['dont_notify'], false, [about(id)]])
      assert.deepEqual(accountData.get(two.user, id, 'm.tag'), tags)
      assert.equal(pushRules.isChanged(one.user), false)
    }))

  it('names further creators where it is told to', () =>
    Bench.with(async (bench) => {
      const one = await bench.peer()
      const room = await one.createRoom({ version: v12 })

      const successor = await one.server.users.upgradeRoom({
        roomId: room.id,
        user: one.user,
        version: v12,
        additionalCreators: [one.member],
      })

      const create = contentOf(one, successor, 'm.room.create')
      assert.deepEqual(create?.['additional_creators'], [one.member])
    }))

  it('is only for who may end the room', () =>
    Bench.with(async (bench) => {
      const one = await bench.peer()
      const room = await one.createRoom()
      await one.join(room, one, one.member)
      const upgrade = (user: string) =>
        one.server.users.upgradeRoom({ roomId: room.id, user, version: v12 })

      await assert.rejects(upgrade(one.member), { status: 403, errcode: 'M_FORBIDDEN' })
      await assert.rejects(upgrade(one.stranger), { status: 403, errcode: 'M_FORBIDDEN' })
      assert.equal(contentOf(one, room.id, 'm.room.tombstone'), undefined)
      assert.equal([...one.server.rooms].length, 1)
    }))
})
