import assert from 'node:assert/strict'
import * as fc from 'fast-check'
import { describe, it } from 'mocha'
import { parentIds } from '../matrix/references.ts'
import { type RoomVersion, roomVersions } from '../matrix/room-version.ts'
import { stateKey } from '../matrix/state-key.ts'
import { TestRoom } from '../matrix/test-room.ts'
import { anyRoom, headsOf } from '../matrix/test-rooms.ts'
import { oracle, stateMapAfter, stateMapBefore } from './oracle.ts'
import { OracleError } from './oracle-error.ts'

const versions = Object.values(roomVersions)

const roomOf = (version: RoomVersion = roomVersions.v11): TestRoom => {
  const room = new TestRoom(version)
  const creator = version.privilegedCreators ? {} : { '@creator:a': 100 }
  room.member('@creator:a', 'join', { id: '$creator' })
  room.state('m.room.power_levels', '@creator:a', { users: creator }, { id: '$power' })
  room.state('m.room.join_rules', '@creator:a', { join_rule: 'public' }, { id: '$rules' })
  room.member('@user:b', 'join', { id: '$user' })
  return room
}

const fateOf = (room: TestRoom, id: string) => oracle.fates(room.events).get(id)

const ruleOf = (room: TestRoom, id: string): string | undefined => {
  const fate = fateOf(room, id)
  return fate?.fate === 'rejected' ? fate.rule : undefined
}

const throws = (code: string, events: readonly string[], deed: () => unknown): void => {
  assert.throws(deed, (error: unknown) => {
    assert.ok(error instanceof OracleError)
    assert.equal(error.code, code)
    assert.deepEqual(error.events, events)
    return true
  })
}

