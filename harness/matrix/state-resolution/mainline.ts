import type { Event } from '../event.ts'
import { type StateMap, stateKey } from '../state-key.ts'
import { citedState, compareAge, type Resolution } from './resolution.ts'

/** The mainline ordering based on the power levels of `partial`. */
export const mainlineOrder = (
  ids: readonly string[],
  partial: StateMap,
  context: Resolution,
): string[] => {
  const positions = mainlineOf(partial.get(stateKey('m.room.power_levels', '')), context)
  const ranked = ids
    .map(context.lookup)
    .filter((event) => event !== undefined)
    .map((event) => ({ event, position: positionOf(event, positions, context) }))
    .toSorted(compareRanks)
  const order = ranked.map(({ event }) => event.id)
  if (context.observer !== undefined) {
    const ranks = new Map(ranked.map((rank) => [rank.event.id, rank]))
    context.observer.ordered('other events', order, (id) => tellRank(ranks.get(id)))
  }
  return order
}

const tellRank = (rank: Rank | undefined): string => {
  if (rank === undefined) return 'not at hand'
  const { position, event } = rank
  const where =
    position === Number.POSITIVE_INFINITY ? 'off the mainline' : `mainline position ${position}`
  return `${where}, origin_server_ts ${event.pdu.origin_server_ts}`
}

interface Rank {
  readonly event: Event
  /** How far back in the mainline its power levels are; Infinity where they are not on it. */
  readonly position: number
}

const compareRanks = (a: Rank, b: Rank): number => {
  if (a.position !== b.position) return a.position > b.position ? -1 : 1
  return compareAge(a.event, b.event)
}

/** Position by id of the power levels `id`, those that it cites, and so on. */
const mainlineOf = (id: string | undefined, context: Resolution): Map<string, number> => {
  const positions = new Map<string, number>()
  let event = id === undefined ? undefined : context.lookup(id)
  while (event !== undefined && !positions.has(event.id)) {
    positions.set(event.id, positions.size)
    event = citedState(event, 'm.room.power_levels', context)
  }
  return positions
}

/** What is found on the way is written into `positions`, so that all events together walk each step once. */
const positionOf = (event: Event, positions: Map<string, number>, context: Resolution): number => {
  const walked = new Set<string>()
  let at = citedState(event, 'm.room.power_levels', context)
  while (at !== undefined && !positions.has(at.id) && !walked.has(at.id)) {
    walked.add(at.id)
    at = citedState(at, 'm.room.power_levels', context)
  }
  const position = (at && positions.get(at.id)) ?? Number.POSITIVE_INFINITY
  for (const id of walked) positions.set(id, position)
  return position
}
