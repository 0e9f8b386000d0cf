import { stringAt } from '../../matrix/content.ts'
import type { EventLookup } from '../../matrix/graph.ts'
import { serverNameOf } from '../../matrix/identifiers.ts'
import { type StateMap, splitStateKey, stateKey } from '../../matrix/state-key.ts'

/** Who is in a room by one state of it. */
export interface Roster {
  readonly joined: ReadonlySet<string>
  /** Servers with at least one joined user. */
  readonly servers: ReadonlySet<string>
}

/** States are shared between events, so one count serves all of those. */
const counted = new WeakMap<StateMap, Roster>()

export function rosterOf(state: StateMap, lookup: EventLookup): Roster {
  const known = counted.get(state)
  if (known !== undefined) return known
  const joined = new Set<string>()
  for (const [place, id] of state) {
    const [type, user] = splitStateKey(place)
    if (type !== 'm.room.member') continue
    if (stringAt(lookup(id)?.pdu.content, 'membership') === 'join') joined.add(user)
  }
  const roster = { joined, servers: new Set([...joined].map(serverNameOf)) }
  counted.set(state, roster)
  return roster
}

/** `leave` where the state says nothing of the user. */
export function membershipIn(state: StateMap, user: string, lookup: EventLookup): string {
  const id = state.get(stateKey('m.room.member', user))
  const event = id === undefined ? undefined : lookup(id)
  return stringAt(event?.pdu.content, 'membership') ?? 'leave'
}
