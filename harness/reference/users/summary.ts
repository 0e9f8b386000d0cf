import { stringAt } from '../../matrix/content.ts'
import type { JsonObject } from '../../matrix/event.ts'
import type { EventLookup } from '../../matrix/graph.ts'
import { type StateMap, splitStateKey } from '../../matrix/state-key.ts'
import type { RoomStream } from './room-stream.ts'

/** One more than is shown, since the reader is not shown. */
const kept = 6
const shownHeroes = 5

interface Census {
  readonly joined: number
  readonly invited: number
  /** The first who are joined or invited, and the first who were. */
  readonly present: readonly string[]
  readonly past: readonly string[]
}

/** States are shared between events and readers, so one census serves all of those. */
const taken = new WeakMap<StateMap, Census>()

function censusOf(state: StateMap, lookup: EventLookup): Census {
  const known = taken.get(state)
  if (known !== undefined) return known
  const counts = new Map<string, number>()
  const present: string[] = []
  const past: string[] = []
  for (const [place, id] of state) {
    const [type, user] = splitStateKey(place)
    if (type !== 'm.room.member') continue
    const membership = stringAt(lookup(id)?.pdu.content, 'membership') ?? 'leave'
    counts.set(membership, (counts.get(membership) ?? 0) + 1)
    const list = membership === 'join' || membership === 'invite' ? present : past
    if (list.length < kept) list.push(user)
  }
  const census = {
    joined: counts.get('join') ?? 0,
    invited: counts.get('invite') ?? 0,
    present,
    past,
  }
  taken.set(state, census)
  return census
}

export interface Summary {
  readonly joined: number
  readonly invited: number
  /** Whom a room without a name is named after; undefined where it has a name or an alias. */
  readonly heroes: readonly string[] | undefined
}

/** client-server-api#get_matrixclientv3sync, RoomSummary */
export function summaryOf({ room }: RoomStream, state: StateMap, user: string): Summary {
  const { joined, invited, present, past } = censusOf(state, room.lookup)
  const others = present.filter((one) => one !== user)
  const heroes = others.length > 0 ? others : past.filter((one) => one !== user)
  const text = (type: string, field: string) =>
    stringAt(room.stateEvent(type, '', state)?.pdu.content, field) ?? ''
  const isNamed =
    text('m.room.name', 'name') !== '' || text('m.room.canonical_alias', 'alias') !== ''
  return { joined, invited, heroes: isNamed ? undefined : heroes.slice(0, shownHeroes) }
}

export const summaryFields = ({ joined, invited, heroes }: Summary): JsonObject => ({
  'm.joined_member_count': joined,
  'm.invited_member_count': invited,
  ...(heroes === undefined ? {} : { 'm.heroes': heroes }),
})
