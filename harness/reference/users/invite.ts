import { valueAt } from '../../matrix/content.ts'
import type { Event, Json, JsonObject, Pdu } from '../../matrix/event.ts'
import { redactedText } from '../../matrix/hash.ts'
import { isUserId, serverNameOf } from '../../matrix/identifiers.ts'
import type { RoomVersion } from '../../matrix/room-version.ts'
import { verifySignature } from '../../matrix/signing-key.ts'
import { invalidParam, MatrixError, notFound } from '../errors.ts'
import { RemoteError } from '../remote.ts'
import type { Room } from '../rooms/room.ts'
import type { Services } from '../services.ts'
import { emit, makeEvent, permitted } from './emit.ts'
import { checkInvitable } from './invite-permission.ts'
import { asClientError } from './remote-refusal.ts'

export interface InviteOrder {
  readonly room: Room
  readonly user: string
  readonly by: string
  /** Further content, such as `reason`. */
  readonly content?: JsonObject
}

/** Invites a user; one of another server has to sign there first (server-server-api#inviting-to-a-room). */
export async function invite(services: Services, order: InviteOrder): Promise<Event> {
  const { room, user, by } = order
  if (!isUserId(user)) throw invalidParam(`${user} is no user id`)
  const draft = {
    type: 'm.room.member',
    state_key: user,
    sender: by,
    content: { ...order.content, membership: 'invite' },
  }
  if (serverNameOf(user) === services.name) {
    if (!services.accounts.has(user)) throw notFound(`there is no user ${user}`)
    checkInvitable(services, user)
    const content = { ...services.accounts.memberContent(user), ...draft.content }
    return (await emit(services, room, { ...draft, content })).event
  }
  const event = makeEvent(services, room, draft, { extra: { origin: services.name } })
  permitted(room, event)
  const recommended = await services.policies.sign(room, event)
  const signed = await services.parts.making.signInvitation(services, room, recommended)
  const node = permitted(room, signed)
  room.place(node)
  services.sender.replicate(room, node)
  return node.event
}

/** server-server-api#put_matrixfederationv2inviteroomideventid */
export async function signInvitation(services: Services, room: Room, event: Event): Promise<Event> {
  const server = serverNameOf(event.pdu.state_key ?? '')
  const json = await askToSign(services, { room, event, server }).catch((error: unknown) => {
    throw asClientError(error)
  })
  const [returned] = await services.inspector.accept([json ?? null], { version: room.version })
  if (returned?.id !== event.id || !(await isSigned(services, returned, server)))
    throw new MatrixError(502, 'M_UNKNOWN', `${server} did not sign the invitation that it got`)
  const signatures: Pdu['signatures'] = {
    ...event.pdu.signatures,
    [server]: { ...event.pdu.signatures[server], ...returned.pdu.signatures[server] },
  }
  return { ...event, pdu: { ...event.pdu, signatures } }
}

/** The event as the other server gives it back. Throws RemoteError. */
async function askToSign(
  { remote, parts }: Services,
  { room, event, server }: { room: Room; event: Event; server: string },
): Promise<Json | undefined> {
  const params = { roomId: room.id, eventId: event.id }
  const pdu: JsonObject = { ...event.pdu }
  const state = parts.making.invitationState(room).map((one): JsonObject => ({ ...one.pdu }))
  try {
    const body = { room_version: room.version.id, event: pdu, invite_room_state: state }
    return valueAt(await remote.request(server, 'invite', { params, body }), 'event')
  } catch (error) {
    if (!mayBeOlder(error, room.version)) throw error
  }
  const unsigned = { ...event.pdu.unsigned, invite_room_state: state }
  const body = { ...pdu, unsigned }
  const answer = await remote.request(server, 'inviteV1', { params, body })
  return Array.isArray(answer) ? valueAt(answer[1], 'event') : undefined
}

/** Servers of the first room versions may know only the first form of the endpoint. */
const mayBeOlder = (error: unknown, version: RoomVersion): boolean =>
  error instanceof RemoteError &&
  version.eventIds === 'given' &&
  [400, 404, 405].includes(error.status ?? 0)

async function isSigned(services: Services, event: Event, server: string): Promise<boolean> {
  const signatures = Object.entries(event.pdu.signatures[server] ?? {})
  const at = event.pdu.origin_server_ts
  await services.keys.obtain(signatures.map(([keyId]) => ({ server, keyId, at })))
  const text = redactedText(event.pdu, event.version)
  return signatures.some(([keyId, signature]) => {
    const key = services.keys.lookup(server, keyId)
    return key !== undefined && verifySignature(key.publicKey, text, signature)
  })
}
