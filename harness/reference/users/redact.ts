import { forbidden, invalidParam } from '../errors.ts'
import { hasRedactLevel } from '../rooms/redactions.ts'
import type { Room } from '../rooms/room.ts'
import type { Services } from '../services.ts'
import { emit, roomOf } from './emit.ts'

export interface RedactOrder {
  readonly roomId: string
  readonly eventId: string
  readonly by: string
  /** Further content, such as `reason`. */
  readonly content?: { readonly reason?: string }
}

/** Redacts an event; answers the id of the redaction. M_FORBIDDEN, M_INVALID_PARAM. */
export async function redact(services: Services, order: RedactOrder): Promise<string> {
  const { roomId, eventId, by, content = {} } = order
  const room = roomOf(services, roomId)
  check(services, room, { eventId, by })
  const draft = { type: 'm.room.redaction', sender: by, content, redacts: eventId }
  return (await emit(services, room, draft)).event.id
}

/** What the rules of newer rooms let pass, though it has no effect there; of events that are not here nothing is known. */
function check(
  { store }: Services,
  room: Room,
  { eventId, by }: { eventId: string; by: string },
): void {
  const target = room.lookup(eventId)
  if (target === undefined) {
    if (store.get(eventId) === undefined) return
    throw invalidParam('the event is of another room')
  }
  const powers = { powerLevels: room.stateEvent('m.room.power_levels', ''), create: room.create }
  if (target.pdu.sender === by || hasRedactLevel(by, target, powers)) return
  throw forbidden(`${by} may redact nothing but what is their own`)
}
