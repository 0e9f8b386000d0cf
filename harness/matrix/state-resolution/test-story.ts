import assert from 'node:assert/strict'
import type { RoomVersion } from '../room-version.ts'
import { type StateMap, stateKey } from '../state-key.ts'
import { type TestDraft, TestRoom } from '../test-room.ts'
import { resolveState } from './resolve-state.ts'

/** What the creator needs in `users` to keep power where it is not theirs by being creator. */
const listed = (version: RoomVersion): Record<string, number> =>
  version.privilegedCreators ? {} : { '@creator:a': 100 }

/**
 * A public room with `@creator:a`, `@admin:a` (90), `@mod:b` (50) and `@user:b`:
 * `$create $creator $power0 $rules0 $admin $mod $user $topic0`.
 */
export const roomOf = (version: RoomVersion): TestRoom => {
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
export const resolved = (room: TestRoom, heads: readonly string[]): StateMap => {
  const sets = heads.map((head) => room.stateAfter([head]))
  const result = resolveState(sets, room.lookup, room.version)
  const backwards = resolveState(sets.toReversed(), room.lookup, room.version)
  assert.deepEqual(Object.fromEntries(backwards), Object.fromEntries(result))
  return result
}

export const holds = (state: StateMap, place: string): string | undefined =>
  state.get(places[place] ?? stateKey('m.room.member', place))

export const fork = { after: ['$topic0'] }

export const topic = (room: TestRoom, sender: string, rest: Partial<TestDraft>): string =>
  room.state('m.room.topic', sender, { topic: rest.id ?? '' }, rest).id

export const power = (
  room: TestRoom,
  sender: string,
  users: Record<string, number>,
  rest: Partial<TestDraft>,
) =>
  room.state('m.room.power_levels', sender, { users: { ...listed(room.version), ...users } }, rest)
    .id

/** The state with these in their places, whether or not that could have come about. */
export const withState = (room: TestRoom, base: StateMap, ids: readonly string[]): StateMap => {
  const state = new Map(base)
  for (const id of ids) {
    const event = room.lookup(id)
    if (event?.pdu.state_key !== undefined)
      state.set(stateKey(event.pdu.type, event.pdu.state_key), id)
  }
  return state
}

export const without = (base: StateMap, id: string): StateMap =>
  new Map([...base].filter(([, each]) => each !== id))
