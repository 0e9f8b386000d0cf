import { membershipIn } from '../auth-rules/deed.ts'
import type { Event } from '../event.ts'
import type { EventLookup } from '../graph.ts'
import type { StateKey, StateMap } from '../state-key.ts'

/** What is known of a place. */
const unasked = 0
const empty = 1
const occupied = 2

/** The state that a resolution builds. Places go by their numbers: they need not be put into words to be found. */
export class ResolvedState {
  readonly #start: StateMap
  readonly #lookup: EventLookup
  readonly #names: readonly StateKey[]
  /** By place. */
  readonly #findings: number[]
  readonly #events: (Event | undefined)[]
  readonly #memberships: (string | undefined)[]

  /** `names`: of the places, by number; there may come more. */
  constructor(start: StateMap, lookup: EventLookup, names: readonly StateKey[]) {
    this.#start = start
    this.#lookup = lookup
    this.#names = names
    this.#findings = names.map(() => unasked)
    this.#events = names.map(() => undefined)
    this.#memberships = names.map(() => undefined)
  }

  /** Whether something is there, which need not be at hand. */
  has(place: number): boolean {
    const finding = this.#findings[place] ?? unasked
    return (finding === unasked ? this.#ask(place) : finding) !== empty
  }

  /** Undefined also for what is there and not at hand. */
  eventAt(place: number): Event | undefined {
    return this.has(place) ? this.#events[place] : undefined
  }

  /** What the event at that place says of somebody's membership, see `membershipIn`. */
  membershipAt(place: number): string | undefined {
    return this.has(place) ? this.#memberships[place] : undefined
  }

  put(event: Event, place: number, membership: string | undefined): void {
    this.#findings[place] = occupied
    this.#events[place] = event
    this.#memberships[place] = membership
  }

  /** What has been put, around what everybody agrees on. */
  around(unconflicted: StateMap): StateMap {
    const state = new Map<StateKey, string>(unconflicted)
    for (const [place, event] of this.#events.entries()) {
      const name = this.#names[place]
      if (name !== undefined && event !== undefined && !unconflicted.has(name))
        state.set(name, event.id)
    }
    return state
  }

  #ask(place: number): number {
    const id = this.#start.get(this.#names[place] ?? '')
    const finding = id === undefined ? empty : occupied
    this.#findings[place] = finding
    const event = id === undefined ? undefined : this.#lookup(id)
    this.#events[place] = event
    this.#memberships[place] = membershipIn(event)
    return finding
  }
}
