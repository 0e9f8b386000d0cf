import type { Event } from '../event.ts'
import type { EventLookup } from '../graph.ts'
import { type StateKey, type StateMap, stateKey } from '../state-key.ts'

interface Place {
  /** Undefined where what it holds is not at hand. */
  readonly event: Event | undefined
  /** Whether it came here by `put`. */
  readonly isPut: boolean
}

/** The state that a resolution builds, by type and state key in turn: places need not be put into words to be found. */
export class ResolvedState {
  readonly #start: StateMap
  readonly #lookup: EventLookup
  readonly #places = new Map<string, Map<string, Place>>()

  constructor(start: StateMap, lookup: EventLookup) {
    this.#start = start
    this.#lookup = lookup
  }

  /** Undefined where the state has nothing there. */
  at(type: string, key: string): Place | undefined {
    return this.#places.get(type)?.get(key) ?? this.#atStart(type, key)
  }

  put(event: Event): void {
    const { type, state_key } = event.pdu
    if (state_key !== undefined) this.#keep(type, state_key, { event, isPut: true })
  }

  /** What has been put, around what everybody agrees on. */
  around(unconflicted: StateMap): StateMap {
    const state = new Map<StateKey, string>(unconflicted)
    for (const [type, places] of this.#places)
      for (const [key, { event, isPut }] of places) {
        if (!isPut || event === undefined) continue
        const place = stateKey(type, key)
        if (!unconflicted.has(place)) state.set(place, event.id)
      }
    return state
  }

  #atStart(type: string, key: string): Place | undefined {
    if (this.#start.size === 0) return undefined
    const id = this.#start.get(stateKey(type, key))
    if (id === undefined) return undefined
    const place = { event: this.#lookup(id), isPut: false }
    this.#keep(type, key, place)
    return place
  }

  #keep(type: string, key: string, place: Place): void {
    const places = this.#places.get(type)
    if (places === undefined) this.#places.set(type, new Map([[key, place]]))
    else places.set(key, place)
  }
}
