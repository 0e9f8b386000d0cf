import type { Event } from '../../matrix/event.ts'
import { parentIds } from '../../matrix/references.ts'
import type { Node } from '../store/store.ts'

/** `new`: seen for the first time, however late; `history`: fetched because someone looked further back. */
export type Arrival = 'new' | 'history'

/** The forward extremities: accepted events that no accepted event cites, be it over rejected or soft-failed ones. */
export class Heads {
  readonly #node: (eventId: string) => Node | undefined
  readonly #heads = new Map<string, Event>()
  /** Cited by something accepted, so that they are no heads when they come late. */
  readonly #cited = new Set<string>()

  constructor(node: (eventId: string) => Node | undefined) {
    this.#node = node
  }

  get ids(): readonly string[] {
    return [...this.#heads.keys()]
  }

  get events(): readonly Event[] {
    return [...this.#heads.values()].toSorted((a, b) => b.pdu.depth - a.pdu.depth)
  }

  advance(event: Event, arrival: Arrival): void {
    const open = [...parentIds(event)]
    for (let id = open.pop(); id !== undefined; id = open.pop()) {
      if (this.#cited.has(id)) continue
      this.#cited.add(id)
      this.#heads.delete(id)
      const node = this.#node(id)
      if (node !== undefined && node.standing !== 'accepted') open.push(...parentIds(node.event))
    }
    if (arrival === 'new' && !this.#cited.has(event.id)) this.#heads.set(event.id, event)
  }

  clear(): void {
    this.#heads.clear()
  }
}
