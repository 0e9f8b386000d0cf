import { valueAt } from '../../matrix/content.ts'
import type { Event, Json, JsonObject } from '../../matrix/event.ts'
import { serverNameOf } from '../../matrix/identifiers.ts'
import { isObject } from '../../matrix/json.ts'
import type { RoomVersion } from '../../matrix/room-version.ts'
import { addSignature } from '../../matrix/sign-event.ts'
import { forbidden, invalidParam, MatrixError, notFound } from '../errors.ts'
import { offeredVersion } from '../offered-versions.ts'
import type { Services } from '../services.ts'
import { stripped } from '../users/invitations.ts'
import { checkInvitable } from '../users/invite-permission.ts'
import { type Handler, type Inbound, missing, ok } from './handler.ts'
import { membershipIn } from './membership.ts'

/** server-server-api#put_matrixfederationv2inviteroomideventid */
export const invite: Handler = async (services, inbound) => {
  const { room_version: stated, event } = inbound.body
  if (stated === undefined) throw missing('room_version')
  if (event === undefined) throw missing('event')
  if (typeof stated !== 'string')
    throw new MatrixError(400, 'M_BAD_JSON', 'room_version is no string')
  const version = offeredVersion(stated)
  if (version === undefined) throw incompatible(stated)
  const state = valueAt(inbound.body, 'invite_room_state')
  return ok({ event: await signInvitation(services, inbound, { version, event, state }) })
}

/** Of rooms of version 1 or 2 only: server-server-api#put_matrixfederationv1inviteroomideventid */
export const inviteV1: Handler = async (services, inbound) => {
  const version = offeredVersion('1') ?? offeredVersion('2')
  if (version === undefined) throw incompatible('1')
  const state = valueAt(valueAt(inbound.body, 'unsigned'), 'invite_room_state')
  const order = { version, event: inbound.body, state }
  return ok([200, { event: await signInvitation(services, inbound, order) }])
}

const incompatible = (stated: string): MatrixError =>
  new MatrixError(400, 'M_INCOMPATIBLE_ROOM_VERSION', `room version ${stated} is not supported`, {
    room_version: stated,
  })

interface Order {
  readonly version: RoomVersion
  readonly event: Json
  readonly state: Json | undefined
}

async function signInvitation(
  services: Services,
  inbound: Inbound,
  order: Order,
): Promise<JsonObject> {
  const { version } = order
  const wanted = { version, membership: 'invite', json: order.event }
  const event = await membershipIn(services, inbound, wanted)
  const user = event.pdu.state_key ?? ''
  if (serverNameOf(user) !== services.name) throw invalidParam(`${user} is no user of this server`)
  if (!services.accounts.has(user)) throw notFound(`there is no user ${user}`)
  checkInvitable(services, user)
  checkOwnRoom(services, event.roomId, { user, origin: inbound.origin })
  const state = await roomState(services, event, order)
  const signed = addSignature(event, services.name, services.keychain.key)
  services.knocks.remove(event.roomId, user)
  services.invitations.add(user, { event: signed, state: [...state, stripped(signed)] })
  // All else goes back as it came.
  const { signatures } = signed.pdu
  return isObject(order.event) ? { ...order.event, signatures } : { ...signed.pdu }
}

/** What a server that is in the room itself knows better than who invites: M_FORBIDDEN. */
function checkOwnRoom(
  { rooms, parts }: Services,
  roomId: string,
  { user, origin }: { user: string; origin: string },
): void {
  const room = rooms.joined(roomId)
  if (room === undefined) return
  if (!parts.access.allowed(room, origin))
    throw forbidden(`the room's access list denies ${origin}`)
  const membership = room.membership(user)
  if (membership === 'join' || membership === 'ban')
    throw forbidden(`the membership of ${user} is ${membership}`)
}

/**
 * The state that came along, stripped. Where the room id shows which create event is meant, what is wrong with it is an
 * error; in older versions it is let pass, as the note in server-server-api#inviting-to-a-room says.
 */
async function roomState(
  services: Services,
  { roomId }: Event,
  { version, state }: Order,
): Promise<readonly JsonObject[]> {
  const entries = Array.isArray(state) ? state.slice(0, maxEntries) : []
  if (!version.roomIdFromCreate) return entries.filter(isObject).map(strippedJson)
  const inspected = await services.inspector.inspect(entries, { version })
  const events = inspected.map((one) => {
    if (one.event === undefined) throw invalidParam(`invite_room_state: ${one.problem}`)
    if (one.event.roomId !== roomId) throw invalidParam('invite_room_state is of another room')
    return one.event
  })
  if (!events.some(({ pdu }) => pdu.type === 'm.room.create'))
    throw invalidParam('invite_room_state lacks the create event')
  return events.map(stripped)
}

const maxEntries = 100

const strippedJson = (json: JsonObject): JsonObject => ({
  type: json['type'] ?? '',
  state_key: json['state_key'] ?? '',
  sender: json['sender'] ?? '',
  content: json['content'] ?? {},
})
