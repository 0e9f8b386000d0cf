/** A place in the room's state: event type and state key in one string, so that it can key a Map. */
export type StateKey = string

/** Room state: place → event id. */
export type StateMap = ReadonlyMap<StateKey, string>

/** The length in front keeps it injective whatever characters either part holds. */
export const stateKey = (type: string, key: string): StateKey => `${type.length}:${type}${key}`

/** Type and state key of a place made by `stateKey`. */
export function splitStateKey(place: StateKey): readonly [type: string, key: string] {
  const start = place.indexOf(':') + 1
  const end = start + Number(place.slice(0, start - 1))
  return [place.slice(start, end), place.slice(end)]
}
