import { stringAt } from '../../matrix/content.ts'
import type { Event, JsonObject } from '../../matrix/event.ts'
import { serverNameOf } from '../../matrix/identifiers.ts'
import { addSignature } from '../../matrix/sign-event.ts'
import { forbidden, MatrixError } from '../errors.ts'
import { draftPdu } from '../rooms/build.ts'
import type { Room } from '../rooms/room.ts'
import { rosterOf } from '../rooms/roster.ts'
import type { Services } from '../services.ts'
import { type Handler, ok, pdusOf } from './handler.ts'
import { membershipIn, residentRoom, takeIn, userOfOrigin } from './membership.ts'

/** server-server-api#get_matrixfederationv1make_joinroomiduserid */
export const makeJoin: Handler = (services, inbound) => {
  const room = residentRoom(services, inbound)
  const user = userOfOrigin(inbound)
  const { id } = room.version
  if (!(inbound.query['ver'] ?? ['1']).includes(id))
    throw new MatrixError(400, 'M_INCOMPATIBLE_ROOM_VERSION', `the room has version ${id}`, {
      room_version: id,
    })
  const scene = { room, rooms: services.rooms, own: services.name }
  const content = services.parts.making.joinContent(scene, user)
  return ok(template(services, room, { user, content }))
}

/** The membership as its user's server is to sign it. Throws M_FORBIDDEN where the rules would refuse it. */
export function template(
  services: Services,
  room: Room,
  { user, content }: { user: string; content: JsonObject },
): JsonObject {
  const draft = { type: 'm.room.member', state_key: user, sender: user, content }
  const extra = { origin: services.name }
  const pdu = draftPdu(room, draft, services.clock(), { extra })
  const unsigned = { ...pdu, hashes: { sha256: '' }, signatures: {} }
  const trial = { id: '', roomId: room.id, version: room.version, pdu: unsigned }
  const { refusal } = room.assess(trial)
  if (refusal !== undefined) throw forbidden(refusal.message)
  return { room_version: room.version.id, event: { ...pdu } }
}

/** server-server-api#put_matrixfederationv2send_joinroomideventid */
export const sendJoin: Handler = async (services, inbound) => {
  const room = residentRoom(services, inbound)
  const wanted = { version: room.version, membership: 'join', json: inbound.body }
  const unsigned = await membershipIn(services, inbound, wanted)
  const event = vouched(services, room, unsigned)
  const node = await takeIn(services, room, { event, origin: inbound.origin })
  await services.rooms.store.durable()
  const state = [...node.before.values()].flatMap((id) => room.lookup(id) ?? [])
  const chain = services.parts.making.authChain(room, [...state, node.event])
  const omit = inbound.query['omit_members']?.[0] === 'true'
  return ok({
    origin: services.name,
    state: pdusOf(state),
    auth_chain: pdusOf(chain),
    event: { ...node.event.pdu },
    members_omitted: false,
    ...(omit ? { servers_in_room: [...rosterOf(node.before, room.lookup).servers] } : {}),
  })
}

/** A join by condition carries the signature of the server whose user vouches for it: only where the condition is met. */
function vouched(services: Services, room: Room, event: Event): Event {
  const { sender, content } = event.pdu
  const authoriser = stringAt(content, 'join_authorised_via_users_server')
  if (authoriser === undefined || serverNameOf(authoriser) !== services.name) return event
  services.parts.making.joinContent({ room, rooms: services.rooms, own: services.name }, sender)
  return addSignature(event, services.name, services.key)
}
