import type { Event } from '../../matrix/event.ts'
import { serverNameOf } from '../../matrix/identifiers.ts'
import { namedLevel, powerLevelOf } from '../../matrix/power.ts'
import type { Store, Table } from '../store/store.ts'

/** What a room says about power. */
interface Powers {
  readonly powerLevels: Event | undefined
  readonly create: Event | undefined
}

/** Whether a redaction has effect: its sender has the redact level, or is of the same server as the author (rooms/v11#redactions). */
export function mayRedact(redaction: Event, target: Event, room: Powers): boolean {
  if (target.pdu.type === 'm.room.create') return false
  // Whoever may not redact may not send the redaction (rooms/v1#authorisation-rules, rule 11).
  if (redaction.version.redactionRule) return true
  const { sender } = redaction.pdu
  if (serverNameOf(sender) === serverNameOf(target.pdu.sender)) return true
  return hasRedactLevel(sender, target, room)
}

/** Whether a user's power is enough for events of anybody. */
export function hasRedactLevel(
  user: string,
  { version }: Event,
  { powerLevels, create }: Powers,
): boolean {
  return powerLevelOf(user, powerLevels, create, version) >= namedLevel('redact', powerLevels)
}

/** Of one event that has not come yet. */
const maxWaiting = 10

/** Which events of a room are redacted by which, also of those that have not come yet. */
export class Redactions {
  readonly #roomId: string
  /** Room and event → its redaction, or those that wait for it. */
  readonly #table: Table<string | readonly string[]>

  constructor(roomId: string, store: Store) {
    this.#roomId = roomId
    this.#table = store.table('redactions')
  }

  #key(eventId: string): string {
    return `${this.#roomId} ${eventId}`
  }

  /** Ids: one where the event is here, else of all that may have effect on it. */
  of(eventId: string): readonly string[] {
    const kept = this.#table.get(this.#key(eventId)) ?? []
    return typeof kept === 'string' ? [kept] : kept
  }

  /** The event is not here yet. */
  wait(eventId: string, redaction: string): void {
    this.#table.set(this.#key(eventId), [...this.of(eventId), redaction].slice(0, maxWaiting))
  }

  /** The event is here, and `redaction` has effect on it, or none. */
  settle(eventId: string, redaction: string | undefined): void {
    if (redaction === undefined) this.#table.delete(this.#key(eventId))
    else this.#table.set(this.#key(eventId), redaction)
  }
}
