import type { Event } from '../../matrix/event.ts'
import { serverNameOf } from '../../matrix/identifiers.ts'
import { namedLevel, powerLevelOf } from '../../matrix/power.ts'

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
