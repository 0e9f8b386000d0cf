import assert from 'node:assert/strict'
import { describe, it } from 'mocha'
import { roomVersions } from '../room-version.ts'
import { stateKey } from '../state-key.ts'
import { resolveState } from './resolve-state.ts'
import { fork, holds, power, resolved, roomOf, topic, without } from './test-story.ts'

const versions = Object.values(roomVersions).filter(
  ({ stateResolution }) => stateResolution !== 'v1',
)

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
