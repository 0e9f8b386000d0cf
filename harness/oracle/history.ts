import { createIdOf } from '../matrix/auth-rules/cited.ts'
import type { Event } from '../matrix/event.ts'
import {
  authChain,
  type Edges,
  type EventLookup,
  reachable,
  topologicalOrder,
} from '../matrix/graph.ts'
import { citedIds, parentIds } from '../matrix/references.ts'
import { OracleError } from './oracle-error.ts'

/** Events without gaps, in an order in which every event comes after all that it builds on or cites. */
export interface History {
  readonly order: readonly Event[]
  readonly lookup: EventLookup
}

const byId = (a: string, b: string): number => (a < b ? -1 : Number(a > b))

/**
 * The history of `ids` as it is among `events`; what is not part of it is left aside.
 * Throws OracleError `missing-event`, `cycle` or `other-room`.
 */
export const historyOf = (events: Iterable<Event>, ids: Iterable<string>): History => {
  const known = indexed(events)
  const lookup: EventLookup = (id) => known.get(id)
  const edges: Edges = (id) => precursors(known.get(id), known)
  const starts = [...ids]
  const all = reachable(starts, edges)
  for (const id of starts) all.add(id)
  requireAll(all, known)
  const sorted = topologicalOrder(all, { edges, compare: byId })
  requireNoCycle(all, sorted)
  const order = sorted.map(lookup).filter((event) => event !== undefined)
  requireOneRoom(order, lookup)
  return { order, lookup }
}

/**
 * Every event that `ids` cite over any number of steps; no more than these have to be among `events`.
 * Throws OracleError `missing-event`.
 */
export const authChainOf = (events: Iterable<Event>, ids: readonly string[]): Set<string> => {
  const known = indexed(events)
  const chain = authChain(ids, (id) => known.get(id))
  requireAll(new Set([...ids, ...chain]), known)
  return chain
}

const indexed = (events: Iterable<Event>): Map<string, Event> => {
  const known = new Map<string, Event>()
  for (const event of events) known.set(event.id, event)
  return known
}

/**
 * Parents, cited events, and the create event that a room id stands for. That the latter is missing makes no gap:
 * the rules say what becomes of such an event.
 */
const precursors = (event: Event | undefined, known: ReadonlyMap<string, Event>): string[] => {
  if (event === undefined) return []
  const create = createIdOf(event.roomId)
  const implied =
    event.version.roomIdFromCreate && event.pdu.type !== 'm.room.create' && known.has(create)
  return [...parentIds(event), ...citedIds(event), ...(implied ? [create] : [])]
}

const requireAll = (ids: ReadonlySet<string>, known: ReadonlyMap<string, Event>): void => {
  const missing = [...ids].filter((id) => !known.has(id)).toSorted()
  if (missing.length > 0)
    throw new OracleError('missing-event', missing, 'the history has gaps, without these events')
}

const requireNoCycle = (ids: ReadonlySet<string>, sorted: readonly string[]): void => {
  if (sorted.length === ids.size) return
  const done = new Set(sorted)
  const left = [...ids].filter((id) => !done.has(id)).toSorted()
  throw new OracleError('cycle', left, 'these events are part of a ring or come after one')
}

const requireOneRoom = (order: readonly Event[], lookup: EventLookup): void => {
  const strays = order.filter((event) =>
    parentIds(event).some((id) => lookup(id)?.roomId !== event.roomId),
  )
  if (strays.length > 0)
    throw new OracleError(
      'other-room',
      strays.map(({ id }) => id),
      'these events have parents in another room',
    )
}
