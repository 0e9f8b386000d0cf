import type { Refusal } from '../../matrix/auth-rules/refusal.ts'
import type { Event, Json } from '../../matrix/event.ts'
import type { StateMap } from '../../matrix/state-key.ts'

/** `soft-failed`: allowed where it stands in the graph, but not by the state that was current when it came. */
export type Standing = 'accepted' | 'soft-failed' | 'rejected'

/** An event with what this server thinks of it. */
export interface Node {
  readonly event: Event
  readonly standing: Standing
  /** Why it was rejected or soft failed. */
  readonly refusal?: Refusal
  /** State before and after the event; absent for an outlier, which is known only as part of other events' state. */
  readonly before?: StateMap
  readonly after?: StateMap
  /** The state before it is another server's word. */
  readonly isTold?: true
}

/** A node that has its place in the graph. */
export interface Placed extends Node {
  readonly before: StateMap
  readonly after: StateMap
}

export const isPlaced = (node: Node | undefined): node is Placed => node?.after !== undefined

/** JSON values by key, whole in memory. A value is replaced, never changed in place. */
export interface Table<Value extends Json> {
  get(key: string): Value | undefined
  set(key: string, value: Value): void
  delete(key: string): void
  /** In no order that a restart would keep: what needs one has it in its keys or values. */
  entries(): Iterable<readonly [string, Value]>
}

/** `new`: seen for the first time, however late; `history`: fetched because someone looked further back. */
export type Arrival = 'new' | 'history'

/** A placed event as the users of this server see it. */
export interface Appearance {
  readonly arrival: Arrival
  /** In the stream of everything that users here can see. */
  readonly position: number
  /** Whether users see it at all. */
  readonly isShown: boolean
  /** The number of the room's current state from then on. */
  readonly state: number
}

/** What a store tells of a node without looking at the event. */
export interface Kept {
  readonly eventId: string
  readonly roomId: string
  /** `origin_server_ts`. */
  readonly time: number
  readonly depth: number
  readonly isPlaced: boolean
  /** When it was put, some of its parents had no place. */
  readonly isEdge: boolean
  readonly appearance?: Appearance
}

/**
 * Where nodes are kept, by event id, and everything else in tables. Reading is synchronous. What is put within one turn of
 * the event loop is kept together: after a crash all of it is there, or nothing.
 */
export interface Store {
  get(eventId: string): Node | undefined
  /** Replaces what was known of the event. `isEdge`: as of Kept. */
  put(node: Node, isEdge?: boolean): void
  /** Notes how users see an event that was put. */
  show(eventId: string, appearance: Appearance): void
  /** A number by which the state can be had again. `like`: one from which it differs little. */
  numberOf(state: StateMap, like?: StateMap): number
  state(number: number): StateMap
  /** The table of this name: its owner alone writes to it. */
  table<Value extends Json>(name: string): Table<Value>
  /** All nodes that were there when the store was opened, in the order in which they were placed. */
  kept(): Iterable<Kept>
  /** Comes back when everything that was put so far would survive a crash. */
  durable(): Promise<void>
  close(): Promise<void>
}

/** Forgets everything when the process ends. */
export class MemoryStore implements Store {
  readonly #nodes = new Map<string, Node>()
  readonly #tables = new Map<string, Map<string, Json>>()
  readonly #states: StateMap[] = []
  readonly #numbers = new WeakMap<StateMap, number>()

  get(eventId: string): Node | undefined {
    return this.#nodes.get(eventId)
  }

  put(node: Node): void {
    this.#nodes.set(node.event.id, node)
  }

  show(): void {
    // The streams know it already, and nobody will ask again.
  }

  numberOf(state: StateMap): number {
    const known = this.#numbers.get(state)
    if (known !== undefined) return known
    const number = this.#states.push(state) - 1
    this.#numbers.set(state, number)
    return number
  }

  state(number: number): StateMap {
    const state = this.#states[number]
    if (state === undefined) throw new RangeError(`there is no state ${number}`)
    return state
  }

  table<Value extends Json>(name: string): Table<Value> {
    const known = this.#tables.get(name) ?? new Map<string, Json>()
    this.#tables.set(name, known)
    // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- the table's owner alone writes to it
    return known as unknown as Table<Value>
  }

  kept(): Iterable<Kept> {
    return []
  }

  durable(): Promise<void> {
    return Promise.resolve()
  }

  close(): Promise<void> {
    return Promise.resolve()
  }
}
