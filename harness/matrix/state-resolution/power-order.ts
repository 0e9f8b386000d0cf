import { told } from '../auth-rules/deed.ts'
import type { Event } from '../event.ts'
import { stringAt } from '../content.ts'
import { NodeSet } from '../numbered-graph.ts'
import { powerLevelOf } from '../power.ts'
import type { AuthGraph } from './auth-graph.ts'
import { compareAge, type Resolution } from './resolution.ts'

/** An event that may take from others what they can do: power levels, join rules, kicks and bans. */
const isPowerEvent = ({ pdu }: Event): boolean => {
  const { type, sender, state_key, content } = pdu
  if (state_key === undefined) return false
  if (type === 'm.room.power_levels' || type === 'm.room.join_rules') return true
  if (type !== 'm.room.member' || sender === state_key) return false
  const membership = stringAt(content, 'membership')
  return membership === 'leave' || membership === 'ban'
}

/** The power events of the full conflicted set, with those of their auth chains that belong to it. */
export const powerEventsWithChain = (
  full: NodeSet,
  graph: AuthGraph,
  { asDeployed = false }: Resolution,
): NodeSet => {
  const chosen = new NodeSet(graph.size)
  for (const node of full.nodes) {
    const event = graph.eventAt(node)
    if (event !== undefined && isPowerEvent(event)) chosen.add(node)
  }
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
  const ranks = new Map(chosen.nodes.map((node) => [node, rankOf(node, graph, context)]))
  const compare = (a: number, b: number): number => compareRanks(ranks.get(a), ranks.get(b))
  const nodes = context.asDeployed === true ? chosen : graph.edges.between(chosen)
  const order = graph.edges.order(nodes, compare).filter((node) => chosen.has(node))
  if (context.observer !== undefined) {
    const told = new Map(chosen.nodes.map((node) => [graph.idOf(node), ranks.get(node)]))
    context.observer.ordered('power events', graph.idsOf(order), (id) => tellRank(told.get(id)))
  }
  return order
}

const tellRank = (rank: Rank | undefined): string =>
  rank === undefined
    ? 'not at hand'
    : `sender's power ${told(rank.power)}, origin_server_ts ${rank.event.pdu.origin_server_ts}`

interface Rank {
  readonly event: Event
  /** Of the sender, by what the event cites. */
  readonly power: number
}

const rankOf = (node: number, graph: AuthGraph, { version }: Resolution): Rank | undefined => {
  const event = graph.eventAt(node)
  if (event === undefined) return undefined
  const powerLevels = citedEvent(node, 'm.room.power_levels', graph)
  const create = version.createInAuthEvents
    ? citedEvent(node, 'm.room.create', graph)
    : graph.impliedCreateOf(event)
  return { event, power: powerLevelOf(event.pdu.sender, powerLevels, create, version) }
}

const citedEvent = (node: number, type: string, graph: AuthGraph): Event | undefined => {
  const cited = graph.citedAt(node, type)
  return cited === undefined ? undefined : graph.eventAt(cited)
}

const compareRanks = (a: Rank | undefined, b: Rank | undefined): number => {
  if (a === undefined || b === undefined) return Number(b === undefined) - Number(a === undefined)
  if (a.power !== b.power) return a.power > b.power ? -1 : 1
  return compareAge(a.event, b.event)
}
