import type { Event } from '../matrix/event.ts'
import { parentIds } from '../matrix/references.ts'
import { type StateKey, type StateMap, stateKey } from '../matrix/state-key.ts'

interface Holding {
  readonly state: Map<StateKey, string>
  /** How many events have this very map as the state after them. */
  holders: number
}

/**
 * The states after events, for as long as somebody needs them. Along a line of events one map is handed on and changed
 * in place, so that memory grows with the width of the graph and not with its length.
 */
export class States {
  readonly #after = new Map<string, Holding>()
  readonly #needs = new Map<string, number>()

  /** `kept`: events whose states are asked for in the end. */
  constructor(order: readonly Event[], kept: Iterable<string>) {
    for (const event of order) for (const id of new Set(parentIds(event))) this.#need(id)
    for (const id of kept) this.#need(id)
  }

  #need(id: string): void {
    this.#needs.set(id, (this.#needs.get(id) ?? 0) + 1)
  }

  /** The states after these events, each map once. */
  after(ids: Iterable<string>): StateMap[] {
    const states = new Set<StateMap>()
    for (const id of ids) {
      const holding = this.#after.get(id)
      if (holding !== undefined) states.add(holding.state)
    }
    return [...states]
  }

  /** Takes down that `event` is done: `before` is the state before it, which it changes if it `applies`. */
  settle(event: Event, before: StateMap, applies: boolean): void {
    const inherited = this.#release(parentIds(event), before)
    const { type, state_key } = event.pdu
    const changes = applies && state_key !== undefined
    const fresh = changes && (inherited === undefined || inherited.holders > 0)
    const holding =
      inherited === undefined || fresh ? { state: new Map(before), holders: 0 } : inherited
    if (changes) holding.state.set(stateKey(type, state_key), event.id)
    if ((this.#needs.get(event.id) ?? 0) === 0) return
    holding.holders++
    this.#after.set(event.id, holding)
  }

  /** One child less for each parent; answers the holding of `before`, if it is one of theirs. */
  #release(parents: readonly string[], before: StateMap): Holding | undefined {
    let found: Holding | undefined
    for (const id of new Set(parents)) {
      const holding = this.#after.get(id)
      if (holding?.state === before) found = holding
      const left = (this.#needs.get(id) ?? 0) - 1
      this.#needs.set(id, left)
      if (left > 0 || holding === undefined) continue
      holding.holders--
      this.#after.delete(id)
    }
    return found
  }
}
