import { told } from '../auth-rules/deed.ts'
import type { Event } from '../event.ts'
import { stringAt } from '../content.ts'
import { authEdges, between, type Edges, reachable, topologicalOrder } from '../graph.ts'
import { powerLevelOf } from '../power.ts'
import { citedState, compareAge, type Resolution } from './resolution.ts'

/** An event that may take from others what they can do: power levels, join rules, kicks and bans. */
const isPowerEvent = ({ pdu }: Event): boolean => {
  const { type, sender, state_key, content } = pdu
  if (state_key === undefined) return false
  if (type === 'm.room.power_levels' || type === 'm.room.join_rules') return true
  const membership = stringAt(content, 'membership')
  const removes = membership === 'leave' || membership === 'ban'
  return type === 'm.room.member' && removes && sender !== state_key
}

/** The power events of the full conflicted set, with those of their auth chains that belong to it. */
export const powerEventsWithChain = (
  full: ReadonlySet<string>,
  { lookup, asDeployed }: Resolution,
): Set<string> => {
  const chosen = new Set<string>()
  for (const id of full) {
    const event = lookup(id)
    if (event !== undefined && isPowerEvent(event)) chosen.add(id)
  }
  const all = authEdges(lookup)
  const edges: Edges = asDeployed ? (id) => [...all(id)].filter((cited) => full.has(cited)) : all
  for (const id of reachable([...chosen], edges)) if (full.has(id)) chosen.add(id)
  return chosen
}

/**
 * The reverse topological power ordering. Two events may hang together through auth events that are not to be ordered;
 * those take part in the sorting and go before all others, so that they hold up nobody, and are left out in the end.
 */
export const powerOrder = (ids: ReadonlySet<string>, context: Resolution): string[] => {
  const edges = authEdges(context.lookup)
  const ranks = new Map([...ids].map((id) => [id, rankOf(id, context)]))
  const compare = (a: string, b: string): number => compareRanks(ranks.get(a), ranks.get(b))
  const nodes = context.asDeployed ? ids : between(ids, edges)
  const order = topologicalOrder(nodes, { edges, compare }).filter((id) => ids.has(id))
  context.observer?.ordered('power events', order, (id) => tellRank(ranks.get(id)))
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

const rankOf = (id: string, context: Resolution): Rank | undefined => {
  const event = context.lookup(id)
  if (event === undefined) return undefined
  const powerLevels = citedState(event, 'm.room.power_levels', context)
  const create = citedState(event, 'm.room.create', context)
  return { event, power: powerLevelOf(event.pdu.sender, powerLevels, create, context.version) }
}

const compareRanks = (a: Rank | undefined, b: Rank | undefined): number => {
  if (a === undefined || b === undefined) return Number(b === undefined) - Number(a === undefined)
  if (a.power !== b.power) return a.power > b.power ? -1 : 1
  return compareAge(a.event, b.event)
}
