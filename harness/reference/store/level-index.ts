import type { Json } from '../../matrix/event.ts'
import type { Refusal } from '../../matrix/auth-rules/refusal.ts'
import { type RoomVersion, roomVersion } from '../../matrix/room-version.ts'
import type { Appearance, Kept, Standing } from './store.ts'
import { StoreError } from './store-error.ts'

/** What is in memory of every node. States by number; -1: none, since it has no place. */
export interface Entry extends Kept {
  /** Names its row: rows are in the order in which nodes were placed. */
  readonly row: number
  readonly version: RoomVersion
  readonly standing: Standing
  readonly refusal?: Refusal
  readonly isTold: boolean
  readonly before: number
  readonly after: number
}

const standings: readonly Standing[] = ['accepted', 'soft-failed', 'rejected']

/** One row of the index. The optional parts at the end: appearance, refusal. */
export function rowOf(entry: Entry): string {
  const flags = Number(entry.isTold) + 2 * Number(entry.isEdge)
  const row: Json[] = [
    entry.eventId,
    entry.roomId,
    entry.version.id,
    standings.indexOf(entry.standing),
    flags,
    entry.time,
    entry.depth,
    entry.before,
    entry.after,
  ]
  const { appearance, refusal } = entry
  if (appearance !== undefined || refusal !== undefined) row.push(appearanceRow(appearance))
  if (refusal !== undefined) row.push({ ...refusal })
  return JSON.stringify(row)
}

const appearanceRow = (appearance: Appearance | undefined): Json =>
  appearance === undefined
    ? 0
    : [
        appearance.arrival === 'history' ? 1 : 0,
        appearance.position,
        appearance.isShown ? 1 : 0,
        appearance.state,
      ]

type Row = [
  string,
  string,
  string,
  number,
  number,
  number,
  number,
  number,
  number,
  Shown?,
  Refusal?,
]
type Shown = 0 | [number, number, number, number]

/** Reads rows; equal room ids become one string, since there are far more events than rooms. */
export class RowReader {
  readonly #rooms = new Map<string, string>()

  entry(row: number, text: string): Entry {
    // Its checksum shows that rowOf wrote it.
    const fields: Row = JSON.parse(text)
    const [eventId, room, versionId, standing, flags, time, depth, before, after, shown, refusal] =
      fields
    const version = roomVersion(versionId)
    const stands = standings[standing]
    if (version === undefined || stands === undefined)
      throw new StoreError('damaged', `${eventId} is of room version ${versionId}`)
    return {
      row,
      eventId,
      roomId: this.#shared(room),
      version,
      standing: stands,
      isTold: (flags & 1) !== 0,
      isEdge: (flags & 2) !== 0,
      time,
      depth,
      before,
      after,
      isPlaced: after >= 0,
      ...(shown === undefined || shown === 0 ? {} : { appearance: appearanceOf(shown) }),
      ...(refusal === undefined ? {} : { refusal }),
    }
  }

  #shared(roomId: string): string {
    const known = this.#rooms.get(roomId)
    if (known !== undefined) return known
    this.#rooms.set(roomId, roomId)
    return roomId
  }
}

const appearanceOf = ([arrival, position, isShown, state]: [
  number,
  number,
  number,
  number,
]): Appearance => ({
  arrival: arrival === 1 ? 'history' : 'new',
  position,
  isShown: isShown === 1,
  state,
})
