import type { Event } from '../../matrix/event.ts'
import { serverNameOf } from '../../matrix/identifiers.ts'
import { namedLevel, powerLevelOf } from '../../matrix/power.ts'

/** Whether a redaction has effect: its sender has the redact level, or is of the same server as the author (rooms/v11#redactions). */
export function mayRedact(
  redaction: Event,
  target: Event,
  room: { powerLevels: Event | undefined; create: Event | undefined },
): boolean {
  if (target.pdu.type === 'm.room.create') return false
  // Whoever may not redact may not send the redaction (rooms/v1#authorisation-rules, rule 11).
  if (redaction.version.redactionRule) return true
  const { sender } = redaction.pdu
  if (serverNameOf(sender) === serverNameOf(target.pdu.sender)) return true
  const level = powerLevelOf(sender, room.powerLevels, room.create, redaction.version)
  return level >= namedLevel('redact', room.powerLevels)
}
