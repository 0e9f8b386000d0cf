import { stringAt } from '../../matrix/content.ts'
import type { EventLookup } from '../../matrix/graph.ts'
import { serverNameOf } from '../../matrix/identifiers.ts'
import { type StateMap, splitStateKey, stateKey } from '../../matrix/state-key.ts'
import { layersOf } from './state.ts'

/** How many joined users each server has; a server without any is not in it. */
type Counts = ReadonlyMap<string, number>

/** States are shared between events, so one count serves all of those. */
const counted = new WeakMap<StateMap, Counts>()

/** Servers with at least one joined user by one state of a room. */
export const serversIn = (state: StateMap, lookup: EventLookup): Iterable<string> =>
  countsOf(state, lookup).keys()

export const isServerIn = (state: StateMap, server: string, lookup: EventLookup): boolean =>
  countsOf(state, lookup).has(server)

/** Joined users of all servers together. */
export const joinedCount = (state: StateMap, lookup: EventLookup): number =>
  [...countsOf(state, lookup).values()].reduce((sum, one) => sum + one, 0)

function countsOf(state: StateMap, lookup: EventLookup): Counts {
  const known = counted.get(state)
  if (known !== undefined) return known
  const layers = layersOf(state)
  const counts = new Map(layers === undefined ? [] : countsOf(layers.base, lookup))
  for (const [place, id] of layers?.changes ?? state) {
    const [type, user] = splitStateKey(place)
    if (type !== 'm.room.member') continue
    const was = isJoin(layers?.base.get(place), lookup)
    count(counts, serverNameOf(user), Number(isJoin(id, lookup)) - Number(was))
  }
  counted.set(state, counts)
  return counts
}

const isJoin = (id: string | undefined, lookup: EventLookup): boolean =>
  id !== undefined && stringAt(lookup(id)?.pdu.content, 'membership') === 'join'

function count(counts: Map<string, number>, server: string, change: number): void {
  const total = (counts.get(server) ?? 0) + change
  if (total > 0) counts.set(server, total)
  else counts.delete(server)
}

/** Joined users by one state. */
export function* joinedIn(state: StateMap, lookup: EventLookup): Iterable<string> {
  for (const [place, id] of state) {
    const [type, user] = splitStateKey(place)
    if (type === 'm.room.member' && isJoin(id, lookup)) yield user
  }
}

/** `leave` where the state says nothing of the user. */
export function membershipIn(state: StateMap, user: string, lookup: EventLookup): string {
  const id = state.get(stateKey('m.room.member', user))
  const event = id === undefined ? undefined : lookup(id)
  return stringAt(event?.pdu.content, 'membership') ?? 'leave'
}
