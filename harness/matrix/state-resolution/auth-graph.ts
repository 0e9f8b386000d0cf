import { createIdOf } from '../auth-rules/cited.ts'
import type { Event } from '../event.ts'
import { Adjacency } from '../numbered-graph.ts'
import { KnownEvents, type Role, roleBits } from './known-events.ts'
import type { Places } from './places.ts'
import type { Resolution } from './resolution.ts'
import type { Separation } from './separate.ts'

/**
 * The events of some states with their auth chains, numbered without gaps, so that each step of the algorithm can keep
 * its notes in arrays. What is cited and not at hand has a number too.
 */
export class AuthGraph {
  /** From an event to those that it cites. */
  readonly edges: Adjacency
  /** The nodes that all states hold, and those in conflict that each of them holds. */
  readonly agreed: readonly number[]
  readonly conflictedIn: readonly (readonly number[])[]
  readonly #context: Resolution
  readonly #known: KnownEvents
  /** By node: its number among the known events. */
  readonly #numbers: number[] = []
  readonly #roles: Uint8Array
  /** By number among the known events: the node that comes after it; zero where it is none. */
  readonly #nodes: Int32Array
  readonly #creates = new Map<string, Event | undefined>()

  constructor({ unconflicted, conflictedIn }: Separation, context: Resolution) {
    const known = KnownEvents.behind(context.lookup, context.version)
    this.#context = context
    this.#known = known
    const agreed = known.numbersOf([...unconflicted.values()])
    const conflicted = conflictedIn.map((ids) => known.numbersOf(ids))
    known.complete()
    this.#nodes = new Int32Array(known.size)
    this.#roles = new Uint8Array(known.size)
    this.agreed = agreed.map((number) => this.#add(number))
    this.conflictedIn = conflicted.map((numbers) => numbers.map((number) => this.#add(number)))
    this.edges = this.#walk()
  }

  #add(number: number): number {
    const next = this.#nodes[number] ?? 0
    if (next > 0) return next - 1
    const size = this.#numbers.push(number)
    this.#nodes[number] = size
    this.#roles[size - 1] = this.#known.columns.roles[number] ?? 0
    return size - 1
  }

  /** Adds whatever the nodes so far lead to. */
  #walk(): Adjacency {
    const { cited, columns } = this.#known
    const { starts, ends } = columns
    const numbers = this.#numbers
    const firsts = new Int32Array(this.#known.size + 1)
    const targets = new Int32Array(cited.length)
    let edges = 0
    for (let node = 0; node < numbers.length; node++) {
      const number = numbers[node] ?? 0
      const end = ends[number] ?? 0
      for (let edge = starts[number] ?? 0; edge < end; edge++)
        targets[edges++] = this.#add(cited[edge] ?? 0)
      firsts[node + 1] = edges
    }
    return new Adjacency(firsts.subarray(0, numbers.length + 1), targets)
  }

  get size(): number {
    return this.#numbers.length
  }

  #numberOf(node: number): number {
    return this.#numbers[node] ?? -1
  }

  eventAt(node: number): Event | undefined {
    return this.#known.events[this.#numberOf(node)]
  }

  idOf(node: number): string {
    return this.#known.ids[this.#numberOf(node)] ?? ''
  }

  /** Of an event that is one. */
  nodeOf(id: string): number {
    return (this.#nodes[this.#known.numberOf(id)] ?? 0) - 1
  }

  /** Whether the event is at hand and is that. */
  is(node: number, role: Role): boolean {
    return ((this.#roles[node] ?? 0) & roleBits[role]) !== 0
  }

  /** Its `origin_server_ts`. */
  timeOf(node: number): number {
    return this.#known.columns.times[this.#numberOf(node)] ?? 0
  }

  /** The number of the place in the state where the event stands; it has to be a state event that is at hand. */
  placeOf(node: number): number {
    return this.#known.columns.places[this.#numberOf(node)] ?? 0
  }

  /** The number of the place of its sender's membership. */
  senderPlaceOf(node: number): number {
    return this.#known.columns.senders[this.#numberOf(node)] ?? 0
  }

  /** Of an event that is at hand; the same text for all events of a sender, which saves comparing it. */
  senderOf(node: number): string {
    return this.#known.places.keys[this.senderPlaceOf(node)] ?? ''
  }

  /** The membership that it gives; undefined for an event that gives none. */
  membershipOf(node: number): string | undefined {
    return this.#known.memberships[this.#numberOf(node)]
  }

  /** The power of its sender, for which `compute` is asked until all that the event cites is at hand. */
  powerOf(node: number, compute: (node: number) => number): number {
    const { powers } = this.#known.columns
    const number = this.#numberOf(node)
    const kept = powers[number] ?? Number.NaN
    if (!Number.isNaN(kept)) return kept
    const power = compute(node)
    if (this.#isWhole(node)) powers[number] = power
    return power
  }

  #isWhole(node: number): boolean {
    for (let edge = this.edges.start(node); edge < this.edges.end(node); edge++)
      if (this.eventAt(this.edges.target(edge)) === undefined) return false
    const event = this.eventAt(node)
    return (
      this.#context.version.createInAuthEvents ||
      (event !== undefined && this.impliedCreateOf(event) !== undefined)
    )
  }

  get places(): Places {
    return this.#known.places
  }

  /** The first that the event cites of those that are that. */
  citedAs(node: number, role: 'power levels' | 'create'): number | undefined {
    for (let edge = this.edges.start(node); edge < this.edges.end(node); edge++) {
      const cited = this.edges.target(edge)
      if (this.is(cited, role)) return cited
    }
    return undefined
  }

  /** The last that the event cites of those with this type and state key, unless it was rejected. */
  soundCitedAt(node: number, type: string, key: string): Event | undefined {
    for (let edge = this.edges.end(node) - 1; edge >= this.edges.start(node); edge--) {
      const event = this.eventAt(this.edges.target(edge))
      if (event?.pdu.type === type && event.pdu.state_key === key && this.#isSound(event))
        return event
    }
    return undefined
  }

  /** Where events do not cite the create event: the one that this event's room id stands for. */
  impliedCreateOf({ roomId }: Event): Event | undefined {
    if (this.#context.version.createInAuthEvents) return undefined
    const known = this.#creates.get(roomId)
    if (known !== undefined) return known
    const create = this.#context.lookup(createIdOf(roomId))
    this.#creates.set(roomId, create)
    return create
  }

  #isSound({ id }: Event): boolean {
    return !this.#context.rejected(id)
  }
}
