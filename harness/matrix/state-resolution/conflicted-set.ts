import { NodeSet } from '../numbered-graph.ts'
import type { AuthGraph } from './auth-graph.ts'
import type { Resolution } from './resolution.ts'

/**
 * The conflicted state set with the auth difference and, from v2.1, the conflicted state subgraph. Of these only the
 * state events that are at hand.
 */
export const fullConflictedSet = (
  graph: AuthGraph,
  { version, asDeployed }: Resolution,
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
export const authDifference = (graph: AuthGraph, asDeployed = false): NodeSet => {
  const { agreed, conflictedIn } = graph
  const common = graph.edges.closure(agreed)
  const ofAll = asDeployed ? common : graph.edges.targetsOf(common.nodes)
  const chains = new ChainCount(graph, common)
  for (const nodes of conflictedIn) chains.add(nodes)
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
  /** The number of the last state in whose chain the node was found, and from which it is walked. */
  readonly #foundBy: Int32Array
  readonly #walkedBy: Int32Array
  #states = 0

  constructor(graph: AuthGraph, common: NodeSet) {
    this.found = new NodeSet(graph.size)
    this.#graph = graph
    this.#common = common
    this.#counts = new Int32Array(graph.size)
    this.#foundBy = new Int32Array(graph.size)
    this.#walkedBy = new Int32Array(graph.size)
  }

  countOf(node: number): number {
    return this.#counts[node] ?? 0
  }

  add(state: readonly number[]): void {
    const { edges } = this.#graph
    this.#states++
    const toWalk = state.filter((node) => this.#isNew(node))
    for (let node = toWalk.pop(); node !== undefined; node = toWalk.pop())
      for (let edge = edges.start(node); edge < edges.end(node); edge++) {
        const cited = edges.target(edge)
        if (this.#find(cited) && this.#isNew(cited)) toWalk.push(cited)
      }
  }

  /** Answers whether it was not found before in this state's chain. */
  #find(node: number): boolean {
    if (this.#foundBy[node] === this.#states) return false
    this.#foundBy[node] = this.#states
    this.#counts[node] = this.countOf(node) + 1
    this.found.add(node)
    return true
  }

  /** Whether the state has to be walked from there, which it has to be once. */
  #isNew(node: number): boolean {
    if (this.#walkedBy[node] === this.#states || this.#common.has(node)) return false
    this.#walkedBy[node] = this.#states
    return true
  }
}

/** The events on every path through auth_events from one conflicted event to another, both included. */
export const conflictedSubgraph = (conflicted: NodeSet, graph: AuthGraph): NodeSet =>
  graph.edges.between(conflicted)
