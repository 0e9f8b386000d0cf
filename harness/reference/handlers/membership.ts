import { stringAt } from '../../matrix/content.ts'
import type { Event, Json } from '../../matrix/event.ts'
import { serverNameOf } from '../../matrix/identifiers.ts'
import type { RoomVersion } from '../../matrix/room-version.ts'
import { parentIds } from '../../matrix/references.ts'
import { forbidden, invalidParam, MatrixError, notFound } from '../errors.ts'
import type { Inspected } from '../rooms/inspector.ts'
import { Unplaceable } from '../rooms/outliers.ts'
import type { Room } from '../rooms/room.ts'
import type { Services } from '../services.ts'
import type { Placed } from '../store/store.ts'
import { type Inbound, param } from './handler.ts'

/** A room that this server is in, for a server that need not be: M_NOT_FOUND, M_FORBIDDEN. */
export function residentRoom(services: Services, inbound: Inbound): Room {
  const room = services.rooms.joined(param(inbound, 'roomId'))
  if (room === undefined || room.partial !== undefined)
    throw notFound('this server is not in that room, or does not know it well enough')
  if (!services.parts.access.allowed(room, inbound.origin))
    throw forbidden(`the room's access list denies ${inbound.origin}`)
  return room
}

/** The user that a template is asked for has to be the origin's own. */
export function userOfOrigin(inbound: Inbound): string {
  const user = param(inbound, 'userId')
  if (serverNameOf(user) !== inbound.origin)
    throw forbidden(`${user} is no user of ${inbound.origin}`)
  return user
}

/**
 * Reads the membership in a request's body and checks what server-server-api lists for send_join, send_leave and invite:
 * type, membership, sender of the origin, room and id of the path, signature. M_BAD_JSON, M_INVALID_PARAM.
 */
export async function membershipIn(
  services: Services,
  inbound: Inbound,
  wanted: { version: RoomVersion; membership: string; json: Json | undefined },
): Promise<Event> {
  const [read] = await services.inspector.inspect([wanted.json ?? null], {
    version: wanted.version,
    via: inbound.origin,
  })
  if (read?.event === undefined || (wanted.membership === 'invite' && read.redacted)) {
    throw refusalOf(read)
  }
  const problem = wrongIn(read.event, inbound, wanted.membership)
  if (problem !== undefined) throw invalidParam(problem)
  return read.event
}

/** With an id it was an event, but its signature or hash is bad. */
function refusalOf(read: Inspected | undefined): MatrixError {
  if (read === undefined) return new MatrixError(400, 'M_BAD_JSON', 'there is no event')
  if (read.event !== undefined) return invalidParam('the content hash is wrong')
  return read.id === undefined
    ? new MatrixError(400, 'M_BAD_JSON', read.problem)
    : invalidParam(read.problem)
}

function wrongIn(event: Event, inbound: Inbound, membership: string): string | undefined {
  const { type, state_key, sender, content } = event.pdu
  if (type !== 'm.room.member') return `the type is ${type}, not m.room.member`
  if (stringAt(content, 'membership') !== membership) return `the membership is not ${membership}`
  if (state_key === undefined) return 'there is no state key'
  if (serverNameOf(sender) !== inbound.origin) return `the sender is no user of ${inbound.origin}`
  if (event.roomId !== param(inbound, 'roomId')) return 'the room is not the one in the path'
  if (event.id !== param(inbound, 'eventId')) return 'the event id is not the one in the path'
  if (membership !== 'invite' && state_key !== sender) return 'the state key is not the sender'
  return undefined
}

/** Takes the membership into the room, if the rules and the current state allow it, and passes it on. M_FORBIDDEN. */
export function takeIn(
  services: Services,
  room: Room,
  { event, origin }: { event: Event; origin: string },
): Promise<Placed> {
  return room.intake.run(async () => {
    const known = room.placed(event.id)
    if (known?.standing === 'accepted') return known
    await prepare(services, room, { event, origin })
    const checked = await services.policies.check(room, room.assess(event))
    // It may have come in a transaction meanwhile.
    const placed = room.placed(event.id)
    if (placed?.standing === 'accepted') return placed
    const node = room.soften(checked)
    if (node.refusal !== undefined) throw forbidden(node.refusal.message)
    room.place(node)
    services.sender.replicate(room, node, origin)
    return node
  })
}

/** Templates cite what this server knows; a membership that cites more has to come with its ancestors. */
async function prepare(
  services: Services,
  room: Room,
  { event, origin }: { event: Event; origin: string },
): Promise<void> {
  try {
    await services.outliers.complete(room, event, [origin])
  } catch (error) {
    if (error instanceof Unplaceable) throw invalidParam(error.message)
    throw error
  }
  if (!parentIds(event).every((id) => room.placed(id) !== undefined))
    throw invalidParam('the event cites parents that this server does not know')
}
