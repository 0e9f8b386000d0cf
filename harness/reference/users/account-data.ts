import type { JsonObject } from '../../matrix/event.ts'
import { forbidden, MatrixError } from '../errors.ts'
import type { Store, Table } from '../store/store.ts'
import type { Position } from './operations.ts'
import type { Streams } from './streams.ts'

type Kept = {
  readonly type: string
  readonly content: JsonObject
  /** When it was set. */
  readonly position: number
}

const maxBytes = 65_536
const maxTypeLength = 255
/** Of one user, in one room or beside rooms. */
const maxTypes = 1_000

/** What clients keep with the server, for a user and perhaps a room (client-server-api#client-config). */
export class AccountData {
  /** By user, room (or nothing) and type. */
  readonly #table: Table<Kept>
  readonly #streams: Streams
  /** User → room (or nothing) → type → what is kept. */
  readonly #byUser = new Map<string, Map<string, Map<string, Kept>>>()

  constructor(store: Store, streams: Streams) {
    this.#table = store.table('account-data')
    this.#streams = streams
    let last = 0
    for (const [key, kept] of this.#table.entries()) {
      const [user = '', roomId = '']: readonly string[] = JSON.parse(key)
      this.#placeOf(user, roomId).set(kept.type, kept)
      last = Math.max(last, kept.position)
    }
    streams.startAfter(last)
  }

  get(user: string, roomId: string, type: string): JsonObject | undefined {
    return this.#byUser.get(user)?.get(roomId)?.get(type)?.content
  }

  /** `roomId` is empty beside rooms. Throws M_TOO_LARGE, M_BAD_JSON, M_FORBIDDEN. */
  set(user: string, roomId: string, event: { type: string; content: JsonObject }): void {
    const { type, content } = event
    const place = this.#placeOf(user, roomId)
    checkSize(type, content)
    if (!place.has(type) && place.size >= maxTypes) throw forbidden('too many types are in use')
    const position = this.#streams.advance((waiting) => waiting === user)
    const kept = { type, content, position }
    place.set(type, kept)
    this.#table.set(JSON.stringify([user, roomId, type]), kept)
  }

  /** Set after `since`, of one room or (empty) beside rooms; absent: all. */
  since(user: string, roomId: string, since: Position | undefined): readonly JsonObject[] {
    const all = [...(this.#byUser.get(user)?.get(roomId)?.values() ?? [])]
    return all
      .filter(({ position }) => since === undefined || position > since)
      .map(({ type, content }) => ({ type, content }))
  }

  /** Rooms in which the user has set something after `since`. */
  rooms(user: string, since: Position): readonly string[] {
    const rooms = [...(this.#byUser.get(user) ?? [])]
    return rooms.flatMap(([roomId, kept]) =>
      roomId !== '' && [...kept.values()].some(({ position }) => position > since) ? [roomId] : [],
    )
  }

  #placeOf(user: string, roomId: string): Map<string, Kept> {
    const rooms = this.#byUser.get(user) ?? new Map<string, Map<string, Kept>>()
    this.#byUser.set(user, rooms)
    const kept = rooms.get(roomId) ?? new Map<string, Kept>()
    rooms.set(roomId, kept)
    return kept
  }
}

function checkSize(type: string, content: JsonObject): void {
  if (type === '' || type.length > maxTypeLength)
    throw new MatrixError(400, 'M_INVALID_PARAM', 'the type is empty or too long')
  if (Buffer.byteLength(JSON.stringify(content)) > maxBytes)
    throw new MatrixError(413, 'M_TOO_LARGE', `account data has at most ${maxBytes} bytes`)
}
