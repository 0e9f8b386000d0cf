import assert from 'node:assert/strict'
import { describe, it } from 'mocha'
import { type RoomVersion, roomVersions } from '../room-version.ts'
import { splitStateKey, type StateMap, stateKey } from '../state-key.ts'
import { type TestDraft, TestRoom } from '../test-room.ts'
import { resolveIn, resolveState } from './resolve-state.ts'

const { v10, v11, v12 } = roomVersions
const versions = [v10, v11, v12]

/** What the creator needs in `users` to keep power where it is not theirs by being creator. */
const listed = (version: RoomVersion): Record<string, number> =>
  version.privilegedCreators ? {} : { '@creator:a': 100 }

/**
 * A public room with `@creator:a`, `@admin:a` (90) and `@mod:b` (50), whose every event is cited by the topic `$topic0`:
 * `$create $creator $power0 $rules0 $admin $mod $user $topic0`.
 */
const roomOf = (version: RoomVersion): TestRoom => {
  const room = new TestRoom(version)
  const users = { ...listed(version), '@admin:a': 90, '@mod:b': 50 }
  room.member('@creator:a', 'join', { id: '$creator' })
  room.state('m.room.power_levels', '@creator:a', { users }, { id: '$power0' })
  room.state('m.room.join_rules', '@creator:a', { join_rule: 'public' }, { id: '$rules0' })
  room.member('@admin:a', 'join', { id: '$admin' })
  room.member('@mod:b', 'join', { id: '$mod' })
  room.member('@user:b', 'join', { id: '$user' })
  room.state('m.room.topic', '@creator:a', { topic: '0' }, { id: '$topic0' })
  return room
}

const places: Record<string, string> = {
  power: stateKey('m.room.power_levels', ''),
  rules: stateKey('m.room.join_rules', ''),
  topic: stateKey('m.room.topic', ''),
}

/** The resolution of the states after these events, which must not depend on their order. */
const resolved = (room: TestRoom, heads: readonly string[]): StateMap => {
  const sets = heads.map((head) => room.stateAfter([head]))
  const result = resolveState(sets, room.lookup, room.version)
  const backwards = resolveState(sets.toReversed(), room.lookup, room.version)
  assert.deepEqual(Object.fromEntries(backwards), Object.fromEntries(result))
  return result
}

const holds = (state: StateMap, place: string): string | undefined =>
  state.get(places[place] ?? stateKey('m.room.member', place))

const fork = { after: ['$topic0'] }

const topic = (room: TestRoom, sender: string, rest: Partial<TestDraft>): string =>
  room.state('m.room.topic', sender, { topic: rest.id ?? '' }, rest).id

const power = (
  room: TestRoom,
  sender: string,
  users: Record<string, number>,
  rest: Partial<TestDraft>,
) =>
  room.state('m.room.power_levels', sender, { users: { ...listed(room.version), ...users } }, rest)
    .id

/** The state with these in their places, whether or not that could have come about. */
const withState = (room: TestRoom, base: StateMap, ids: readonly string[]): StateMap => {
  const state = new Map(base)
  for (const id of ids) {
    const event = room.lookup(id)
    if (event?.pdu.state_key !== undefined)
      state.set(stateKey(event.pdu.type, event.pdu.state_key), id)
  }
  return state
}

const without = (base: StateMap, id: string): StateMap =>
  new Map([...base].filter(([, each]) => each !== id))

