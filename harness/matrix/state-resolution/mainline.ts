import type { Event } from '../event.ts'
import type { AuthGraph } from './auth-graph.ts'
import { ranked } from './ranking.ts'
import type { Resolution } from './resolution.ts'

/** The mainline ordering based on the power levels of the partially resolved state. */
export const mainlineOrder = (
  nodes: readonly number[],
  powerLevels: Event | undefined,
  { graph, context }: { readonly graph: AuthGraph; readonly context: Resolution },
): readonly number[] => {
  const mainline = new Mainline(powerLevels, graph)
  const positions = new Float64Array(graph.size)
  for (const node of nodes) positions[node] = mainline.positionOf(node)
  const order = ranked(nodes, (node) => positions[node] ?? 0, graph)
  if (context.observer !== undefined) {
    const byId = new Map(order.map((node) => [graph.idOf(node), node]))
    context.observer.ordered('other events', [...byId.keys()], (id) => {
      const node = byId.get(id)
      return node === undefined ? 'not at hand' : tellRank(positions[node] ?? 0, graph.timeOf(node))
    })
  }
  return order
}

const tellRank = (position: number, time: number): string => {
  const where =
    position === Number.POSITIVE_INFINITY ? 'off the mainline' : `mainline position ${position}`
  return `${where}, origin_server_ts ${time}`
}

/** Power levels, those that they cite, and so on. */
class Mainline {
  readonly #graph: AuthGraph
  /** Of power levels; what is found on the way is kept, so that all events together walk each step once. */
  readonly #positions = new Map<number, number>()

  constructor(powerLevels: Event | undefined, graph: AuthGraph) {
    this.#graph = graph
    let node = powerLevels && graph.nodeOf(powerLevels.id)
    while (node !== undefined && !this.#positions.has(node)) {
      this.#positions.set(node, this.#positions.size)
      node = graph.citedAs(node, 'power levels')
    }
  }

  positionOf(start: number): number {
    const first = this.#graph.citedAs(start, 'power levels')
    if (first === undefined) return Number.POSITIVE_INFINITY
    return this.#positions.get(first) ?? this.#walk(first)
  }

  #walk(start: number): number {
    const walked = new Set<number>()
    let node: number | undefined = start
    while (node !== undefined && !this.#positions.has(node) && !walked.has(node)) {
      walked.add(node)
      node = this.#graph.citedAs(node, 'power levels')
    }
    const position =
      (node === undefined ? undefined : this.#positions.get(node)) ?? Number.POSITIVE_INFINITY
    for (const each of walked) this.#positions.set(each, position)
    return position
  }
}
