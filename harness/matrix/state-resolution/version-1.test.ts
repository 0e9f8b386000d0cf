import assert from 'node:assert/strict'
import { hash } from 'node:crypto'
import { describe, it } from 'mocha'
import { roomVersions } from '../room-version.ts'
import type { TestRoom } from '../test-room.ts'
import { resolveIn, resolveState } from './resolve-state.ts'
import { fork, holds, power, resolved, roomOf, topic, without } from './test-story.ts'

const { v1 } = roomVersions

const bySha1 = (ids: readonly string[]): string[] =>
  ids.toSorted((a, b) => (hash('sha1', a, 'hex') < hash('sha1', b, 'hex') ? -1 : 1))

/** The same in a chain after `$topic0`, so that each is one deeper. */
const further = (room: TestRoom, count: number): void => {
  for (let at = 0; at < count; at += 1) room.add({ type: 'x', sender: '@creator:a' })
}

describe('state resolution 1', () => {
  it('leaves a single state, and equal ones, as they are', () => {
    const room = roomOf(v1)
    const state = room.stateAfter(['$topic0'])
    assert.deepEqual(resolveState([state], room.lookup, v1), state)
    assert.deepEqual(resolveState([state, state], room.lookup, v1), state)
    assert.deepEqual(resolveState([], room.lookup, v1), new Map())
  })

  it('finds no conflict where some states lack a place', () => {
    const room = roomOf(v1)
    const state = room.stateAfter(['$topic0'])
    const result = resolveState([without(state, '$mod'), without(state, '$user')], room.lookup, v1)
    assert.deepEqual(Object.fromEntries(result), Object.fromEntries(state))
  })

  it('takes the deepest of other state, whatever the clocks say', () => {
    const room = roomOf(v1)
    topic(room, '@mod:b', { ...fork, id: '$shallow', ts: 9000 })
    room.add({ type: 'x', sender: '@mod:b', id: '$between', ...fork })
    topic(room, '@mod:b', { after: ['$between'], id: '$deep', ts: 2000 })
    const result = resolved(room, ['$shallow', '$deep'])
    assert.equal(holds(result, 'topic'), '$deep')
  })

  it('takes of equally deep ones that with the smallest SHA-1 of its id', () => {
    const room = roomOf(v1)
    const state = room.stateAfter(['$topic0'])
    const depth = room.events.length
    const made = ['$a', '$b', '$c', '$d'].map((id) => {
      const event = room.make({ type: 'm.room.topic', sender: '@mod:b', state_key: '', id })
      return { ...event, pdu: { ...event.pdu, depth } }
    })
    const lookup = (id: string) => made.find((event) => event.id === id) ?? room.lookup(id)
    const sets = made.map((event) => new Map(state).set('12:m.room.topic', event.id))
    const ids = made.map(({ id }) => id)
    assert.equal(resolveState(sets, lookup, v1).get('12:m.room.topic'), bySha1(ids)[0])
  })

  it('passes over what is not allowed, and by the text leaves a place empty where nothing is', () => {
    const room = roomOf(v1)
    topic(room, '@mod:b', { ...fork, id: '$lawful' })
    topic(room, '@user:b', { after: ['$lawful'], id: '$unlawful' })
    assert.equal(holds(resolved(room, ['$lawful', '$unlawful']), 'topic'), '$lawful')

    topic(room, '@user:b', { after: ['$lawful'], id: '$worse' })
    topic(room, '@user:b', { after: ['$lawful'], id: '$worst' })
    const sets = ['$unlawful', '$worse', '$worst'].map((id) => room.stateAfter([id]))
    const { lookup, rejected } = room
    const of = (asDeployed: boolean) =>
      holds(resolveIn(sets, { lookup, rejected, version: v1, asDeployed }), 'topic')
    assert.equal(of(false), undefined)
    assert.equal(of(true), '$unlawful')
  })

  it('takes the last power levels of a chain that allows each next one', () => {
    const room = roomOf(v1)
    const users = { '@admin:a': 90, '@mod:b': 50 }
    power(room, '@admin:a', { ...users, '@user:b': 60 }, { ...fork, id: '$first' })
    further(room, 1)
    power(room, '@creator:a', { ...users, '@x:x': 1 }, { ...fork, id: '$twin' })
    power(room, '@admin:a', { ...users, '@user:b': 70 }, { after: ['$first'], id: '$second' })
    power(room, '@mod:b', { ...users, '@mod:b': 100 }, { after: ['$second'], id: '$seized' })
    power(room, '@creator:a', { ...users, '@user:b': 5 }, { after: ['$seized'], id: '$last' })
    const after = (heads: readonly string[]) => holds(resolved(room, heads), 'power')
    assert.equal(after(['$first', '$second']), '$second')
    assert.equal(after(['$second', '$seized']), '$second')
    assert.equal(after(['$second', '$seized', '$last']), '$second')
  })

  it('judges join rules by the resolved power levels, and members by both', () => {
    const room = roomOf(v1)
    power(room, '@creator:a', { '@mod:b': 0 }, { ...fork, id: '$demotion' })
    room.state('m.room.join_rules', '@creator:a', { join_rule: 'invite' }, { id: '$rules1' })
    room.state('m.room.join_rules', '@mod:b', { join_rule: 'public' }, { ...fork, id: '$rules2' })
    const result = resolved(room, ['$rules1', '$rules2'])
    assert.equal(holds(result, 'power'), '$demotion')
    assert.ok(['$rules1', '$rules2'].includes(holds(result, 'rules') ?? ''))
  })

  it('takes the last join rules of a chain too', () => {
    const room = roomOf(v1)
    const rules = { join_rule: 'invite' }
    room.state('m.room.join_rules', '@creator:a', rules, { ...fork, id: '$first' })
    room.state('m.room.join_rules', '@user:b', rules, { id: '$unlawful' })
    room.state('m.room.join_rules', '@creator:a', rules, { id: '$last' })
    const result = resolved(room, ['$first', '$unlawful', '$last'])
    assert.equal(holds(result, 'rules'), '$first')
  })

  it('lets a ban stand against a join at the same depth or above', () => {
    const room = roomOf(v1)
    room.member('@user:b', 'ban', { ...fork, sender: '@admin:a', id: '$ban' })
    room.member('@user:b', 'join', { ...fork, id: '$again', content: { displayname: 'U' } })
    room.add({ type: 'x', sender: '@user:b', id: '$x' })
    room.member('@user:b', 'join', { id: '$third', content: { displayname: 'V' } })
    assert.equal(holds(resolved(room, ['$ban', '$third']), '@user:b'), '$ban')
  })

  it('does without events that are not at hand', () => {
    const room = roomOf(v1)
    const state = room.stateAfter(['$topic0'])
    const ghost = new Map([...state].map(([place]) => [place, '$nowhere']))
    assert.deepEqual(resolveState([state, ghost], room.lookup, v1), state)
    assert.deepEqual(resolveState([ghost, new Map(ghost)], room.lookup, v1), ghost)
    const other = new Map([...state].map(([place]) => [place, '$elsewhere']))
    assert.deepEqual(resolveState([ghost, other], room.lookup, v1), new Map())
  })
})
