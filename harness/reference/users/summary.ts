import { stringAt } from '../../matrix/content.ts'
import type { JsonObject } from '../../matrix/event.ts'
import type { EventLookup } from '../../matrix/graph.ts'
import { type StateMap, splitStateKey, stateKey } from '../../matrix/state-key.ts'
import { layersOf } from '../rooms/state.ts'
import type { RoomStream } from './room-stream.ts'

const shownHeroes = 5

interface Counts {
  readonly join: number
  readonly invite: number
}

/** States are shared between events and readers, so one count serves all of those. */
const counted = new WeakMap<StateMap, Counts>()

/** From the counts of the state that this one came from, as far as it shares anything with it. */
function countsOf(state: StateMap, lookup: EventLookup): Counts {
  const known = counted.get(state)
  if (known !== undefined) return known
  const layers = layersOf(state)
  const counts = {
    ...(layers === undefined ? { join: 0, invite: 0 } : countsOf(layers.base, lookup)),
  }
  for (const [place, id] of layers?.changes ?? state) {
    if (!place.startsWith(memberPrefix)) continue
    const was = layers?.base.get(place)
    if (was !== undefined) count(counts, membershipOf(was, lookup), -1)
    count(counts, membershipOf(id, lookup), 1)
  }
  counted.set(state, counts)
  return counts
}

const memberPrefix = stateKey('m.room.member', '')

const membershipOf = (id: string, lookup: EventLookup): string | undefined =>
  stringAt(lookup(id)?.pdu.content, 'membership')

function count(
  counts: { join: number; invite: number },
  membership: string | undefined,
  by: number,
) {
  if (membership === 'join' || membership === 'invite') counts[membership] += by
}

/** Places in the order in which they were taken first, without a copy of the whole. */
function* placesOf(state: StateMap): Iterable<readonly [string, string]> {
  const layers = layersOf(state)
  if (layers === undefined) {
    yield* state
    return
  }
  for (const [place, id] of layers.base) yield [place, layers.changes.get(place) ?? id]
  for (const [place, id] of layers.changes) if (!layers.base.has(place)) yield [place, id]
}

/** The first who are there or invited; in their absence the first who were. */
function heroesOf(state: StateMap, lookup: EventLookup, user: string): readonly string[] {
  const present: string[] = []
  const past: string[] = []
  for (const [place, id] of placesOf(state)) {
    if (!place.startsWith(memberPrefix)) continue
    const [, one] = splitStateKey(place)
    const membership = one === user ? undefined : membershipOf(id, lookup)
    if (membership === 'join' || membership === 'invite') present.push(one)
    else if (membership !== undefined && past.length < shownHeroes) past.push(one)
    if (present.length === shownHeroes) break
  }
  return present.length > 0 ? present : past
}

export interface Summary {
  readonly joined: number
  readonly invited: number
  /** Whom a room without a name is named after; undefined where it has a name or an alias. */
  readonly heroes: readonly string[] | undefined
}

/** client-server-api#get_matrixclientv3sync, RoomSummary */
export function summaryOf({ room }: RoomStream, state: StateMap, user: string): Summary {
  const { join, invite } = countsOf(state, room.lookup)
  const text = (type: string, field: string) =>
    stringAt(room.stateEvent(type, '', state)?.pdu.content, field) ?? ''
  const isNamed =
    text('m.room.name', 'name') !== '' || text('m.room.canonical_alias', 'alias') !== ''
  const heroes = isNamed ? undefined : heroesOf(state, room.lookup, user)
  return { joined: join, invited: invite, heroes }
}

export const summaryFields = ({ joined, invited, heroes }: Summary): JsonObject => ({
  'm.joined_member_count': joined,
  'm.invited_member_count': invited,
  ...(heroes === undefined ? {} : { 'm.heroes': heroes }),
})
