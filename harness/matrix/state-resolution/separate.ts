import type { StateKey, StateMap } from '../state-key.ts'

export interface Separation {
  /** The places that hold the same event in every state. */
  readonly unconflicted: StateMap
  /** What each of the states holds in the other places: together, the conflicted state set. */
  readonly conflictedIn: readonly (readonly string[])[]
}

/** A place that is missing in one of the states is conflicted too. */
export const separate = (sets: readonly StateMap[]): Separation => {
  const unconflicted = new Map<StateKey, string>()
  const conflictedIn: string[][] = sets.map(() => [])
  const [first = new Map<StateKey, string>()] = sets
  for (const [place, id] of first) {
    if (sets.every((set) => set.get(place) === id)) unconflicted.set(place, id)
    else for (const [at, ids] of conflictedIn.entries()) addAt(place, sets[at], ids)
  }
  for (const [at, ids] of conflictedIn.entries())
    for (const [place, id] of sets[at] ?? first) if (!first.has(place)) ids.push(id)
  return { unconflicted, conflictedIn }
}

const addAt = (place: StateKey, set: StateMap | undefined, ids: string[]): void => {
  const id = set?.get(place)
  if (id !== undefined) ids.push(id)
}
