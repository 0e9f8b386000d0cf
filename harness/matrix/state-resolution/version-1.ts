import { hash } from 'node:crypto'
import { authorize } from '../auth-rules/authorize.ts'
import type { AuthState } from '../auth-rules/deed.ts'
import type { Event } from '../event.ts'
import { type StateKey, type StateMap, splitStateKey, stateKey } from '../state-key.ts'
import type { Pass } from './observer.ts'
import { compareIds, type Resolution } from './resolution.ts'

type Conflict = readonly [place: StateKey, candidates: readonly Event[]]

/**
 * The algorithm of the first room version. A place that some states lack is no conflict. Memberships of different users
 * are resolved side by side: none is judged by another, so that their order does not matter.
 * Clause: rooms/v1#state-resolution
 */
export const resolveFirst = (sets: readonly StateMap[], context: Resolution): StateMap => {
  const { agreed, conflicts } = separateFirst(sets, context)
  const resolved = new Map(agreed)
  for (const pass of ['power levels', 'join rules', 'memberships', 'other state'] as const) {
    const winners = conflicts
      .filter(([place]) => passOf(place) === pass)
      .map(([place, candidates]) => {
        const contest = { pass, place, candidates, state: resolved }
        const winner =
          pass === 'other state' ? deepestAllowed(contest, context) : lastOfChain(contest, context)
        return { place, winner }
      })
    for (const { place, winner } of winners)
      if (winner !== undefined) resolved.set(place, winner.id)
  }
  return resolved
}

const passOf = (place: StateKey): Pass => {
  if (place === stateKey('m.room.power_levels', '')) return 'power levels'
  const [type] = splitStateKey(place)
  if (type === 'm.room.join_rules') return 'join rules'
  return type === 'm.room.member' ? 'memberships' : 'other state'
}

/** Of the events in conflict only those that are at hand; where that is one, there is no conflict. */
const separateFirst = (
  sets: readonly StateMap[],
  { lookup }: Resolution,
): { agreed: Map<StateKey, string>; conflicts: Conflict[] } => {
  const values = new Map<StateKey, Set<string>>()
  for (const set of sets)
    for (const [place, id] of set) {
      const ids = values.get(place)
      if (ids === undefined) values.set(place, new Set([id]))
      else ids.add(id)
    }
  const agreed = new Map<StateKey, string>()
  const conflicts: Conflict[] = []
  for (const [place, ids] of values) {
    const events = [...ids].map(lookup).filter((event) => event !== undefined)
    const only = ids.size === 1 ? [...ids][0] : events[0]?.id
    if (events.length > 1) conflicts.push([place, events])
    else if (only !== undefined) agreed.set(place, only)
  }
  return { agreed, conflicts }
}

interface Contest {
  readonly pass: Pass
  readonly place: StateKey
  readonly candidates: readonly Event[]
  /** What is resolved so far. */
  readonly state: StateMap
}

/** By ascending depth: the first is taken as it is, each next one if those before it allow it, until one is refused. */
const lastOfChain = (contest: Contest, context: Resolution): Event | undefined => {
  const { place, state, pass } = contest
  const order = sortedByDepth(contest.candidates).toReversed()
  tellOrder(pass, order, context)
  let winner: Event | undefined
  for (const event of order) {
    const holder = winner
    const refusal =
      holder && authorize(event, stateWith(state, place, { holder, context }), context.version)
    context.observer?.judged(event.id, refusal)
    if (refusal !== undefined) break
    winner = event
  }
  return winner
}

/**
 * By descending depth the first that is allowed. Where none is, the text knows no winner; servers keep the last.
 */
const deepestAllowed = (contest: Contest, context: Resolution): Event | undefined => {
  const { place, state, pass } = contest
  const order = sortedByDepth(contest.candidates)
  tellOrder(pass, order, context)
  const auth = stateWith(state, place, { holder: undefined, context })
  for (const event of order) {
    const refusal = authorize(event, auth, context.version)
    context.observer?.judged(event.id, refusal)
    if (refusal === undefined) return event
  }
  return context.asDeployed === true ? order.at(-1) : undefined
}

const stateWith =
  (
    state: StateMap,
    place: StateKey,
    { holder, context }: { readonly holder: Event | undefined; readonly context: Resolution },
  ): AuthState =>
  (type, key) => {
    const wanted = stateKey(type, key)
    if (wanted === place) return holder
    const id = state.get(wanted)
    return id === undefined ? undefined : context.lookup(id)
  }

/** The deepest first, of equals the one whose id has the smallest SHA-1. */
const sortedByDepth = (events: readonly Event[]): Event[] =>
  events
    .map((event) => ({ event, digest: digestOf(event.id) }))
    .toSorted((a, b) => b.event.pdu.depth - a.event.pdu.depth || compareIds(a.digest, b.digest))
    .map(({ event }) => event)

const digestOf = (id: string): string => hash('sha1', id, 'hex')

const tellOrder = (pass: Pass, order: readonly Event[], { observer, lookup }: Resolution): void =>
  observer?.ordered(
    pass,
    order.map(({ id }) => id),
    (id) => `depth ${lookup(id)?.pdu.depth}, SHA-1 of the id ${digestOf(id).slice(0, 8)}…`,
  )
