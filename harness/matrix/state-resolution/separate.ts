import type { StateKey, StateMap } from '../state-key.ts'

export interface Separation {
  /** The places that hold the same event in every state. */
  readonly unconflicted: StateMap
  /** The conflicted state set: every event of the other places. */
  readonly conflicted: ReadonlySet<string>
}

/** A place that is missing in one of the states is conflicted too. */
export const separate = (sets: readonly StateMap[]): Separation => {
  const unconflicted = new Map<StateKey, string>()
  const conflicted = new Set<string>()
  const places = new Set<StateKey>()
  for (const set of sets) for (const place of set.keys()) places.add(place)
  for (const place of places) {
    const values = new Set(sets.map((set) => set.get(place)))
    const [only] = values
    if (values.size === 1 && only !== undefined) unconflicted.set(place, only)
    else for (const id of values) if (id !== undefined) conflicted.add(id)
  }
  return { unconflicted, conflicted }
}
