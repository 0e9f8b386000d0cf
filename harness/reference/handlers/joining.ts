import { stringAt, valueAt } from '../../matrix/content.ts'
import type { Event, JsonObject } from '../../matrix/event.ts'
import { checkFormat } from '../../matrix/event-format.ts'
import { serverNameOf } from '../../matrix/identifiers.ts'
import { readEvent } from '../../matrix/read-event.ts'
import { addSignature } from '../../matrix/sign-event.ts'
import { splitStateKey } from '../../matrix/state-key.ts'
import { forbidden, MatrixError } from '../errors.ts'
import { draftPdu } from '../rooms/build.ts'
import { heroesOf } from '../rooms/heroes.ts'
import type { Room } from '../rooms/room.ts'
import { serversIn } from '../rooms/roster.ts'
import type { Services } from '../services.ts'
import type { Placed } from '../store/store.ts'
import { type Handler, ok } from './handler.ts'
import { pdusOf } from '../../matrix/write-body.ts'
import { membershipIn, residentRoom, takeIn, userOfOrigin } from './membership.ts'

/** server-server-api#get_matrixfederationv1make_joinroomiduserid */
export const makeJoin: Handler = (services, inbound) => {
  const room = residentRoom(services, inbound)
  const user = userOfOrigin(inbound)
  checkVersion(room, inbound.query['ver'] ?? ['1'])
  const scene = { room, rooms: services.rooms, own: services.name }
  const content = services.parts.making.joinContent(scene, user)
  return ok(template(services, room, { user, content }))
}

/** Throws M_INCOMPATIBLE_ROOM_VERSION where the room's is not among those that the other server knows. */
export function checkVersion({ version: { id } }: Room, known: readonly string[]): void {
  if (known.includes(id)) return
  throw new MatrixError(400, 'M_INCOMPATIBLE_ROOM_VERSION', `the room has version ${id}`, {
    room_version: id,
  })
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
  // Signed as it would be where a user of ours has to vouch for it; the template itself goes out unsigned.
  const trial = services.parts.making.finish(pdu, room.version, services.author)
  const { refusal } = room.assess(trial)
  if (refusal !== undefined) throw forbidden(refusal.message)
  return { room_version: room.version.id, event: { ...pdu } }
}

/** server-server-api#put_matrixfederationv2send_joinroomideventid */
export const sendJoin: Handler = async (services, inbound) => {
  const room = residentRoom(services, inbound)
  const json = vouched(services, room, inbound.body)
  const wanted = { version: room.version, membership: 'join', json }
  const event = await membershipIn(services, inbound, wanted)
  if (json !== inbound.body) checkVouched(services, room, event)
  const node = await takeIn(services, room, { event, origin: inbound.origin })
  const mayOmit = inbound.query['omit_members']?.[0] === 'true'
  return ok({
    origin: services.name,
    event: { ...node.event.pdu },
    ...stateForJoin(services, room, { node, mayOmit }),
  })
}

/** The state before the join with its auth chain; without most memberships where the joining server can do without them. */
function stateForJoin(
  { parts }: Services,
  room: Room,
  { node, mayOmit }: { node: Placed; mayOmit: boolean },
): JsonObject {
  const { before, event } = node
  const omits = mayOmit && parts.making.omitsMembers(before)
  const heroes = omits ? heroesOf(room, before) : []
  const state = [...before].flatMap(([place, id]) => {
    const [type, key] = splitStateKey(place)
    const isLeftOut = omits && type === 'm.room.member' && !heroes.includes(key)
    return isLeftOut ? [] : (room.lookup(id) ?? [])
  })
  const told = new Set(mayOmit ? state.map(({ id }) => id) : [])
  const chain = parts.making.authChain(room, [...state, event])
  return {
    state: pdusOf(state),
    auth_chain: pdusOf(chain.filter(({ id }) => !told.has(id))),
    members_omitted: omits,
    ...(mayOmit ? { servers_in_room: [...serversIn(before, room.lookup)] } : {}),
  }
}

/** With the signature that a join needs for which a user of this server vouches; the body itself where it needs none or is no event. */
function vouched(services: Services, room: Room, body: JsonObject): JsonObject {
  const authoriser = stringAt(valueAt(body, 'content'), 'join_authorised_via_users_server')
  if (authoriser === undefined || serverNameOf(authoriser) !== services.name) return body
  if (checkFormat(body, room.version).length > 0) return body
  return {
    ...addSignature(readEvent(body, room.version), services.name, services.keychain.key).pdu,
  }
}

/** Whoever signs has to have made sure that a condition is met: server-server-api#restricted-rooms. */
function checkVouched(services: Services, room: Room, { pdu }: Event): void {
  const scene = { room, rooms: services.rooms, own: services.name }
  services.parts.making.joinContent(scene, pdu.sender)
}
