import { createIdOf } from '../auth-rules/cited.ts'
import type { Event } from '../event.ts'
import { type Adjacency, NumberedGraph } from '../numbered-graph.ts'
import { citedIds } from '../references.ts'
import type { Resolution } from './resolution.ts'

/**
 * The events of some states with their auth chains. Each has a number, so that the steps of the algorithm work on
 * numbers; what is cited and not at hand has a number too.
 */
export class AuthGraph {
  /** From an event to those that it cites. */
  readonly edges: Adjacency
  readonly #graph: NumberedGraph
  readonly #events: (Event | undefined)[] = []
  readonly #context: Resolution
  readonly #creates = new Map<string, Event | undefined>()

  constructor(starts: Iterable<string>, context: Resolution) {
    const { lookup } = context
    this.#context = context
    this.#graph = new NumberedGraph(starts, (id) => {
      const event = lookup(id)
      this.#events.push(event)
      return event === undefined ? [] : citedIds(event)
    })
    this.edges = this.#graph.edges
  }

  get size(): number {
    return this.#graph.size
  }

  eventAt(node: number): Event | undefined {
    return this.#events[node]
  }

  idOf(node: number): string {
    return this.#graph.ids[node] ?? ''
  }

  nodesOf(ids: Iterable<string>): number[] {
    return this.#graph.nodesOf(ids)
  }

  idsOf(nodes: Iterable<number>): string[] {
    return this.#graph.idsOf(nodes)
  }

  /** The first that the event cites of those with this type and an empty state key. */
  citedAt(node: number, type: string): number | undefined {
    for (let edge = this.edges.start(node); edge < this.edges.end(node); edge++) {
      const cited = this.edges.target(edge)
      const pdu = this.#events[cited]?.pdu
      if (pdu?.type === type && pdu.state_key === '') return cited
    }
    return undefined
  }

  /** The last that the event cites of those with this type and state key, unless it was rejected. */
  soundCitedAt(node: number, type: string, key: string): Event | undefined {
    for (let edge = this.edges.end(node) - 1; edge >= this.edges.start(node); edge--) {
      const event = this.#events[this.edges.target(edge)]
      if (event?.pdu.type === type && event.pdu.state_key === key && this.#isSound(event))
        return event
    }
    return undefined
  }

  /** Where events do not cite the create event: the one that this event's room id stands for. */
  impliedCreateOf({ roomId }: Event): Event | undefined {
    const known = this.#creates.get(roomId)
    if (known !== undefined || this.#context.version.createInAuthEvents) return known
    const create = this.#context.lookup(createIdOf(roomId))
    this.#creates.set(roomId, create)
    return create
  }

  #isSound({ id }: Event): boolean {
    return !this.#context.rejected(id)
  }
}
