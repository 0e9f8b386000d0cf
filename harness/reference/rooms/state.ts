import type { Event } from '../../matrix/event.ts'
import { type StateKey, type StateMap, stateKey } from '../../matrix/state-key.ts'

/** Changes that may pile up over a shared base before they are merged into a base of their own. */
const maxChanges = 64

/** A state that shares nearly everything with the one it came from: a room of 10,000 members is not copied per event. */
class Layered implements ReadonlyMap<StateKey, string> {
  readonly base: ReadonlyMap<StateKey, string>
  readonly changes: ReadonlyMap<StateKey, string>
  readonly size: number

  constructor(
    base: ReadonlyMap<StateKey, string>,
    changes: ReadonlyMap<StateKey, string>,
    size: number,
  ) {
    this.base = base
    this.changes = changes
    this.size = size
  }

  get(key: StateKey): string | undefined {
    return this.changes.get(key) ?? this.base.get(key)
  }

  has(key: StateKey): boolean {
    return this.changes.has(key) || this.base.has(key)
  }

  flat(): Map<StateKey, string> {
    const merged = new Map(this.base)
    for (const [key, id] of this.changes) merged.set(key, id)
    return merged
  }

  forEach(
    each: (value: string, key: StateKey, map: ReadonlyMap<StateKey, string>) => void,
    self?: unknown,
  ): void {
    for (const [key, id] of this) each.call(self, id, key, this)
  }

  entries(): MapIterator<[StateKey, string]> {
    return this.flat().entries()
  }

  keys(): MapIterator<StateKey> {
    return this.flat().keys()
  }

  values(): MapIterator<string> {
    return this.flat().values()
  }

  [Symbol.iterator](): MapIterator<[StateKey, string]> {
    return this.entries()
  }
}

export const emptyState: StateMap = new Map()

/** `state` with `event` in its place; the same map where the event is no state event or is there already. */
export function stateWith(state: StateMap, event: Event): StateMap {
  const { type, state_key } = event.pdu
  if (state_key === undefined) return state
  const key = stateKey(type, state_key)
  if (state.get(key) === event.id) return state
  const size = state.size + (state.has(key) ? 0 : 1)
  if (!(state instanceof Layered)) return new Layered(state, new Map([[key, event.id]]), size)
  if (state.changes.size >= maxChanges) return state.flat().set(key, event.id)
  return new Layered(state.base, new Map(state.changes).set(key, event.id), size)
}

/** `base` with changes over it: a new state unless there are none. */
export function stateOver(
  base: StateMap,
  changes: readonly (readonly [StateKey, string])[],
): StateMap {
  if (changes.length === 0) return base
  if (base.size === 0) return new Map(changes)
  const last = new Map(changes)
  const added = [...last.keys()].filter((key) => !base.has(key)).length
  return new Layered(base, last, base.size + added)
}

/** What turns `from` into `to`; undefined where something has to go for that. */
export function differenceOf(
  from: StateMap,
  to: StateMap,
): readonly (readonly [StateKey, string])[] | undefined {
  const candidates = changesSince(from, to) ?? to
  const changed = [...candidates].filter(([key, id]) => from.get(key) !== id)
  const added = changed.filter(([key]) => !from.has(key)).length
  return from.size + added === to.size ? changed : undefined
}

/** All places in which `to` can differ from `from`, where they share enough to tell without looking at the whole. */
function changesSince(from: StateMap, to: StateMap): StateMap | undefined {
  if (!(to instanceof Layered)) return undefined
  if (to.base === from) return to.changes
  if (!(from instanceof Layered) || from.base !== to.base) return undefined
  return [...from.changes.keys()].every((key) => to.changes.has(key)) ? to.changes : undefined
}

/** The shared state that one came from and what differs from it; undefined where it shares nothing. */
export function layersOf(
  state: StateMap,
): { readonly base: StateMap; readonly changes: StateMap } | undefined {
  return state instanceof Layered ? state : undefined
}

/** Whether two states hold the same events. */
export function sameState(one: StateMap, other: StateMap): boolean {
  if (one === other) return true
  if (one.size !== other.size) return false
  for (const [key, id] of one) if (other.get(key) !== id) return false
  return true
}
