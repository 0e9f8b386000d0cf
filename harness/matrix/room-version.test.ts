import assert from 'node:assert/strict'
import { describe, it } from 'mocha'
import { type RoomVersion, roomVersion, roomVersions } from './room-version.ts'

/** The capabilities in which two versions differ, each with its new value; of redaction only that it differs. */
const changes = (from: RoomVersion, to: RoomVersion): Record<string, unknown> => {
  const before = new Map<string, unknown>(Object.entries(from))
  const differing = Object.entries(to).filter(([key, value]) => before.get(key) !== value)
  return Object.fromEntries(differing.filter(([key]) => key !== 'id'))
}

const pathsOf = ({ redaction }: RoomVersion): Set<string> =>
  new Set(
    [...redaction.content].flatMap(([type, keys]) =>
      keys === 'all' ? [`${type} all`] : keys.map((key) => `${type} ${key.join('.')}`),
    ),
  )

/** Paths of content that `to` keeps and `from` does not, then the other way round. */
const kept = (from: RoomVersion, to: RoomVersion): readonly string[] => {
  const [before, after] = [pathsOf(from), pathsOf(to)]
  return [
    ...[...after].filter((path) => !before.has(path)),
    ...[...before].filter((path) => !after.has(path)).map((path) => `not ${path}`),
  ]
}

const { v1, v2, v3, v4, v5, v6, v7, v8, v9, v10, v11, v12 } = roomVersions

describe('room versions', () => {
  it('are found by id and by nothing else', () => {
    const ids = Array.from({ length: 12 }, (_, index) => String(index + 1))
    assert.deepEqual(
      Object.values(roomVersions).map(({ id }) => id),
      ids,
    )
    for (const id of ids) assert.equal(roomVersion(id)?.id, id)
    for (const id of ['', '0', '13', '011', 'v11', '1.0', '__proto__', 'constructor']) {
      assert.equal(roomVersion(id), undefined)
    }
  })

  it('name every change from each to the next', () => {
    const { redaction: _, ...to11 } = changes(v10, v11)
    assert.deepEqual(changes(v1, v2), { stateResolution: 'v2' })
    assert.deepEqual(changes(v2, v3), {
      eventIds: 'base64',
      pairedReferences: false,
      redactionRule: false,
    })
    assert.deepEqual(changes(v3, v4), { eventIds: 'base64url' })
    assert.deepEqual(changes(v4, v5), { keyValidity: true })
    assert.deepEqual(changes(v5, v6), {
      strictJson: true,
      aliasesRule: false,
      notificationLevels: true,
      redaction: v6.redaction,
    })
    assert.deepEqual(changes(v6, v7), { knocking: true })
    assert.deepEqual(changes(v7, v8), { restrictedJoin: true, redaction: v8.redaction })
    assert.deepEqual(changes(v8, v9), { redaction: v9.redaction })
    assert.deepEqual(changes(v9, v10), { integerPowerLevels: true, knockRestricted: true })
    assert.deepEqual(to11, { creatorInContent: false, redactsInContent: true })
    assert.deepEqual(changes(v11, v12), {
      roomIdFromCreate: true,
      createInAuthEvents: false,
      privilegedCreators: true,
      stateResolution: 'v2.1',
    })
  })

  it('name every change of the redaction algorithm', () => {
    assert.deepEqual(kept(v5, v6), ['not m.room.aliases aliases'])
    assert.deepEqual(kept(v7, v8), ['m.room.join_rules allow'])
    assert.deepEqual(kept(v8, v9), ['m.room.member join_authorised_via_users_server'])
    assert.deepEqual(kept(v10, v11), [
      'm.room.member third_party_invite.signed',
      'm.room.create all',
      'm.room.power_levels invite',
      'm.room.redaction redacts',
      'not m.room.create creator',
    ])
    assert.deepEqual(
      [...v10.redaction.topLevel].filter((key) => !v11.redaction.topLevel.has(key)),
      ['prev_state', 'origin', 'membership'],
    )
  })
})
