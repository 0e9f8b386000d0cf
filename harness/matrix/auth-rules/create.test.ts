import assert from 'node:assert/strict'
import { describe, it } from 'mocha'
import type { JsonObject } from '../event.ts'
import { type RoomVersion, roomVersions } from '../room-version.ts'
import { type TestDraft, TestRoom } from '../test-room.ts'
import { authorize } from './authorize.ts'

const judged = (version: RoomVersion, content: JsonObject, rest: Partial<TestDraft> = {}) => {
  const room = new TestRoom(version)
  const event = room.make({
    type: 'm.room.create',
    sender: '@creator:a',
    state_key: '',
    content: { room_version: version.id, ...content },
    after: [],
    ...rest,
  })
  return authorize(event, () => undefined)?.rule
}

describe('the rules on the create event', () => {
  for (const version of Object.values(roomVersions)) {
    const good = version.creatorInContent ? { creator: '@creator:a' } : {}

    it(`allow an honest one (room version ${version.id})`, () => {
      assert.equal(judged(version, good), undefined)
    })

    it(`refuse parents (room version ${version.id})`, () => {
      assert.equal(judged(version, good, { after: ['$other'] }), 'auth.create.prev_events')
    })

    it(`refuse versions that are not known (room version ${version.id})`, () => {
      for (const room_version of ['nope', 11, null, ''])
        assert.equal(judged(version, { ...good, room_version }), 'auth.create.unknown_version')
    })
  }

  for (const version of [roomVersions.v10, roomVersions.v11]) {
    it(`refuse a room id of another domain (room version ${version.id})`, () => {
      const good = { creator: '@creator:a' }
      assert.equal(judged(version, good, { roomId: '!x:b' }), 'auth.create.room_id_domain')
      assert.equal(judged(version, good, { roomId: '!x:a:8448' }), 'auth.create.room_id_domain')
      assert.equal(judged(version, good, { roomId: '!x:a' }), undefined)
    })
  }

  it('ask for a creator where the version does', () => {
    assert.equal(judged(roomVersions.v10, {}), 'auth.create.no_creator')
    assert.equal(judged(roomVersions.v10, { creator: '@other:b' }), undefined)
    assert.equal(judged(roomVersions.v11, {}), undefined)
    assert.equal(judged(roomVersions.v12, {}), undefined)
  })

  it('refuse a room id where it is made from the create event', () => {
    const { v12 } = roomVersions
    const room = new TestRoom(v12)
    const event = room.make({
      type: 'm.room.create',
      sender: '@creator:a',
      state_key: '',
      after: [],
    })
    const bad = { ...event, pdu: { ...event.pdu, room_id: '!create' } }
    assert.equal(authorize(bad, () => undefined)?.rule, 'auth.create.room_id_present')
    assert.equal(
      authorize(event, () => undefined),
      undefined,
    )
  })

  it('look at additional_creators where creators are privileged', () => {
    const { v11, v12 } = roomVersions
    const rows = [
      ['@b:b', 'auth.create.additional_creators_not_array'],
      [null, 'auth.create.additional_creators_not_array'],
      [{}, 'auth.create.additional_creators_not_array'],
      [['@b:b', 1], 'auth.create.additional_creators_non_string'],
      [['b'], 'auth.create.additional_creators_bad_user_id'],
      [['@b'], 'auth.create.additional_creators_bad_user_id'],
      [[`@${'b'.repeat(255)}:b`], 'auth.create.additional_creators_bad_user_id'],
      [[], undefined],
      [['@b:b', '@B historical!:c:8448'], undefined],
    ] as const
    for (const [additional_creators, rule] of rows) {
      assert.equal(judged(v12, { additional_creators }), rule, JSON.stringify(additional_creators))
      assert.equal(judged(v11, { additional_creators }), undefined)
    }
  })
})
