import assert from 'node:assert/strict'
import * as fc from 'fast-check'
import { describe, it } from 'mocha'
import { type RoomVersion, roomVersions } from '../room-version.ts'
import type { TestRoom } from '../test-room.ts'
import { anyRoom } from '../test-rooms.ts'
import { resolveState } from './resolve-state.ts'
import { fork, power, roomOf, topic } from './test-story.ts'
import { type ConflictTrace, traceResolution } from './trace.ts'

const { v1, v11 } = roomVersions

const traced = (room: TestRoom, heads: readonly string[], asDeployed = false) => {
  const { lookup, rejected, version } = room
  const sets = heads.map((head) => room.stateAfter([head]))
  return traceResolution(sets, { lookup, rejected, version, asDeployed }).conflicts
}

const only = (conflicts: readonly ConflictTrace[]): ConflictTrace => {
  const [conflict, ...rest] = conflicts
  assert.ok(conflict !== undefined && rest.length === 0, JSON.stringify(conflicts))
  return conflict
}

/** Two topics of a moderator, of whom the second also was made in the other branch's past. */
const topics = (version: RoomVersion): ConflictTrace => {
  const room = roomOf(version)
  topic(room, '@mod:b', { ...fork, id: '$early', ts: 2000 })
  topic(room, '@mod:b', { ...fork, id: '$late', ts: 3000 })
  return only(traced(room, ['$early', '$late']))
}

describe('the trace of a resolution', () => {
  it('says what was compared when a later event replaces an earlier one', () => {
    assert.deepEqual(topics(v11), {
      type: 'm.room.topic',
      stateKey: '',
      winner: '$late',
      because:
        'the last that was allowed, as 2 of 2 other events (mainline position 0, origin_server_ts 3000)',
      losers: [
        {
          id: '$early',
          because:
            'allowed as 1 of 2 other events (mainline position 0, origin_server_ts 2000), and replaced by $late, 2 of 2 other events (mainline position 0, origin_server_ts 3000)',
        },
      ],
    })
  })

  it('names rule and deciding event where an event was not allowed', () => {
    const room = roomOf(v11)
    topic(room, '@mod:b', { ...fork, id: '$theirs', ts: 9000 })
    room.member('@mod:b', 'ban', { ...fork, sender: '@admin:a', id: '$ban', ts: 2000 })
    const conflicts = traced(room, ['$theirs', '$ban'])
    const [member, topics0] = conflicts
    assert.equal(conflicts.length, 2)
    assert.equal(member?.winner, '$ban')
    assert.match(
      member?.because ?? '',
      /^the last that was allowed, as 3 of 3 power events \(sender's power 90/,
    )
    assert.equal(topics0?.winner, '$topic0')
    assert.match(
      topics0?.losers[0]?.because ?? '',
      /^not allowed as .*: the membership of @mod:b is ban, not join \(auth\.sender_not_joined, by \$ban\)$/,
    )
  })

  it('tells of version 1 who was not even tried', () => {
    const room = roomOf(v1)
    const users = { '@admin:a': 90, '@mod:b': 50 }
    power(room, '@admin:a', { ...users, '@user:b': 60 }, { ...fork, id: '$first' })
    power(room, '@mod:b', { ...users, '@mod:b': 100 }, { after: ['$first'], id: '$seized' })
    power(room, '@creator:a', { ...users, '@user:b': 5 }, { after: ['$seized'], id: '$last' })
    const { winner, losers } = only(traced(room, ['$first', '$seized', '$last']))
    assert.equal(winner, '$first')
    assert.deepEqual(
      losers.map(({ id }) => id),
      ['$last', '$seized'],
    )
    assert.match(
      losers[0]?.because ?? '',
      /^not tried as 3 of 3 power levels \(depth \d+, SHA-1 .*: \$seized was refused$/,
    )
    assert.match(
      losers[1]?.because ?? '',
      /^not allowed as 2 of 3 power levels .*auth\.pl\.users_current_ge/,
    )
  })

  it('says that a place stays empty, or who is kept there', () => {
    const room = roomOf(v1)
    topic(room, '@user:b', { ...fork, id: '$unlawful' })
    topic(room, '@user:b', { after: ['$unlawful'], id: '$worse' })
    const strict = only(traced(room, ['$unlawful', '$worse']))
    assert.equal(strict.winner, undefined)
    assert.equal(strict.because, 'none of its events was allowed')
    const kept = only(traced(room, ['$unlawful', '$worse'], true))
    assert.equal(kept.winner, '$unlawful')
    assert.match(kept.because, /^kept, though nothing was allowed, as servers do, as 2 of 2/)
  })

  it('changes nothing, tells every conflict once, and leaves no loser without a reason', () => {
    for (const version of Object.values(roomVersions))
      fc.assert(
        fc.property(anyRoom(version), fc.nat(), fc.nat(), (room, one, other) => {
          const { events, lookup, rejected } = room
          const sets = [one, other].map((at) =>
            room.stateAfter([events[at % events.length]?.id ?? '']),
          )
          const { state, conflicts } = traceResolution(sets, { lookup, rejected, version })
          const plain = resolveState(sets, lookup, version, rejected)
          assert.deepEqual(Object.fromEntries(state), Object.fromEntries(plain))
          const places = conflicts.map(({ type, stateKey }) => `${type} ${stateKey}`)
          assert.equal(new Set(places).size, places.length)
          for (const { because, losers } of conflicts)
            for (const each of [because, ...losers.map((loser) => loser.because)])
              assert.doesNotMatch(each, /undefined|not at hand|in no conflict/)
        }),
        { numRuns: 30 },
      )
  })
})
