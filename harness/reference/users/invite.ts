import { valueAt } from '../../matrix/content.ts'
import type { Event, JsonObject, Pdu } from '../../matrix/event.ts'
import { isUserId, serverNameOf } from '../../matrix/identifiers.ts'
import { redact } from '../../matrix/redact.ts'
import { verifyJson } from '../../matrix/sign-json.ts'
import { invalidParam, MatrixError, notFound } from '../errors.ts'
import type { Room } from '../rooms/room.ts'
import type { Services } from '../services.ts'
import { emit, makeEvent, permitted } from './emit.ts'
import { asClientError } from './remote-refusal.ts'

export interface InviteOrder {
  readonly room: Room
  readonly user: string
  readonly by: string
  /** Further content, such as `reason`. */
  readonly content?: JsonObject
}

/** Invites a user; one of another server has to sign there first (server-server-api#inviting-to-a-room). */
export async function invite(services: Services, order: InviteOrder): Promise<void> {
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
    emit(services, room, {
      ...draft,
      content: { ...services.accounts.memberContent(user), ...draft.content },
    })
    return
  }
  const event = makeEvent(services, room, draft, { extra: { origin: services.name } })
  permitted(room, event)
  const signed = await services.parts.making.signInvitation(services, room, event)
  const node = permitted(room, signed)
  room.place(node)
  services.sender.replicate(room, node)
}

/** server-server-api#put_matrixfederationv2inviteroomideventid */
export async function signInvitation(services: Services, room: Room, event: Event): Promise<Event> {
  const server = serverNameOf(event.pdu.state_key ?? '')
  const json = await services.remote
    .request(server, 'invite', {
      params: { roomId: room.id, eventId: event.id },
      body: {
        room_version: room.version.id,
        event: { ...event.pdu },
        invite_room_state: services.parts.making
          .invitationState(room)
          .map(({ pdu }) => ({ ...pdu })),
      },
    })
    .catch((error: unknown) => {
      throw asClientError(error)
    })
  const [returned] = await services.inspector.accept([valueAt(json, 'event') ?? null], {
    version: room.version,
  })
  if (returned?.id !== event.id || !(await isSigned(services, returned, server)))
    throw new MatrixError(502, 'M_UNKNOWN', `${server} did not sign the invitation that it got`)
  const signatures: Pdu['signatures'] = {
    ...event.pdu.signatures,
    [server]: returned.pdu.signatures[server] ?? {},
  }
  return { ...event, pdu: { ...event.pdu, signatures } }
}

async function isSigned(services: Services, event: Event, server: string): Promise<boolean> {
  const keyIds = Object.keys(event.pdu.signatures[server] ?? {})
  const at = event.pdu.origin_server_ts
  await services.keys.obtain(keyIds.map((keyId) => ({ server, keyId, at })))
  const json: JsonObject = { ...redact(event.pdu, event.version) }
  return keyIds.some((keyId) => {
    const key = services.keys.lookup(server, keyId)
    return key !== undefined && verifyJson(json, server, keyId, key.publicKey)
  })
}
