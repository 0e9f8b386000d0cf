import type { Event } from '../event.ts'
import type { AuthGraph } from './auth-graph.ts'
import { compareAge, type Resolution } from './resolution.ts'

/** The mainline ordering based on the power levels of the partially resolved state. */
export const mainlineOrder = (
  nodes: readonly number[],
  powerLevels: Event | undefined,
  { graph, context }: { readonly graph: AuthGraph; readonly context: Resolution },
): readonly number[] => {
  const mainline = new Mainline(powerLevels, graph)
  const ranked: Rank[] = []
  for (const node of nodes) {
    const event = graph.eventAt(node)
    if (event !== undefined) ranked.push({ node, event, position: mainline.positionOf(node) })
  }
  ranked.sort(compareRanks)
  if (context.observer !== undefined) {
    const ranks = new Map(ranked.map((rank) => [rank.event.id, rank]))
    context.observer.ordered('other events', [...ranks.keys()], (id) => tellRank(ranks.get(id)))
  }
  return ranked.map(({ node }) => node)
}

const tellRank = (rank: Rank | undefined): string => {
  if (rank === undefined) return 'not at hand'
  const { position, event } = rank
  const where =
    position === Number.POSITIVE_INFINITY ? 'off the mainline' : `mainline position ${position}`
  return `${where}, origin_server_ts ${event.pdu.origin_server_ts}`
}

interface Rank {
  readonly node: number
  readonly event: Event
  /** How far back in the mainline its power levels are; Infinity where they are not on it. */
  readonly position: number
}

const compareRanks = (a: Rank, b: Rank): number => {
  if (a.position !== b.position) return a.position > b.position ? -1 : 1
  return compareAge(a.event, b.event)
}

/** Power levels, those that they cite, and so on. */
class Mainline {
  readonly #graph: AuthGraph
  /** Of power levels; what is found on the way is kept, so that all events together walk each step once. */
  readonly #positions = new Map<number, number>()

  constructor(powerLevels: Event | undefined, graph: AuthGraph) {
    this.#graph = graph
    let [node] = powerLevels === undefined ? [] : graph.nodesOf([powerLevels.id])
    while (node !== undefined && !this.#positions.has(node)) {
      this.#positions.set(node, this.#positions.size)
      node = graph.citedAt(node, 'm.room.power_levels')
    }
  }

  positionOf(start: number): number {
    const first = this.#graph.citedAt(start, 'm.room.power_levels')
    if (first === undefined) return Number.POSITIVE_INFINITY
    return this.#positions.get(first) ?? this.#walk(first)
  }

  #walk(start: number): number {
    const walked = new Set<number>()
    let node: number | undefined = start
    while (node !== undefined && !this.#positions.has(node) && !walked.has(node)) {
      walked.add(node)
      node = this.#graph.citedAt(node, 'm.room.power_levels')
    }
    const position =
      (node === undefined ? undefined : this.#positions.get(node)) ?? Number.POSITIVE_INFINITY
    for (const each of walked) this.#positions.set(each, position)
    return position
  }
}