for (const version of versions)
  describe(`the oracle (room version ${version.id})`, () => {
    it('accepts an honest room', () => {
      const room = roomOf(version)
      room.add({ type: 'm.room.message', sender: '@user:b' })
      for (const [id, fate] of oracle.fates(room.events)) assert.equal(fate.fate, 'accepted', id)
      assert.deepEqual(oracle.stateAfter(room.events, [room.last]), [
        '$create',
        '$creator',
        '$power',
        '$rules',
        '$user',
      ])
    })

    it('rejects by what an event cites', () => {
      const room = roomOf(version)
      room.state('m.room.topic', '@user:b', {}, { id: '$topic' })
      const fate = fateOf(room, '$topic')
      assert.ok(fate?.fate === 'rejected')
      assert.equal(fate.rule, 'auth.required_level.state_default')
      assert.match(fate.because, /^by its auth_events: .*power 0.*needs 50.*\(\$power\)$/)
    })

    it('rejects by the state before, though what is cited would allow it', () => {
      const room = roomOf(version)
      const create = version.createInAuthEvents ? ['$create'] : []
      room.member('@user:b', 'ban', { sender: '@creator:a', id: '$ban' })
      const auth = [...create, '$power', '$user']
      room.add({ type: 'm.room.message', sender: '@user:b', id: '$late', auth })
      const fate = fateOf(room, '$late')
      assert.ok(fate?.fate === 'rejected')
      assert.match(fate.because, /^by the state before it: .*ban, not join \(\$ban\)$/)
    })

    it('rejects what cites a rejected event, and not its honest children', () => {
      const room = roomOf(version)
      const create = version.createInAuthEvents ? ['$create'] : []
      const levels = { users: { '@user:b': 50 } }
      room.state('m.room.power_levels', '@user:b', levels, { id: '$coup', rejected: true })
      room.state(
        'm.room.topic',
        '@user:b',
        {},
        { id: '$topic', auth: [...create, '$coup', '$user'] },
      )
      room.add({ type: 'm.room.message', sender: '@user:b', id: '$child', after: ['$topic'] })
      assert.equal(ruleOf(room, '$coup'), 'auth.required_level.state_default')
      assert.equal(ruleOf(room, '$topic'), 'auth.auth_events.rejected_entry')
      assert.equal(fateOf(room, '$child')?.fate, 'accepted')
    })

    it('leaves the state as it was at a rejected event', () => {
      const room = roomOf(version)
      const honest = oracle.stateAfter(room.events, ['$user'])
      room.state('m.room.topic', '@user:b', {}, { id: '$topic' })
      assert.deepEqual(oracle.stateAfter(room.events, ['$topic']), honest)
    })

    it('resolves heads, and forgets none of them', () => {
      const room = roomOf(version)
      const fork = { after: ['$user'] }
      room.state('m.room.topic', '@creator:a', {}, { id: '$topic', ...fork, ts: 9000 })
      room.add({ type: 'm.room.message', sender: '@user:b', id: '$message', ...fork })
      room.member('@user:b', 'ban', { sender: '@creator:a', id: '$ban', ...fork })
      const heads = ['$topic', '$message', '$ban']
      const state = stateMapAfter(room.events, heads)
      assert.equal(state.get(stateKey('m.room.member', '@user:b')), '$ban')
      assert.equal(state.get(stateKey('m.room.topic', '')), '$topic')
      assert.equal(stateMapAfter(room.events, ['$message']).size, 5)
      assert.equal(stateMapAfter(room.events, []).size, 0)
    })

    it('judges a merge by the resolved state', () => {
      const room = roomOf(version)
      const fork = { after: ['$user'] }
      room.add({ type: 'm.room.message', sender: '@user:b', id: '$message', ...fork })
      room.member('@user:b', 'ban', { sender: '@creator:a', id: '$ban', ...fork })
      const create = version.createInAuthEvents ? ['$create'] : []
      const auth = [...create, '$power', '$user']
      const merge = { after: ['$message', '$ban'], auth }
      room.add({ type: 'm.room.message', sender: '@user:b', id: '$merge', ...merge })
      assert.equal(ruleOf(room, '$merge'), 'auth.sender_not_joined')
      assert.equal(fateOf(room, '$message')?.fate, 'accepted')
    })

    it('knows the auth chain, for which it needs no parents', () => {
      const room = roomOf(version)
      const create = version.createInAuthEvents ? ['$create'] : []
      const cited = room.events.filter(({ id }) => id !== '$rules')
      const withRules = [...create, '$creator', '$power', '$rules']
      assert.deepEqual(oracle.authChain(room.events, ['$user']), withRules)
      assert.deepEqual(oracle.authChain(cited, ['$power']), [...create, '$creator'])
      throws('missing-event', ['$rules'], () => oracle.authChain(cited, ['$user']))
    })

    it('says what is missing', () => {
      const room = roomOf(version)
      const gapped = room.events.filter(({ id }) => id !== '$power')
      throws('missing-event', ['$power'], () => oracle.fates(gapped))
      throws('missing-event', ['$power'], () => oracle.stateAfter(gapped, ['$user']))
      throws('missing-event', ['$unknown'], () => oracle.stateAfter(room.events, ['$unknown']))
      assert.equal(oracle.stateAfter(gapped, ['$creator']).length, 2)
    })

    it('refuses rings of parents or of auth events', () => {
      const room = roomOf(version)
      room.add({ type: 'x', sender: '@user:b', id: '$a', after: ['$b'] })
      room.add({ type: 'x', sender: '@user:b', id: '$b', after: ['$user'], auth: ['$a'] })
      room.add({ type: 'x', sender: '@user:b', id: '$self', after: ['$self'] })
      throws('cycle', ['$a', '$b', '$self'], () => oracle.fates(room.events))
      throws('cycle', ['$a', '$b'], () => oracle.stateAfter(room.events, ['$b']))
    })

    it('refuses parents of another room', () => {
      const room = roomOf(version)
      room.add({ type: 'x', sender: '@user:b', id: '$stray', roomId: '!elsewhere:b' })
      throws('other-room', ['$stray'], () => oracle.fates(room.events))
    })

    it('says the same of events in any order', () => {
      fc.assert(
        fc.property(anyRoom(version), fc.infiniteStream(fc.nat()), (room, random) => {
          const shuffled = room.events
            .map((event) => ({ event, key: random.next().value ?? 0 }))
            .toSorted((a, b) => a.key - b.key)
            .map(({ event }) => event)
          const heads = headsOf(room)
          const fates = oracle.fates(room.events)
          for (const [id, fate] of oracle.fates(shuffled)) assert.deepEqual(fate, fates.get(id))
          assert.deepEqual(
            oracle.stateAfter(shuffled, heads.toReversed()),
            oracle.stateAfter(room.events, heads),
          )
        }),
      )
    })

    it('agrees with a room that keeps its state step by step', () => {
      fc.assert(
        fc.property(anyRoom(version), (room) => {
          for (const [id, { fate }] of oracle.fates(room.events))
            assert.equal(fate === 'rejected', room.rejected(id), id)
          for (const event of room.events) {
            assert.deepEqual(
              Object.fromEntries(stateMapBefore(room.events, event)),
              Object.fromEntries(room.stateAfter(parentIds(event))),
            )
            assert.deepEqual(
              Object.fromEntries(stateMapAfter(room.events, [event.id])),
              Object.fromEntries(room.stateAfter([event.id])),
            )
          }
        }),
        { numRuns: 40 },
      )
    })
  })

