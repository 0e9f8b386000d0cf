import { isInteger } from '../../matrix/content.ts'
import type { Json } from '../../matrix/event.ts'
import { isEventId } from '../../matrix/identifiers.ts'
import { isThread, type ReceiptType } from '../ephemeral/receipts.ts'
import { presences } from '../ephemeral/presence.ts'
import { forbidden, invalidParam, MatrixError } from '../errors.ts'
import type { Room } from '../rooms/room.ts'
import { missing, optionalText, param } from './fields.ts'
import type { Call, Route } from './routes.ts'

/** client-server-api#typing-notifications, #receipts, #read-and-unread-markers, #presence */
export const passingRoutes: readonly Route[] = [
  { method: 'PUT', path: '/rooms/:roomId/typing/:userId', handle: typing },
  { method: 'POST', path: '/rooms/:roomId/receipt/:type/:eventId', handle: receipt },
  { method: 'POST', path: '/rooms/:roomId/read_markers', handle: markers },
  { method: 'PUT', path: '/presence/:userId/status', handle: setPresence },
  { method: 'GET', path: '/presence/:userId/status', handle: presence },
]

function typing(call: Call): Json {
  const user = ownUser(call)
  const { typing: isTyping, timeout } = call.body()
  if (isTyping === undefined) throw missing('typing')
  if (typeof isTyping !== 'boolean' || (timeout !== undefined && !isInteger(timeout)))
    throw new MatrixError(400, 'M_BAD_JSON', 'typing or timeout is of a wrong type')
  call.people.typing.set(roomIn(call), user, isTyping, timeout)
  return {}
}

const fullyRead = 'm.fully_read'
const receiptTypes: readonly ReceiptType[] = ['m.read', 'm.read.private']

function receipt(call: Call): Json {
  const { user } = call.device()
  const named = param(call, 'type')
  const thread = threadIn(call.body()['thread_id'])
  const event = eventId(param(call, 'eventId'))
  const room = roomIn(call)
  const type = receiptTypes.find((one) => one === named)
  if (named === fullyRead) {
    if (thread !== undefined) throw invalidParam(`${fullyRead} knows no threads`)
    mark(call, room, event)
    return {}
  }
  if (type === undefined) throw invalidParam(`${named} is no type of receipt`)
  call.people.receipts.set(room, { user, type, event, ...(thread === undefined ? {} : { thread }) })
  return {}
}

function threadIn(json: Json | undefined): string | undefined {
  if (json === undefined || json === null) return undefined
  if (typeof json === 'string' && isThread(json)) return json
  throw invalidParam('thread_id is no text, or an empty one')
}

function markers(call: Call): Json {
  const { user } = call.device()
  const body = call.body()
  const room = roomIn(call)
  for (const type of receiptTypes) {
    const event = optionalText(body, type)
    if (event !== undefined) call.people.receipts.set(room, { user, type, event: eventId(event) })
  }
  const marked = optionalText(body, fullyRead)
  if (marked !== undefined) mark(call, room, eventId(marked))
  return {}
}

function mark(call: Call, room: Room, event: string): void {
  const { user } = call.device()
  if (room.membership(user) !== 'join') throw forbidden(`${user} is not in the room`)
  if (room.find(event) === undefined) throw invalidParam(`${event} is not in the room`)
  call.accountData.set(user, room.id, { type: fullyRead, content: { event_id: event } })
}

function eventId(id: string): string {
  if (!isEventId(id)) throw invalidParam(`${id} is no event id`)
  return id
}

function setPresence(call: Call): Json {
  const user = ownUser(call)
  const body = call.body()
  const named = optionalText(body, 'presence')
  const state = presences.find((one) => one === named)
  if (state === undefined) throw invalidParam(`presence is none of ${presences.join(', ')}`)
  call.people.presence.set(user, state, optionalText(body, 'status_msg'))
  return {}
}

function presence(call: Call): Json {
  return call.people.presence.get(param(call, 'userId'), call.device().user)
}

function ownUser(call: Call): string {
  const { user } = call.device()
  if (user !== param(call, 'userId')) throw forbidden('that is another user')
  return user
}

/** The room, where a user of this server is in it. */
function roomIn(call: Call): Room {
  const room = call.people.rooms.joined(param(call, 'roomId'))
  if (room === undefined) throw forbidden('nobody here is in that room')
  return room
}
