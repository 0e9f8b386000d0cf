import { isDeepStrictEqual } from 'node:util'
import type { Json, JsonObject } from '../../matrix/event.ts'
import { invalidParam, MatrixError } from '../errors.ts'
import type { Authored } from '../users/operations.ts'
import { formFor } from './event-form.ts'
import { optionalText, param } from './fields.ts'
import type { Call, Route } from './routes.ts'

export const eventRoutes: readonly Route[] = [
  { method: 'PUT', path: '/rooms/:roomId/send/:type/:txnId', handle: send },
  { method: 'PUT', path: '/rooms/:roomId/state/:type', handle: sendState },
  { method: 'PUT', path: '/rooms/:roomId/state/:type/:stateKey', handle: sendState },
  { method: 'PUT', path: '/rooms/:roomId/redact/:eventId/:txnId', handle: redact },
  { method: 'GET', path: '/rooms/:roomId/event/:eventId', handle: event },
]

async function send(call: Call): Promise<Json> {
  const device = call.device()
  const content = call.body()
  const [roomId, type] = [param(call, 'roomId'), param(call, 'type')]
  const draft = { type, content, sender: device.user, ...redacted(type, content) }
  const place = ['send', roomId, type, param(call, 'txnId')]
  const id = await call.sent.once(device, place, () => call.users.send(roomId, draft))
  return { event_id: id }
}

/** A redaction sent as an ordinary event names what it redacts in its content. */
function redacted(type: string, content: JsonObject): { readonly redacts?: string } {
  const id = type === 'm.room.redaction' ? optionalText(content, 'redacts') : undefined
  return id === undefined ? {} : { redacts: id }
}

async function sendState(call: Call): Promise<Json> {
  const sender = call.device().user
  const [type, state_key] = [param(call, 'type'), param(call, 'stateKey')]
  if (type === 'm.room.create') throw invalidParam('a room is created once')
  const content = stated(call.body(), type === 'm.room.member' && state_key === sender)
  if (type === 'm.room.canonical_alias' && state_key === '')
    await call.directories.checkNames(param(call, 'roomId'), content)
  const draft = { type, state_key, content, sender }
  const same = alreadySo(call, draft)
  if (same !== undefined) return { event_id: same }
  return { event_id: await call.users.send(param(call, 'roomId'), draft) }
}

/** The event by which the sender has set the same before, if it still stands: a request that is sent again changes nothing. */
function alreadySo(call: Call, { type, state_key = '', content, sender }: Authored) {
  const roomId = param(call, 'roomId')
  if (call.reading.membership(roomId, sender) !== 'join') return undefined
  try {
    const { id, pdu } = call.users.stateEvent(roomId, sender, type, state_key)
    return pdu.sender === sender && isDeepStrictEqual(pdu.content, content) ? id : undefined
  } catch (error) {
    if (error instanceof MatrixError) return undefined
    throw error
  }
}

/** Who vouches for a join is for servers to say, not for who joins or is in the room already. */
function stated(content: JsonObject, isOwnMembership: boolean): JsonObject {
  const { join_authorised_via_users_server: _, ...rest } = content
  return isOwnMembership ? rest : content
}

async function redact(call: Call): Promise<Json> {
  const device = call.device()
  const reason = optionalText(call.body(), 'reason')
  const [roomId, eventId] = [param(call, 'roomId'), param(call, 'eventId')]
  const place = ['redact', roomId, eventId, param(call, 'txnId')]
  const deed = () => call.users.redact(roomId, eventId, device.user, reason)
  return { event_id: await call.sent.once(device, place, deed) }
}

function event(call: Call): Json {
  const device = call.device()
  const found = call.users.event(param(call, 'roomId'), device.user, param(call, 'eventId'))
  return formFor(call, device)(found)
}
