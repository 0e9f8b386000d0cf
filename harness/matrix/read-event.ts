import type { Event, Json, JsonObject, Pdu } from './event.ts'
import { checkFormat, type FormatOptions } from './event-format.ts'
import type { FormatProblem } from './format-problem.ts'
import { textsOf } from './event-texts.ts'
import { givenId, hashOfText } from './hash.ts'
import { member } from './json.ts'
import type { RoomVersion } from './room-version.ts'

/** What was to be an event of the room version is none. */
export class EventFormatError extends Error {
  override readonly name = 'EventFormatError'
  readonly code = 'event-format'
  readonly problems: readonly FormatProblem[]

  constructor(problems: readonly FormatProblem[]) {
    super(problems.map(({ pointer, problem }) => `${pointer || 'event'}: ${problem}`).join('; '))
    this.problems = problems
  }
}

/** Checks the format and works out id and room id. Hashes, signatures and authorisation are not looked at. */
export function readEvent(json: Json, version: RoomVersion, options: FormatOptions = {}): Event {
  const problems = checkFormat(json, version, options)
  if (problems.length > 0) throw new EventFormatError(problems)
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- checkFormat has looked at every field of a Pdu
  return eventOf(json as JsonObject & Pdu, version)
}

/** The event of a PDU whose format nobody has checked, or that breaks it on purpose. Throws CanonicalJsonError. */
export function eventOf(pdu: Pdu, version: RoomVersion): Event {
  const id = givenId(pdu, version) ?? `$${hashOfText(textsOf({ pdu, version }).redacted, version)}`
  return { id, roomId: roomIdOf(pdu, version, id), version, pdu }
}

/** The create event makes the room id where the version says so; every other event names it. */
export const roomIdOf = (
  pdu: Pick<Pdu, 'type' | 'room_id'>,
  version: RoomVersion,
  id: string,
): string =>
  version.roomIdFromCreate && pdu.type === 'm.room.create' ? `!${id.slice(1)}` : (pdu.room_id ?? '')

/** The event that a redaction is to redact, from where its room version keeps it. */
export function redactsOf({ pdu, version }: Event): string | undefined {
  if (pdu.type !== 'm.room.redaction') return undefined
  const id = version.redactsInContent ? member(pdu.content, 'redacts') : pdu.redacts
  return typeof id === 'string' ? id : undefined
}

/**
 * The event as clients are given it (client-server-api#room-event-format). A redaction names its target in both
 * places, as rooms/v11 recommends for clients that know only one.
 */
export function clientForm(event: Event): JsonObject {
  const { pdu, id, roomId } = event
  const redacts = redactsOf(event)
  return {
    event_id: id,
    room_id: roomId,
    type: pdu.type,
    sender: pdu.sender,
    origin_server_ts: pdu.origin_server_ts,
    content: redacts === undefined ? pdu.content : { ...pdu.content, redacts },
    ...(redacts === undefined ? {} : { redacts }),
    ...(pdu.state_key === undefined ? {} : { state_key: pdu.state_key }),
    ...(pdu.unsigned === undefined ? {} : { unsigned: pdu.unsigned }),
  }
}
