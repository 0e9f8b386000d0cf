import type { StateKey, StateMap } from '../state-key.ts'

export interface Separation {
  /** The places that hold the same event in every state. */
  readonly unconflicted: StateMap
  /** The conflicted state set: every event of the other places. */
  readonly conflicted: ReadonlySet<string>
  /** What each of the states holds in those places. */
  readonly conflictedIn: readonly (readonly string[])[]
}

/** A place that is missing in one of the states is conflicted too. */
export const separate = (sets: readonly StateMap[]): Separation => {
  const unconflicted = new Map<StateKey, string>()
  const places = new Set<StateKey>()
  const [first = new Map<StateKey, string>(), ...others] = sets
  for (const [place, id] of first)
    if (others.every((set) => set.get(place) === id)) unconflicted.set(place, id)
    else places.add(place)
  for (const set of others) for (const place of set.keys()) if (!first.has(place)) places.add(place)

  const conflictedIn = sets.map((set) => idsAt(places, set))
  const conflicted = new Set<string>()
  for (const ids of conflictedIn) for (const id of ids) conflicted.add(id)
  return { unconflicted, conflicted, conflictedIn }
}

const idsAt = (places: ReadonlySet<StateKey>, set: StateMap): string[] => {
  const ids: string[] = []
  if (set.size < places.size) {
    for (const [place, id] of set) if (places.has(place)) ids.push(id)
    return ids
  }
  for (const place of places) {
    const id = set.get(place)
    if (id !== undefined) ids.push(id)
  }
  return ids
}
