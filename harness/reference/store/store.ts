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
  entries(): Iterable<readonly [string, Value]>
}

/** Where nodes are kept, by event id, and everything else in tables. Reading is synchronous: a durable store keeps what it has in memory too. */
export interface Store {
  get(eventId: string): Node | undefined
  /** Replaces what was known of the event. */
  put(node: Node): void
  /** The table of this name: its owner alone writes to it. */
  table<Value extends Json>(name: string): Table<Value>
  /** Comes back when everything that was put so far would survive a crash. */
  durable(): Promise<void>
}

export class MemoryStore implements Store {
  readonly #nodes = new Map<string, Node>()

  get(eventId: string): Node | undefined {
    return this.#nodes.get(eventId)
  }

  put(node: Node): void {
    this.#nodes.set(node.event.id, node)
  }

  table<Value extends Json>(): Table<Value> {
    return new Map<string, Value>()
  }

  durable(): Promise<void> {
    return Promise.resolve()
  }
}
