import { stringAt } from '../../matrix/content.ts'
import { type StateMap, splitStateKey } from '../../matrix/state-key.ts'
import type { Room } from './room.ts'
import { membershipIn } from './roster.ts'

/**
 * Users by whom a room is known that has neither name nor alias, and none for one that has: the `m.heroes` of
 * client-server-api#get_matrixclientv3sync, joined and invited users in the order of the state, else those who have gone.
 */
export function heroesOf(
  room: Pick<Room, 'lookup' | 'stateEvent'>,
  state: StateMap,
): readonly string[] {
  const names = [
    ['m.room.name', 'name'],
    ['m.room.canonical_alias', 'alias'],
  ] as const
  const isNamed = names.some(([type, key]) => {
    const name = stringAt(room.stateEvent(type, '', state)?.pdu.content, key)
    return name !== undefined && name !== ''
  })
  if (isNamed) return []
  const present: string[] = []
  const gone: string[] = []
  for (const place of state.keys()) {
    const [type, user] = splitStateKey(place)
    if (type !== 'm.room.member') continue
    const membership = membershipIn(state, user, room.lookup)
    if (membership === 'join' || membership === 'invite') present.push(user)
    else if (membership !== 'knock') gone.push(user)
    if (present.length === maxHeroes) break
  }
  return present.length > 0 ? present : gone.slice(0, maxHeroes)
}

const maxHeroes = 5
