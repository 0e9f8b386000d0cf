import assert from 'node:assert/strict'
import { describe, it } from 'mocha'
import type { Event } from '../event.ts'
import { type RoomVersion, roomVersions } from '../room-version.ts'
import { TestRoom } from '../test-room.ts'
import { checkAuthEvents } from './cited.ts'

const nothingRejected = (): boolean => false

const roomOf = (version: RoomVersion): TestRoom => {
  const room = new TestRoom(version)
  room.member('@creator:a', 'join', { id: '$creator' })
  room.state('m.room.power_levels', '@creator:a', {}, { id: '$power' })
  room.state('m.room.join_rules', '@creator:a', { join_rule: 'public' }, { id: '$rules' })
  room.state('m.room.topic', '@creator:a', {}, { id: '$topic' })
  room.member('@user:b', 'join', { id: '$user' })
  room.add({ type: 'm.room.message', sender: '@user:b', id: '$message' })
  return room
}

const byIds = (room: TestRoom, ids: readonly string[]): Event[] =>
  ids.map(room.lookup).filter((event) => event !== undefined)

/** What is made of a message by `@user:b` that cites these events. */
const judged = (
  version: RoomVersion,
  ids: readonly string[],
  rejected: (id: string) => boolean = nothingRejected,
) => {
  const room = roomOf(version)
  room.state('m.room.power_levels', '@creator:a', { ban: 60 }, { id: '$power2' })
  const event = room.make({ type: 'm.room.message', sender: '@user:b', auth: ids })
  return checkAuthEvents(event, byIds(room, ids), rejected)?.rule
}

describe('the rules on auth_events', () => {
  for (const version of Object.values(roomVersions)) {
    const create = version.createInAuthEvents ? ['$create'] : []

    it(`allow what is selected (room version ${version.id})`, () => {
      assert.equal(judged(version, [...create, '$power', '$user']), undefined)
      assert.equal(judged(version, [...create, '$user']), undefined)
    })

    it(`refuse two events for one place (room version ${version.id})`, () => {
      const rule = 'auth.auth_events.duplicate'
      assert.equal(judged(version, [...create, '$power', '$power2', '$user']), rule)
      assert.equal(judged(version, [...create, '$power', '$user', '$power']), rule)
    })

    it(`refuse what is not selected (room version ${version.id})`, () => {
      for (const odd of ['$topic', '$creator', '$rules', '$message'])
        assert.equal(
          judged(version, [...create, '$power', '$user', odd]),
          'auth.auth_events.unselected',
          odd,
        )
    })

    it(`refuse an event of a selected type that is no state (room version ${version.id})`, () => {
      const room = roomOf(version)
      const sham = room.add({ type: 'm.room.power_levels', sender: '@user:b' })
      const ids = [...create, sham.id, '$user']
      const event = room.make({ type: 'm.room.message', sender: '@user:b', auth: ids })
      const refusal = checkAuthEvents(event, byIds(room, ids), nothingRejected)
      assert.equal(refusal?.rule, 'auth.auth_events.unselected')
      assert.equal(refusal?.decidedBy, sham.id)
    })

    it(`refuse what was rejected (room version ${version.id})`, () => {
      const ids = [...create, '$power', '$user']
      const rejected = (bad: string) => judged(version, ids, (id) => id === bad)
      assert.equal(rejected('$power'), 'auth.auth_events.rejected_entry')
      assert.equal(rejected('$topic'), undefined)
    })

    it(`refuse what is of another room (room version ${version.id})`, () => {
      const room = roomOf(version)
      const stray = room.add({
        type: 'm.room.power_levels',
        sender: '@user:b',
        state_key: '',
        roomId: '!elsewhere:b',
      })
      const ids = [...create, stray.id, '$user']
      const event = room.make({ type: 'm.room.message', sender: '@user:b', auth: ids })
      assert.equal(
        checkAuthEvents(event, byIds(room, ids), nothingRejected)?.rule,
        'auth.auth_events.other_room',
      )
    })

    it(`do not choke on a membership without content (room version ${version.id})`, () => {
      const room = roomOf(version)
      for (const content of [
        {},
        { membership: 1 },
        { membership: 'invite', third_party_invite: 1 },
      ]) {
        const event = room.make({ type: 'm.room.member', sender: '@user:b', content, auth: create })
        assert.equal(checkAuthEvents(event, byIds(room, create), nothingRejected), undefined)
      }
    })
  }

  it('ask for the create event or refuse it, as the version has it', () => {
    const { v10, v11, v12 } = roomVersions
    for (const version of [v10, v11])
      assert.equal(judged(version, ['$power', '$user']), 'auth.auth_events.no_create')
    assert.equal(judged(v12, ['$create', '$power', '$user']), 'auth.auth_events.create_cited')
  })

  it('leave the create event alone', () => {
    for (const version of Object.values(roomVersions)) {
      const room = roomOf(version)
      const [create] = room.events
      assert.ok(create !== undefined)
      assert.equal(
        checkAuthEvents(create, [], () => true),
        undefined,
      )
    }
  })

  it('refuse an event that is named twice, though it is there once', () => {
    const room = roomOf(roomVersions.v11)
    const ids = ['$create', '$user', '$power', '$user']
    const event = room.make({ type: 'm.room.message', sender: '@user:b', auth: ids })
    const refusal = checkAuthEvents(event, byIds(room, ids.slice(0, 3)), nothingRejected)
    assert.equal(refusal?.rule, 'auth.auth_events.duplicate')
    assert.equal(refusal?.decidedBy, '$user')
    assert.equal(refusal?.message, 'auth_events names $user twice')
  })

  it('say what is wrong', () => {
    const room = roomOf(roomVersions.v11)
    room.add({ type: 'm.room.message', sender: '@user:b', id: '$message2' })
    const told = (ids: readonly string[]) => {
      const event = room.make({ type: 'm.room.message', sender: '@user:b', auth: ids })
      return checkAuthEvents(event, byIds(room, ids), (id) => id === '$power')?.message
    }
    assert.equal(
      told(['$message', '$message2']),
      'auth_events names $message, a m.room.message (no state), which is not among those to select for this event',
    )
    assert.match(told(['$topic']) ?? '', /a m\.room\.topic \(state key ""\)/)
    assert.equal(told(['$create', '$power']), 'auth_events names $power, which was rejected')
    assert.equal(told([]), 'auth_events does not name the create event')
  })

  it('refuse a room whose create event was rejected', () => {
    assert.equal(
      judged(roomVersions.v12, ['$power', '$user'], (id) => id === '$create'),
      'auth.room_id_is_create_event',
    )
  })
})
