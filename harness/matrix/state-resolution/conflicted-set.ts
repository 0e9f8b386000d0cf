import { NodeSet } from '../numbered-graph.ts'
import type { AuthGraph } from './auth-graph.ts'
import type { Resolution } from './resolution.ts'

/**
 * The conflicted state set with the auth difference and, from v2.1, the conflicted state subgraph. Of these only the
 * state events that are at hand.
 */
export const fullConflictedSet = (
  graph: AuthGraph,
  { version, asDeployed = false }: Resolution,
): NodeSet => {
  const conflicted = new NodeSet(graph.size)
  for (const nodes of graph.conflictedIn) for (const node of nodes) conflicted.add(node)
  const parts = [conflicted, authDifference(graph, asDeployed)]
  if (version.stateResolution === 'v2.1') parts.push(conflictedSubgraph(conflicted, graph))
  const full = new NodeSet(graph.size)
  for (const { nodes } of parts)
    for (const node of nodes) if (graph.is(node, 'state')) full.add(node)
  return full
}

/**
 * The events that are in the auth chain of some states, and not of all. What all states hold is walked once for all of
 * them, and from what they do not no further than there. Of events in conflict it does not matter whether they count
 * for their own state: they belong to the full conflicted set anyway.
 */
export const authDifference = (graph: AuthGraph, asDeployed: boolean): NodeSet => {
  const { agreed, conflictedIn } = graph
  const common = graph.edges.closure(agreed)
  const ofAll = asDeployed ? common : graph.edges.targetsOf(common.nodes)
  const chains = new ChainCount(graph, common)
  for (const [at, nodes] of conflictedIn.entries()) chains.add(nodes, at + 1)
  const difference = new NodeSet(graph.size)
  for (const node of chains.found.nodes)
    if (!ofAll.has(node) && chains.countOf(node) < conflictedIn.length) difference.add(node)
  return difference
}

/** Counts the states in whose auth chains an event is. */
class ChainCount {
  readonly found: NodeSet
  readonly #graph: AuthGraph
  /** Nodes from which nothing new can be reached. */
  readonly #common: NodeSet
  readonly #counts: Int32Array
  /** The last state in whose chain the node was found. */
  readonly #foundBy: Int32Array

  constructor(graph: AuthGraph, common: NodeSet) {
    this.found = new NodeSet(graph.size)
    this.#graph = graph
    this.#common = common
    this.#counts = new Int32Array(graph.size)
    this.#foundBy = new Int32Array(graph.size)
  }

  countOf(node: number): number {
    return this.#counts[node] ?? 0
  }

  /** `number`: of the state, from one on. */
  add(state: readonly number[], number: number): void {
    const { edges } = this.#graph
    const toWalk = state.filter((node) => !this.#common.has(node))
    for (let node = toWalk.pop(); node !== undefined; node = toWalk.pop())
      for (let edge = edges.start(node); edge < edges.end(node); edge++) {
        const cited = edges.target(edge)
        if (this.#foundBy[cited] === number) continue
        this.#foundBy[cited] = number
        this.#counts[cited] = this.countOf(cited) + 1
        this.found.add(cited)
        if (!this.#common.has(cited)) toWalk.push(cited)
      }
  }
}

/** The events on every path through auth_events from one conflicted event to another, both included. */
export const conflictedSubgraph = (conflicted: NodeSet, graph: AuthGraph): NodeSet =>
  graph.edges.between(conflicted)
