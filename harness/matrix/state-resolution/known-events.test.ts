import assert from 'node:assert/strict'
import { describe, it } from 'mocha'
import { roomVersions } from '../room-version.ts'
import { TestRoom } from '../test-room.ts'
import { resolveState } from './resolve-state.ts'
import { fork, holds, power, resolved, roomOf, topic } from './test-story.ts'
import { traceResolution } from './trace.ts'

const versions = Object.values(roomVersions).filter(
  ({ stateResolution }) => stateResolution !== 'v1',
)

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
      assert.equal(holds(resolveState(sets, lookup, version), 'topic'), '$theirs')
      isHidden = false
      const state = resolveState(sets, lookup, version)
      assert.equal(holds(state, 'topic'), '$topic0')
      assert.equal(holds(state, 'power'), '$demotion')
    })
  })
