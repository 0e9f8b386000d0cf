import { CanonicalJsonError, canonicalJson } from '../../matrix/canonical-json.ts'
import { valueAt } from '../../matrix/content.ts'
import type { Event, JsonObject } from '../../matrix/event.ts'
import { checkFormat } from '../../matrix/event-format.ts'
import { numbersIn } from '../../matrix/event-texts.ts'
import { isObject } from '../../matrix/json.ts'
import { creatorsOf } from '../../matrix/power.ts'
import { forbidden, invalidParam, MatrixError } from '../errors.ts'
import { draftPdu, type Placement } from '../rooms/build.ts'
import type { Room } from '../rooms/room.ts'
import type { Services } from '../services.ts'
import type { Placed } from '../store/store.ts'
import type { Authored } from './operations.ts'

const maxBytes = 65_536

/** The room, if this server is in it: without that, users here can do nothing in it. */
export function roomOf(services: Services, roomId: string): Room {
  const room = services.rooms.joined(roomId)
  if (room === undefined) throw forbidden(`nobody here is in ${roomId}`)
  return room
}

/**
 * Makes a user's event at the room's heads, judges it, places it and sends it to whom it concerns: all at once, unless a
 * policy server has to be asked first.
 */
export async function emit(
  services: Services,
  room: Room,
  draft: Authored,
  extra?: JsonObject,
): Promise<Placed> {
  services.parts.making.mayEmit(services, room)
  const event = makeEvent(services, room, draft, extra === undefined ? {} : { extra })
  permitted(room, event)
  const signed = services.policies.sign(room, event)
  const node = permitted(room, signed instanceof Promise ? await signed : signed)
  room.place(node)
  services.sender.replicate(room, node)
  return node
}

/** Hashed and signed, of valid format, not yet judged. */
export function makeEvent(
  services: Services,
  room: Room,
  draft: Authored,
  placement: Placement = {},
): Event {
  const pdu = draftPdu(room, draft, services.clock(), placement)
  try {
    const event = services.parts.making.finish(pdu, room.version, services.author)
    checkEvent(event)
    return event
  } catch (error) {
    if (error instanceof CanonicalJsonError) throw badJson(error.message)
    throw error
  }
}

/** rooms/v12: creators have all power and no number. Throws M_INVALID_PARAM. */
export function checkLevels(
  { version, create }: Room,
  { type, state_key, content }: Authored,
): void {
  if (type !== 'm.room.power_levels' || state_key !== '' || !version.privilegedCreators) return
  const users = valueAt(content, 'users')
  const creators = create === undefined ? [] : [...creatorsOf(create, version)]
  const creator = creators.find((user) => isObject(users) && Object.hasOwn(users, user))
  if (creator !== undefined) throw invalidParam(`${creator} made the room and has no power level`)
}

/** Size and format; throws M_TOO_LARGE, M_BAD_JSON. */
export function checkEvent(event: Event): void {
  const json: JsonObject = { ...event.pdu }
  if (Buffer.byteLength(canonicalJson(json, numbersIn(event.version))) > maxBytes)
    throw new MatrixError(413, 'M_TOO_LARGE', `an event has at most ${maxBytes} bytes`)
  const [problem] = checkFormat(json, event.version)
  if (problem !== undefined) throw badJson(`${problem.pointer}: ${problem.problem}`)
}

const badJson = (message: string): MatrixError => new MatrixError(400, 'M_BAD_JSON', message)

/** Throws M_FORBIDDEN where the rules refuse the event. */
export function permitted(room: Room, event: Event): Placed {
  const node = room.soften(room.assess(event))
  if (node.refusal !== undefined) throw forbidden(node.refusal.message)
  return node
}