for (const version of versions)
  describe(`state resolution (room version ${version.id})`, () => {
    it('leaves a single state, and equal ones, as they are', () => {
      const room = roomOf(version)
      const state = room.stateAfter(['$topic0'])
      assert.deepEqual(resolveState([state], room.lookup, version), state)
      assert.deepEqual(resolveState([state, state], room.lookup, version), state)
      assert.deepEqual(resolveState([], room.lookup, version), new Map())
    })

    it('takes the later of two topics, and of two at once that with the greater id', () => {
      const room = roomOf(version)
      topic(room, '@mod:b', { ...fork, id: '$a', ts: 2000 })
      topic(room, '@mod:b', { ...fork, id: '$b', ts: 1999 })
      topic(room, '@mod:b', { ...fork, id: '$c', ts: 2000 })
      assert.equal(holds(resolved(room, ['$a', '$b']), 'topic'), '$a')
      assert.equal(holds(resolved(room, ['$a', '$c']), 'topic'), '$c')
      assert.equal(holds(resolved(room, ['$a', '$b', '$c']), 'topic'), '$c')
    })

    it('takes the topic that is based on the newer power levels, though it be the earlier', () => {
      const room = roomOf(version)
      topic(room, '@mod:b', { ...fork, id: '$old', ts: 9000 })
      power(room, '@creator:a', { '@admin:a': 90, '@mod:b': 51 }, { ...fork, id: '$power1' })
      topic(room, '@mod:b', { id: '$new', ts: 2000 })
      const state = resolved(room, ['$old', '$new'])
      assert.equal(holds(state, 'topic'), '$new')
      assert.equal(holds(state, 'power'), '$power1')
    })

    it('lets a ban undo what the banned user did at the same time', () => {
      const room = roomOf(version)
      topic(room, '@mod:b', { ...fork, id: '$theirs', ts: 9000 })
      room.member('@mod:b', 'ban', { ...fork, sender: '@admin:a', id: '$ban', ts: 9001 })
      const state = resolved(room, ['$theirs', '$ban'])
      assert.equal(holds(state, 'topic'), '$topic0')
      assert.equal(holds(state, '@mod:b'), '$ban')
    })

    it('lets a kick win over a change of name, but not a leave of their own', () => {
      const room = roomOf(version)
      room.member('@user:b', 'join', { ...fork, id: '$renamed', ts: 9000 })
      room.member('@user:b', 'leave', { ...fork, sender: '@mod:b', id: '$kick', ts: 2000 })
      room.member('@user:b', 'leave', { ...fork, id: '$leave', ts: 2000 })
      const rules = room.state('m.room.join_rules', '@creator:a', { join_rule: 'invite' }, fork).id
      room.member('@user:b', 'leave', { sender: '@mod:b', id: '$kickInvite', ts: 2000 })
      assert.equal(holds(resolved(room, ['$renamed', '$kickInvite']), '@user:b'), '$kickInvite')
      assert.equal(holds(resolved(room, ['$renamed', '$kickInvite']), 'rules'), rules)
      assert.equal(holds(resolved(room, ['$renamed', '$leave']), '@user:b'), '$renamed')
    })

    it('does not let in who joined while the join rule became invite', () => {
      const room = roomOf(version)
      room.member('@late:c', 'join', { ...fork, id: '$join', ts: 2000 })
      room.state(
        'm.room.join_rules',
        '@admin:a',
        { join_rule: 'invite' },
        {
          ...fork,
          id: '$rules1',
          ts: 9000,
        },
      )
      const state = resolved(room, ['$join', '$rules1'])
      assert.equal(holds(state, '@late:c'), undefined)
      assert.equal(holds(state, 'rules'), '$rules1')
    })

    it('takes the power levels of the greater sender first, which may undo the others', () => {
      const room = roomOf(version)
      power(room, '@admin:a', { '@admin:a': 90 }, { ...fork, id: '$demotion', ts: 9000 })
      power(
        room,
        '@mod:b',
        { '@admin:a': 90, '@mod:b': 50, '@user:b': 50 },
        {
          ...fork,
          id: '$promotion',
          ts: 2000,
        },
      )
      assert.equal(holds(resolved(room, ['$demotion', '$promotion']), 'power'), '$demotion')
    })

    it('takes the later of two power levels that both stand', () => {
      const room = roomOf(version)
      const users = { '@admin:a': 90, '@mod:b': 50 }
      power(room, '@creator:a', { ...users, '@user:b': 1 }, { ...fork, id: '$a', ts: 3000 })
      power(room, '@creator:a', { ...users, '@user:b': 2 }, { ...fork, id: '$b', ts: 2000 })
      assert.equal(holds(resolved(room, ['$a', '$b']), 'power'), '$a')
    })

    it('keeps state under any key that only one side has', () => {
      const room = roomOf(version)
      room.add({ type: 'm.room.topic', sender: '@mod:b', state_key: 'x', id: '$x', ...fork })
      room.add({ type: 'x.other', sender: '@mod:b', state_key: '', id: '$y', ...fork })
      const state = resolved(room, ['$x', '$y'])
      assert.equal(state.get(stateKey('m.room.topic', 'x')), '$x')
      assert.equal(state.get(stateKey('x.other', '')), '$y')
      assert.equal(holds(state, 'topic'), '$topic0')
    })

    it('resolves three states at once', () => {
      const room = roomOf(version)
      topic(room, '@mod:b', { ...fork, id: '$theirs', ts: 9000 })
      topic(room, '@admin:a', { ...fork, id: '$ours', ts: 3000 })
      room.member('@mod:b', 'ban', { ...fork, sender: '@admin:a', id: '$ban', ts: 2000 })
      const state = resolved(room, ['$theirs', '$ours', '$ban'])
      assert.equal(holds(state, 'topic'), '$ours')
      assert.equal(holds(state, '@mod:b'), '$ban')
    })

    it('judges by what an event cites where the state lacks it, unless that was rejected', () => {
      const room = roomOf(version)
      const users = { '@new:c': 50, '@admin:a': 90, '@mod:b': 50 }
      room.member('@new:c', 'join', { id: '$new' })
      power(room, '@creator:a', users, { id: '$power1' })
      room.state('x.thing', '@new:c', {}, { id: '$thing' })
      topic(room, '@new:c', { id: '$theirs', ts: 9000 })
      const sets = ['$theirs', '$thing'].map((id) => without(room.stateAfter([id]), '$new'))
      const outcome = (rejected: string): string | undefined =>
        holds(
          resolveState(sets, room.lookup, version, (id) => id === rejected),
          'topic',
        )
      assert.equal(outcome('$nothing'), '$theirs')
      assert.equal(outcome('$new'), '$topic0')
    })

    it('passes over events that are not at hand', () => {
      const room = roomOf(version)
      topic(room, '@mod:b', { ...fork, id: '$a' })
      const state = room.stateAfter(['$a'])
      const odd = new Map([...state, [stateKey('m.room.topic', ''), '$unknown']])
      assert.equal(holds(resolveState([state, odd], room.lookup, version), 'topic'), '$a')
    })

    it('comes to an end where auth_events go in rings', () => {
      const room = roomOf(version)
      const state = room.stateAfter(['$topic0'])
      const rings = ['$power1', '$power2', '$kick', '$rules1'].map((id, at, all) => ({
        id,
        after: ['$topic0'],
        auth: ['$power1', '$power2', all[(at + 1) % all.length] ?? ''],
      }))
      const [first, second, third, fourth] = rings
      power(room, '@creator:a', {}, first ?? {})
      power(room, '@creator:a', {}, second ?? {})
      room.member('@user:b', 'leave', { sender: '@mod:b', ...third })
      room.state('m.room.join_rules', '@mod:b', {}, fourth ?? {})
      topic(room, '@mod:b', { id: '$t', after: ['$power1'], auth: ['$power2'] })
      const state2 = resolved(room, ['$power1', '$power2', '$kick', '$rules1', '$t'])
      assert.equal(state2.size, state.size)
    })

    it('takes a long chain of power levels without using up the stack', () => {
      const room = roomOf(version)
      const users = { '@admin:a': 90, '@mod:b': 50 }
      for (let at = 0; at < 3000; at++)
        power(room, '@creator:a', { ...users, '@user:b': at % 2 }, at === 0 ? fork : {})
      const last = room.last
      power(room, '@admin:a', { ...users, '@user:b': 5 }, { ...fork, id: '$other' })
      assert.equal(holds(resolved(room, [last, '$other']), 'power'), '$other')
    }).timeout(20_000)
  })

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
const topicByReading = (version: RoomVersion, chainHasOwn: boolean): string | undefined => {
  const room = roomOf(version)
  topic(room, '@mod:b', { ...fork, id: '$theirs', ts: 9000 })
  power(room, '@creator:a', { '@admin:a': 90, '@mod:b': 51 }, { ...fork, id: '$power1' })
  room.add({ type: 'x', sender: '@mod:b', id: '$merge', after: ['$theirs', '$power1'] })
  topic(room, '@mod:b', { id: '$ours', after: ['$power1'], ts: 2000 })
  const sets = ['$merge', '$ours'].map((id) => room.stateAfter([id]))
  const { lookup, rejected } = room
  return holds(resolveIn(sets, { lookup, version, rejected, chainHasOwn }), 'topic')
}

describe('state resolution 2 and 2.1', () => {
  it('can be had by either reading of the auth chain', () => {
    for (const version of [v10, v11])
      for (const chainHasOwn of [true, false])
        assert.equal(topicByReading(version, chainHasOwn), '$ours')
    assert.equal(topicByReading(v12, false), '$ours')
    assert.equal(topicByReading(v12, true), '$theirs')
  })

  it("puts a creator's power event before everybody else's where they are privileged", () => {
    assert.equal(demotionAgainstKick(v12), '$mod')
    assert.equal(demotionAgainstKick(v11), '$kick')
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
