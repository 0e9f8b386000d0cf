import assert from 'node:assert/strict'
import { describe, it } from 'mocha'
import { type RoomVersion, roomVersions } from '../room-version.ts'
import { splitStateKey } from '../state-key.ts'
import { resolveIn, resolveState } from './resolve-state.ts'
import { fork, holds, power, resolved, roomOf, topic, without, withState } from './test-story.ts'

const { v10, v11, v12 } = roomVersions
const versions = [v10, v11, v12]

const demotionAgainstKick = (version: RoomVersion): string | undefined => {
  const room = roomOf(version)
  power(room, '@creator:a', { '@admin:a': 100, '@mod:b': 50 }, { ...fork, id: '$power1' })
  power(room, '@creator:a', { '@mod:b': 50 }, { id: '$demotion', ts: 9000 })
  const rest = { after: ['$power1'], sender: '@admin:a', id: '$kick', ts: 2000 }
  room.member('@mod:b', 'leave', rest)
  return holds(resolved(room, ['$demotion', '$kick']), '@mod:b')
}

/** A join that was lawful in its time, which one state lacks. */
const joinBeforeInviteOnly = (version: RoomVersion): string | undefined => {
  const room = roomOf(version)
  room.member('@late:c', 'join', { id: '$late' })
  room.state('m.room.join_rules', '@creator:a', { join_rule: 'invite' }, { id: '$rules1' })
  const state = room.stateAfter(['$rules1'])
  const sets = [state, without(state, '$late')]
  return holds(resolveState(sets, room.lookup, version), '@late:c')
}

/** `$power3` is lawful by `$power2` alone, which is in every auth chain and in no state. */
const powerByUnconflicted = (version: RoomVersion): string | undefined => {
  const room = roomOf(version)
  const users = { '@admin:a': 90, '@mod:b': 50 }
  power(room, '@creator:a', { ...users, '@user:b': 0 }, { id: '$power1' })
  power(room, '@creator:a', { ...users, '@user:b': 60 }, { id: '$power2' })
  topic(room, '@creator:a', { id: '$topic2' })
  power(room, '@user:b', { ...users, '@user:b': 60, '@x:x': 1 }, { id: '$power3' })
  const state = room.stateAfter(['$power3'])
  const sets = [state, withState(room, state, ['$power1'])]
  return holds(resolveState(sets, room.lookup, version), 'power')
}

/**
 * Power levels that both states hold and only one cites: whether they are in the auth difference, and so in the state
 * that the mainline is taken from, is a question of how to read `auth chain`.
 */
const topicByReading = (version: RoomVersion, asDeployed: boolean): string | undefined => {
  const room = roomOf(version)
  topic(room, '@mod:b', { ...fork, id: '$theirs', ts: 9000 })
  power(room, '@creator:a', { '@admin:a': 90, '@mod:b': 51 }, { ...fork, id: '$power1' })
  room.add({ type: 'x', sender: '@mod:b', id: '$merge', after: ['$theirs', '$power1'] })
  topic(room, '@mod:b', { id: '$ours', after: ['$power1'], ts: 2000 })
  const sets = ['$merge', '$ours'].map((id) => room.stateAfter([id]))
  const { lookup, rejected } = room
  return holds(resolveIn(sets, { lookup, version, rejected, asDeployed }), 'topic')
}

/** `$rules2` cites `$again`, which is not in conflict and cites `$rules1`; and by their senders' power it goes first. */
const rulesByReading = (version: RoomVersion, asDeployed: boolean): string | undefined => {
  const room = roomOf(version)
  const rules = { join_rule: 'public' }
  room.state('m.room.join_rules', '@mod:b', rules, { id: '$rules1' })
  room.member('@creator:a', 'join', { id: '$again' })
  const common = room.stateAfter(['$again'])
  room.state('m.room.join_rules', '@creator:a', { join_rule: 'invite' }, { id: '$rules2' })
  const sets = [common, room.stateAfter(['$rules2'])]
  const { lookup, rejected } = room
  return holds(resolveIn(sets, { lookup, version, rejected, asDeployed }), 'rules')
}

describe('state resolution 2 and 2.1', () => {
  it('can be had by either reading of the auth chain of a state', () => {
    for (const version of [v10, v11])
      for (const asDeployed of [true, false])
        assert.equal(topicByReading(version, asDeployed), '$ours')
    assert.equal(topicByReading(v12, false), '$ours')
    assert.equal(topicByReading(v12, true), '$theirs')
  })

  it("puts a creator's power event before everybody else's where they are privileged", () => {
    assert.equal(demotionAgainstKick(v12), '$mod')
    assert.equal(demotionAgainstKick(v11), '$kick')
  })

  it('can be had by either reading of the order', () => {
    assert.equal(rulesByReading(v11, false), '$rules2')
    assert.equal(rulesByReading(v11, true), '$rules1')
    for (const asDeployed of [true, false]) assert.equal(rulesByReading(v12, asDeployed), '$rules2')
  })

  it('differ in the state to begin with: unconflicted or empty', () => {
    assert.equal(joinBeforeInviteOnly(v10), undefined)
    assert.equal(joinBeforeInviteOnly(v11), undefined)
    assert.equal(joinBeforeInviteOnly(v12), '$late')
  })

  it('differ in the conflicted state subgraph', () => {
    assert.equal(powerByUnconflicted(v10), '$power1')
    assert.equal(powerByUnconflicted(v11), '$power1')
    assert.equal(powerByUnconflicted(v12), '$power3')
  })

  it('put an event after what it cites over events that are not in conflict', () => {
    for (const version of versions) {
      const room = roomOf(version)
      const users = { '@admin:a': 90, '@mod:b': 50 }
      power(room, '@creator:a', { ...users, '@x:x': 1 }, { id: '$power1', ts: 9000 })
      power(room, '@creator:a', { ...users, '@x:x': 2 }, { id: '$power2', ts: 9001 })
      topic(room, '@creator:a', { id: '$topic2' })
      power(room, '@creator:a', { ...users, '@x:x': 3 }, { id: '$power3', ts: 2000 })
      const state = room.stateAfter(['$power3'])
      const sets = [state, withState(room, state, ['$power1'])]
      const result = resolveState(sets, room.lookup, version)
      assert.equal(holds(result, 'power'), '$power3', version.id)
    }
  })

  it('both end with what was not in conflict', () => {
    for (const version of versions) {
      const room = roomOf(version)
      topic(room, '@mod:b', { ...fork, id: '$a' })
      power(room, '@creator:a', {}, { ...fork, id: '$power1' })
      const sets = ['$a', '$power1'].map((id) => room.stateAfter([id]))
      const result = resolveState(sets, room.lookup, version)
      for (const [place, id] of sets[0] ?? [])
        if (sets[1]?.get(place) === id)
          assert.equal(result.get(place), id, splitStateKey(place).join(' '))
    }
  })
})
