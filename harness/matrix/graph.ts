import type { Event } from './event.ts'
import { Heap } from './heap.ts'
import { citedIds } from './references.ts'

/** Answers undefined for an event that is not at hand. */
export type EventLookup = (id: string) => Event | undefined

/** The ids that one id points to. */
export type Edges = (id: string) => Iterable<string>

/**
 * Every id that can be reached from `starts` along `edges`; a start only if an edge leads back to it.
 * Time and memory are linear in the ids and edges found; cycles do no harm.
 */
export const reachable = (starts: Iterable<string>, edges: Edges): Set<string> => {
  const found = new Set<string>()
  const expanded = new Set<string>()
  const open = [...starts]
  for (let id = open.pop(); id !== undefined; id = open.pop()) {
    if (expanded.has(id)) continue
    expanded.add(id)
    for (const next of edges(id)) {
      found.add(next)
      if (!expanded.has(next)) open.push(next)
    }
  }
  return found
}

export const authEdges =
  (lookup: EventLookup): Edges =>
  (id) => {
    const event = lookup(id)
    return event === undefined ? [] : citedIds(event)
  }

/**
 * Every event cited by `ids` through auth_events, over any number of steps, without `ids` themselves unless they are
 * cited too. An event that is cited but not at hand is in the answer and leads no further.
 */
export const authChain = (ids: Iterable<string>, lookup: EventLookup): Set<string> =>
  reachable(ids, authEdges(lookup))

/** Every edge turned round, among `ids` only. */
const reversed = (ids: Iterable<string>, edges: Edges): Map<string, string[]> => {
  const back = new Map<string, string[]>()
  for (const id of ids) back.set(id, [])
  for (const id of back.keys()) for (const next of edges(id)) back.get(next)?.push(id)
  return back
}

/**
 * The ids on every path along `edges` that begins and ends in `ends`, ends included.
 */
export const between = (ends: ReadonlySet<string>, edges: Edges): Set<string> => {
  const below = reachable(ends, edges)
  for (const id of ends) below.add(id)
  const back = reversed(below, edges)
  const above = reachable(ends, (id) => back.get(id) ?? [])
  for (const id of ends) above.add(id)
  return above
}

export interface Ordering {
  /** What an id has to come after. Edges to ids outside of those to be ordered are passed over. */
  readonly edges: Edges
  /** Negative where `a` goes first, should neither have to. */
  readonly compare: (a: string, b: string) => number
}

/**
 * The smallest topological ordering of `ids`: of those that may come next, always the first by `compare`.
 * An id that waits for itself, over whatever detour, is left out, and so is all that waits for it.
 */
export const topologicalOrder = (ids: Iterable<string>, { edges, compare }: Ordering): string[] => {
  const waiters = reversed(ids, edges)
  const waitsFor = new Map([...waiters.keys()].map((id) => [id, 0]))
  for (const id of [...waiters.values()].flat()) waitsFor.set(id, (waitsFor.get(id) ?? 0) + 1)
  const ready = new Heap(compare)
  for (const [id, count] of waitsFor) if (count === 0) ready.push(id)
  const order: string[] = []
  for (let id = ready.pop(); id !== undefined; id = ready.pop()) {
    order.push(id)
    for (const waiter of waiters.get(id) ?? []) {
      const left = (waitsFor.get(waiter) ?? 0) - 1
      waitsFor.set(waiter, left)
      if (left === 0) ready.push(waiter)
    }
  }
  return order
}
