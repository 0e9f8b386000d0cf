import type { Event, JsonObject } from '../../matrix/event.ts'
import type { Store, Table } from '../store/store.ts'
import type { InvitationListener } from './invitations.ts'
import { keptForm, type KeptEvent, unkept } from './kept-event.ts'

/** A knock at a room that this server is not in, which nobody has answered. */
export interface Knock {
  readonly event: Event
  /** Stripped state, the knock included. */
  readonly state: readonly JsonObject[]
  /** The server through which the knock went: it can take it back too. */
  readonly via: string
}

type Kept = KeptEvent & { readonly state: readonly JsonObject[]; readonly via: string }

/** What users of this server wait for in rooms that it is not in. */
export class Knocks {
  readonly #table: Table<Kept>
  readonly #listeners = new Set<InvitationListener>()

  constructor(store: Store) {
    this.#table = store.table('knocks')
  }

  get(roomId: string, user: string): Knock | undefined {
    const found = this.#table.get(keyOf(roomId, user))
    const event = found && unkept(found)
    return event && found && { event, state: found.state, via: found.via }
  }

  /** Rooms at which the user knocks. */
  of(user: string): readonly string[] {
    const start = keyOf('', user)
    return [...this.#table.entries()].flatMap(([key]) =>
      key.startsWith(start) ? [key.slice(start.length)] : [],
    )
  }

  add(user: string, { event, state, via }: Knock): void {
    this.#table.set(keyOf(event.roomId, user), { ...keptForm(event), state, via })
    this.#tell(user, event.roomId)
  }

  /** Without an ending what has come of it is news of its own. */
  remove(roomId: string, user: string, ending?: Event): void {
    const key = keyOf(roomId, user)
    if (this.#table.get(key) === undefined) return
    this.#table.delete(key)
    if (ending !== undefined) this.#tell(user, roomId, ending)
  }

  onChange(listener: InvitationListener): void {
    this.#listeners.add(listener)
  }

  #tell(user: string, roomId: string, ending?: Event): void {
    for (const listener of this.#listeners) listener(user, roomId, ending)
  }
}

const keyOf = (roomId: string, user: string): string => `${user} ${roomId}`
