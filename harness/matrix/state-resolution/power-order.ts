import { told } from '../auth-rules/deed.ts'
import type { Event } from '../event.ts'
import { NodeSet } from '../numbered-graph.ts'
import { powerLevelOf } from '../power.ts'
import type { AuthGraph } from './auth-graph.ts'
import { ranked } from './ranking.ts'
import type { Resolution } from './resolution.ts'

/** The power events of the full conflicted set, with those of their auth chains that belong to it. */
export const powerEventsWithChain = (
  full: NodeSet,
  graph: AuthGraph,
  { asDeployed = false }: Resolution,
): NodeSet => {
  const chosen = new NodeSet(graph.size)
  for (const node of full.nodes) if (graph.is(node, 'power event')) chosen.add(node)
  if (asDeployed) return closureWithin(full, chosen, graph)
  for (const node of graph.edges.closure(chosen.nodes).nodes) if (full.has(node)) chosen.add(node)
  return chosen
}

/** `chosen` with all that it leads to without leaving `full`. */
const closureWithin = (full: NodeSet, chosen: NodeSet, { edges }: AuthGraph): NodeSet => {
  for (let at = 0; at < chosen.nodes.length; at++) {
    const node = chosen.nodes[at] ?? 0
    for (let edge = edges.start(node); edge < edges.end(node); edge++)
      if (full.has(edges.target(edge))) chosen.add(edges.target(edge))
  }
  return chosen
}

/**
 * The reverse topological power ordering. Two events may hang together through auth events that are not to be ordered;
 * those take part in the sorting and go before all others, so that they hold up nobody, and are left out in the end.
 */
export const powerOrder = (
  chosen: NodeSet,
  graph: AuthGraph,
  context: Resolution,
): readonly number[] => {
  const powers = new Float64Array(graph.size).fill(Number.NaN)
  const power = (node: number): number => senderPower(node, graph, context)
  for (const node of chosen.nodes) powers[node] = graph.powerOf(node, power)
  const nodes = context.asDeployed === true ? chosen : graph.edges.between(chosen)
  const ranks = new Int32Array(graph.size)
  for (const [rank, node] of ranked(
    nodes.nodes,
    (each) => powers[each] ?? Number.NaN,
    graph,
  ).entries())
    ranks[node] = rank
  const compare = (a: number, b: number): number => (ranks[a] ?? 0) - (ranks[b] ?? 0)
  const order = graph.edges.order(nodes, compare).filter((node) => chosen.has(node))
  if (context.observer !== undefined) {
    const byId = new Map(chosen.nodes.map((node) => [graph.idOf(node), node]))
    context.observer.ordered(
      'power events',
      order.map((node) => graph.idOf(node)),
      (id) => {
        const node = byId.get(id)
        return node === undefined ? 'not at hand' : tellRank(powers[node] ?? 0, graph.timeOf(node))
      },
    )
  }
  return order
}

const tellRank = (power: number, time: number): string =>
  `sender's power ${told(power)}, origin_server_ts ${time}`

/** By what the event cites; NaN where it is not at hand. */
const senderPower = (node: number, graph: AuthGraph, { version }: Resolution): number => {
  const event = graph.eventAt(node)
  if (event === undefined) return Number.NaN
  const powerLevels = citedEvent(node, 'power levels', graph)
  const create = version.createInAuthEvents
    ? citedEvent(node, 'create', graph)
    : graph.impliedCreateOf(event)
  return powerLevelOf(graph.senderOf(node), powerLevels, create, version)
}

const citedEvent = (
  node: number,
  role: 'power levels' | 'create',
  graph: AuthGraph,
): Event | undefined => {
  const cited = graph.citedAs(node, role)
  return cited === undefined ? undefined : graph.eventAt(cited)
}
