import type { Event } from './event.ts'
import { NodeSet, NumberedGraph } from './numbered-graph.ts'
import { citedIds } from './references.ts'

/**
 * Answers undefined for an event that is not at hand, which may change. What it has once answered may be remembered for
 * as long as it is asked: an id is always the same event, redacted or not.
 */
export type EventLookup = (id: string) => Event | undefined

/** The ids that one id points to. */
export type Edges = (id: string) => Iterable<string>

/**
 * Every id that can be reached from `starts` along `edges`; a start only if an edge leads back to it.
 * Time and memory are linear in the ids and edges found; cycles do no harm.
 */
export const reachable = (starts: Iterable<string>, edges: Edges): Set<string> => {
  const found = new Set<string>()
  for (const start of starts) for (const id of edges(start)) found.add(id)
  // What is added while a set is walked comes up too. Starts that are found ask for their edges twice.
  for (const one of found) for (const id of edges(one)) found.add(id)
  return found
}

const authEdges =
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

/**
 * The ids on every path along `edges` that begins and ends in `ends`, ends included.
 */
export const between = (ends: ReadonlySet<string>, edges: Edges): Set<string> => {
  const graph = new NumberedGraph(ends, edges)
  const nodes = new NodeSet(graph.size, graph.nodesOf(ends))
  return new Set(graph.idsOf(graph.edges.between(nodes).nodes))
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
  const graph = new NumberedGraph(ids, edges, { closed: true })
  const all = new NodeSet(graph.size, graph.ids.keys())
  const byId = (a: number, b: number): number => compare(graph.ids[a] ?? '', graph.ids[b] ?? '')
  return graph.idsOf(graph.edges.order(all, byId))
}