const topics = (version: RoomVersion): (string | undefined)[] => {
  const room = roomOf(version)
  const creator = version.privilegedCreators ? {} : { '@creator:a': 100 }
  const sender = '@creator:a'
  const fork = { after: ['$user'] }
  room.state('m.room.topic', sender, {}, { id: '$theirs', ts: 9000, ...fork })
  const levels = { users: creator, users_default: 1 }
  room.state('m.room.power_levels', sender, levels, { id: '$power1', ...fork })
  room.add({ type: 'x', sender, id: '$merge', after: ['$theirs', '$power1'] })
  room.state('m.room.topic', sender, {}, { id: '$ours', after: ['$power1'], ts: 2000 })
  const heads = ['$merge', '$ours']
  const outcomes = oracle.outcomesAfter(room.events, heads)
  assert.deepEqual(outcomes[0]?.ids, oracle.stateAfter(room.events, heads))
  return outcomes.map(({ ids }) => ids.find((id) => id === '$ours' || id === '$theirs'))
}

describe('the outcomes that the oracle lets pass', () => {
  it('are two where it matters how the auth chain is read, that of the text first', () => {
    assert.deepEqual(topics(roomVersions.v12), ['$ours', '$theirs'])
  })

  it('are one elsewhere', () => {
    assert.deepEqual(topics(roomVersions.v11), ['$ours'])
    const room = roomOf()
    const outcomes = oracle.outcomesAfter(room.events, ['$user'])
    assert.deepEqual(
      outcomes.map(({ ids }) => ids),
      [oracle.stateAfter(room.events, ['$user'])],
    )
  })
})

describe('the oracle on long histories', () => {
  it('judges ten thousand joins in a line', () => {
    const room = roomOf()
    for (let at = 0; at < 10_000; at++) {
      const user = `@user${at}:b`
      const after = [room.last]
      room.events.push(
        room.make({
          type: 'm.room.member',
          sender: user,
          state_key: user,
          content: { membership: 'join' },
          id: `$join${at}`,
          after,
          auth: ['$create', '$power', '$rules'],
        }),
      )
    }
    assert.equal(oracle.stateAfter(room.events, [room.last]).length, 10_005)
  }).timeout(20_000)
})

describe('the oracle on rooms that are not what they say', () => {
  it('rejects an event whose room id is made from no create event', () => {
    const room = new TestRoom(roomVersions.v12)
    const stray = room.make({ type: 'm.room.member', sender: '@a:a', after: [], roomId: '!other' })
    const fates = oracle.fates([...room.events, stray])
    const fate = fates.get(stray.id)
    assert.ok(fate?.fate === 'rejected')
    assert.equal(fate.rule, 'auth.room_id_is_create_event')
  })

  it('rejects everything in a room whose create event is rejected', () => {
    const content = { additional_creators: 'nobody' }
    const room = new TestRoom(roomVersions.v12, '@creator:a', content)
    room.member('@creator:a', 'join', { id: '$creator' })
    assert.equal(ruleOf(room, '$create'), 'auth.create.additional_creators_not_array')
    assert.equal(ruleOf(room, '$creator'), 'auth.room_id_is_create_event')
  })

  it('rejects what cites an event of another room', () => {
    const room = roomOf()
    const sender = '@creator:a'
    const elsewhere = { sender, state_key: '', roomId: '!other:a' }
    const drafts = [
      { type: 'm.room.create', id: '$create2', after: [], content: {} },
      {
        type: 'm.room.member',
        id: '$creator2',
        after: ['$create2'],
        auth: ['$create2'],
        state_key: sender,
        content: { membership: 'join' },
      },
      {
        type: 'm.room.power_levels',
        id: '$power2',
        after: ['$creator2'],
        auth: ['$create2', '$creator2'],
        content: { users: { '@user:b': 100 } },
      },
    ]
    for (const draft of drafts) room.events.push(room.make({ ...elsewhere, ...draft }))
    const auth = ['$create', '$power2', '$user']
    room.state('m.room.topic', '@user:b', {}, { id: '$topic', after: ['$user'], auth })
    assert.equal(fateOf(room, '$power2')?.fate, 'accepted')
    assert.equal(ruleOf(room, '$topic'), 'auth.auth_events.other_room')
  })
})
