import type { Event } from '../../matrix/event.ts'
import { parentIds } from '../../matrix/references.ts'
import { type Arrival, isPlaced, type Node, type Store, type Table } from '../store/store.ts'

/** The forward extremities: accepted events that no accepted event cites, be it over rejected or soft-failed ones. */
export class Heads {
  readonly #roomId: string
  readonly #node: (eventId: string) => Node | undefined
  readonly #kept: Table<readonly string[]>
  /** Cited by something accepted, and not accepted themselves or not known: no heads even if they become so. */
  readonly #cited: Table<true>
  readonly #heads: Set<string>

  /** Goes on from what the store has of the room. */
  constructor(roomId: string, store: Store, node: (eventId: string) => Node | undefined) {
    this.#roomId = roomId
    this.#node = node
    this.#kept = store.table('heads')
    this.#cited = store.table('cited')
    this.#heads = new Set(this.#kept.get(roomId))
  }

  get ids(): readonly string[] {
    return [...this.#heads]
  }

  /** The deepest first. */
  get events(): readonly Event[] {
    const events = this.ids.flatMap((id) => this.#node(id)?.event ?? [])
    return events.toSorted((a, b) => b.pdu.depth - a.pdu.depth)
  }

  advance(event: Event, arrival: Arrival): void {
    const open = [...parentIds(event)]
    for (let id = open.pop(); id !== undefined; id = open.pop()) {
      if (this.#isCited(id)) continue
      this.#heads.delete(id)
      const node = this.#node(id)
      if (isPlaced(node) && node.standing === 'accepted') continue
      this.#cited.set(this.#key(id), true)
      if (node !== undefined && node.standing !== 'accepted') open.push(...parentIds(node.event))
    }
    if (arrival === 'new' && !this.#isCited(event.id)) this.#heads.add(event.id)
    this.#kept.set(this.#roomId, this.ids)
  }

  #isCited(id: string): boolean {
    return this.#cited.get(this.#key(id)) === true
  }

  #key(id: string): string {
    return `${this.#roomId} ${id}`
  }

  /** Goes on from these events alone, parents first: some that counted may have been among the heads or over them. */
  rebuild(nodes: readonly Node[]): void {
    this.#heads.clear()
    for (const { event } of nodes) this.#cited.delete(this.#key(event.id))
    for (const { event } of nodes) this.advance(event, 'new')
    this.#kept.set(this.#roomId, this.ids)
  }

  clear(): void {
    this.#heads.clear()
    this.#kept.set(this.#roomId, [])
  }
}
