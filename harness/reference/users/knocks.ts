import type { Event, JsonObject, Pdu } from '../../matrix/event.ts'
import { eventOf } from '../../matrix/read-event.ts'
import { roomVersion } from '../../matrix/room-version.ts'
import type { Store, Table } from '../store/store.ts'
import type { InvitationListener } from './invitations.ts'

/** A knock at a room that this server is not in, which nobody has answered. */
export interface Knock {
  readonly event: Event
  /** Stripped state, the knock included. */
  readonly state: readonly JsonObject[]
  /** The server through which the knock went: it can take it back too. */
  readonly via: string
}

type Kept = {
  readonly version: string
  readonly pdu: JsonObject
  readonly state: readonly JsonObject[]
  readonly via: string
}

/** What users of this server wait for in rooms that it is not in. */
export class Knocks {
  readonly #table: Table<Kept>
  readonly #listeners = new Set<InvitationListener>()

  constructor(store: Store) {
    this.#table = store.table('knocks')
  }

  get(roomId: string, user: string): Knock | undefined {
    const kept = this.#table.get(keyOf(roomId, user))
    const version = kept && roomVersion(kept.version)
    if (kept === undefined || version === undefined) return undefined
    // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- it was the PDU of an event when it was kept
    const event = eventOf(kept.pdu as JsonObject & Pdu, version)
    return { event, state: kept.state, via: kept.via }
  }

  /** Rooms at which the user knocks. */
  of(user: string): readonly string[] {
    const start = keyOf('', user)
    return [...this.#table.entries()].flatMap(([key]) =>
      key.startsWith(start) ? [key.slice(start.length)] : [],
    )
  }

  add(user: string, { event, state, via }: Knock): void {
    const kept = { version: event.version.id, pdu: { ...event.pdu }, state, via }
    this.#table.set(keyOf(event.roomId, user), kept)
    this.#tell(user, event.roomId, false)
  }

  /** `quietly`: what has come of it is news of its own. */
  remove(roomId: string, user: string, quietly = false): void {
    const key = keyOf(roomId, user)
    if (this.#table.get(key) === undefined) return
    this.#table.delete(key)
    if (!quietly) this.#tell(user, roomId, true)
  }

  onChange(listener: InvitationListener): void {
    this.#listeners.add(listener)
  }

  #tell(user: string, roomId: string, gone: boolean): void {
    for (const listener of this.#listeners) listener(user, roomId, gone)
  }
}

const keyOf = (roomId: string, user: string): string => `${user} ${roomId}`
