import assert from 'node:assert/strict'
import { describe, it } from 'mocha'
import type { Refusal } from '../auth-rules/refusal.ts'
import type { EventLookup } from '../graph.ts'
import { type RoomVersion, roomVersions } from '../room-version.ts'
import type { StateMap } from '../state-key.ts'
import { TestRoom } from '../test-room.ts'
import type { Observer } from './observer.ts'
import { resolveIn, resolveState } from './resolve-state.ts'
import { fork, holds, power, resolved, roomOf, topic, withState } from './test-story.ts'
import { traceResolution } from './trace.ts'

const versions = Object.values(roomVersions).filter(
  ({ stateResolution }) => stateResolution !== 'v1',
)

/** What the power events were sorted by, in words. */
const ranksOf = (
  sets: readonly StateMap[],
  lookup: EventLookup,
  version: RoomVersion,
): string[] => {
  const ranks: string[] = []
  const observer: Observer = {
    ordered: (pass, ids, rank) => {
      if (pass === 'power events') ranks.push(...ids.map((id) => `${id}: ${rank(id)}`))
    },
    judged: () => undefined,
  }
  resolveIn(sets, { lookup, version, rejected: () => false, observer })
  return ranks
}

for (const version of versions)
  describe(`the events known to a resolution (room version ${version.id})`, () => {
    const create = version.createInAuthEvents ? ['$create'] : []

    it('are power events if they kick, and not if somebody leaves', () => {
      const room = roomOf(version)
      topic(room, '@mod:b', { ...fork, id: '$theirs', ts: 9000 })
      room.member('@mod:b', 'leave', { ...fork, sender: '@admin:a', id: '$kick', ts: 9001 })
      room.member('@mod:b', 'leave', { ...fork, id: '$leave', ts: 9001 })
      assert.equal(holds(resolved(room, ['$theirs', '$kick']), 'topic'), '$topic0')
      assert.equal(holds(resolved(room, ['$theirs', '$leave']), 'topic'), '$theirs')
    })

    it('are no power events if they invite', () => {
      const room = roomOf(version)
      const byMod = { ...fork, sender: '@mod:b' }
      room.member('@user:b', 'leave', { ...byMod, id: '$kick' })
      room.member('@guest:c', 'invite', { ...byMod, id: '$invite' })
      const sets = ['$kick', '$invite'].map((id) => room.stateAfter([id]))
      const ids = ranksOf(sets, (id) => room.lookup(id), version).map((rank) => rank.split(':')[0])
      assert.ok(ids.includes('$kick') && !ids.includes('$invite'), ids.join(' '))
    })

    it('are judged by the membership of who is kicked, not by that of who kicks', () => {
      const room = roomOf(version)
      const creator = version.privilegedCreators ? {} : { '@creator:a': 100 }
      const content = { users: { ...creator, '@admin:a': 90, '@mod:b': 50 }, ban: 60 }
      room.state('m.room.power_levels', '@creator:a', content, { id: '$power1' })
      const after = ['$power1']
      room.member('@user:b', 'ban', { after, sender: '@admin:a', id: '$ban', ts: 2000 })
      room.member('@user:b', 'leave', { after, sender: '@mod:b', id: '$kick', ts: 3000 })
      assert.equal(holds(resolved(room, ['$ban', '$kick']), '@user:b'), '$ban')
    })

    it('take no part if they are no state, though they be cited', () => {
      const room = roomOf(version)
      room.add({ type: 'm.room.message', sender: '@mod:b', id: '$message', ...fork })
      const auth = [...create, '$power0', '$mod', '$message']
      topic(room, '@mod:b', { ...fork, id: '$a', ts: 5000, auth })
      topic(room, '@mod:b', { ...fork, id: '$b', ts: 4000 })
      assert.equal(holds(resolved(room, ['$a', '$b']), 'topic'), '$a')
    })

    it('give power to the creator where there are no power levels', () => {
      const room = new TestRoom(version)
      room.member('@creator:a', 'join', { id: '$creator' })
      room.state('m.room.join_rules', '@creator:a', { join_rule: 'public' }, { id: '$rules0' })
      room.member('@user:b', 'join', { id: '$user' })
      const sham = { type: 'm.room.create', sender: '@user:b', content: { creator: '@user:b' } }
      room.add({ ...sham, state_key: 'x', id: '$sham', after: ['$user'] })
      room.member('@user:b', 'join', { id: '$renamed', after: ['$user'] })
      const auth = [...(create.length > 0 ? ['$sham', ...create] : []), '$creator', '$user']
      room.member('@user:b', 'leave', { sender: '@creator:a', id: '$kick', after: ['$user'], auth })
      const sets = ['$renamed', '$kick'].map((id) => room.stateAfter([id]))
      const { lookup, rejected } = room
      const { conflicts } = traceResolution(sets, { lookup, rejected, version })
      const told = conflicts.flatMap(({ because, losers }) => [
        because,
        ...losers.map((each) => each.because),
      ])
      const level = version.privilegedCreators ? 'infinite' : '100'
      assert.ok(
        told.some((words) => words.includes(`sender's power ${level}`)),
        told.join('\n'),
      )
    })

    it('may be many', () => {
      const room = roomOf(version)
      for (let at = 0; at < 200; at++) room.member(`@user${at}:c`, 'join')
      const after = [room.last]
      topic(room, '@mod:b', { after, id: '$a', ts: 5000 })
      topic(room, '@mod:b', { after, id: '$b', ts: 4000 })
      room.member('@user150:c', 'ban', { after, sender: '@admin:a', id: '$ban' })
      const state = resolved(room, ['$a', '$b', '$ban'])
      assert.equal(holds(state, 'topic'), '$a')
      assert.equal(holds(state, '@user150:c'), '$ban')
    })

    it('are asked for again until they are at hand', () => {
      const room = roomOf(version)
      power(room, '@creator:a', { '@admin:a': 90, '@mod:b': 0 }, { ...fork, id: '$demotion' })
      topic(room, '@mod:b', { ...fork, id: '$theirs', ts: 9000 })
      const sets = ['$demotion', '$theirs'].map((id) => room.stateAfter([id]))
      let isHidden = true
      const lookup = (id: string) => (isHidden && id === '$demotion' ? undefined : room.lookup(id))
      for (let again = 0; again < 2; again++)
        assert.equal(holds(resolveState(sets, lookup, version), 'topic'), '$theirs')
      isHidden = false
      const state = resolveState(sets, lookup, version)
      assert.equal(holds(state, 'topic'), '$topic0')
      assert.equal(holds(state, 'power'), '$demotion')
    })

    it("give their sender's power anew until all that they cite is at hand", () => {
      for (const absent of ['$power0', '$create']) {
        const room = roomOf(version)
        room.member('@user:b', 'leave', { ...fork, sender: '@mod:b', id: '$kick' })
        room.member('@user:b', 'ban', { ...fork, sender: '@creator:a', id: '$ban' })
        const sets = ['$kick', '$ban'].map((id) => room.stateAfter([id]))
        let isAbsent = true
        const lookup = (id: string) => (isAbsent && id === absent ? undefined : room.lookup(id))
        const before = ranksOf(sets, lookup, version)
        isAbsent = false
        const expected = ranksOf(sets, (id) => room.lookup(id), version)
        for (let again = 0; again < 2; again++)
          assert.deepEqual(ranksOf(sets, lookup, version), expected)
        assert.equal(before.length, expected.length)
        if (absent === '$power0') assert.notDeepEqual(before, expected)
      }
    })

    it('are judged by what they cite where the resolved state lacks it', () => {
      const room = roomOf(version)
      const users = { '@admin:a': 90, '@mod:b': 50 }
      const admin = { sender: '@admin:a' }
      room.member('@user:b', 'ban', { ...fork, ...admin, id: '$ban' })
      const side = (name: string, membership: string, ts: number): string => {
        const auth = [...create, '$power0', '$admin', '$ban', '$rules0', '$nowhere']
        const after = ['$ban']
        const id = `$${membership}`
        room.member('@user:b', membership, { ...admin, after, auth, id, ts })
        power(room, '@admin:a', { ...users, [name]: 1 }, { id: `$power-${name}`, ts: 8000 })
        return room.member('@admin:a', 'join', { id: `$admin-${name}`, ts: 9000 }).id
      }
      const heads = [side('@a:a', 'ban', 2000), side('@b:b', 'leave', 3000)]
      assert.equal(holds(resolved(room, heads), '@user:b'), '$leave')
    })

    it('take no place that all states agree on, though they be allowed', () => {
      const room = roomOf(version)
      const state = room.stateAfter(['$topic0'])
      room.member('@user:b', 'join', { ...fork, id: '$renamed', content: { displayname: 'U' } })
      room.add({ type: 'x', sender: '@creator:a', state_key: '', id: '$x', auth: ['$renamed'] })
      const sets = [state, withState(room, state, ['$x'])]
      const { lookup, rejected } = room
      const judged: string[] = []
      const observer = {
        ordered: () => undefined,
        judged: (id: string, refusal?: Refusal) => void (refusal ?? judged.push(id)),
      }
      const result = resolveIn(sets, { lookup, rejected, version, observer })
      assert.ok(judged.includes('$renamed'))
      assert.equal(holds(result, '@user:b'), '$user')
    })
  })
