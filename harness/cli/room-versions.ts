import { type RoomVersion, roomVersions } from '../matrix/room-version.ts'
import { suggestion } from '../run/nearest.ts'
import { UsageError } from './usage-error.ts'

/** Told where nothing else is asked for: those in which rooms are made today. */
export const usualVersions = '10,11,12'

/** `10,11` or `all` as room versions, in the order of the specification. Throws UsageError. */
export function roomVersionsIn(list: string): readonly RoomVersion[] {
  const all: readonly RoomVersion[] = Object.values(roomVersions)
  if (list === 'all') return all
  const wanted = new Set(list.split(',').map((each) => each.trim()))
  for (const id of wanted)
    if (!all.some((version) => version.id === id)) {
      const known = all.map((version) => version.id)
      throw new UsageError(
        `there is no room version '${id}' here; known are ${known.join(', ')}${suggestion(id, known)}`,
      )
    }
  return all.filter(({ id }) => wanted.has(id))
}
