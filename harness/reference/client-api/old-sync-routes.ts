import type { Event, Json, JsonObject } from '../../matrix/event.ts'
import { isObject } from '../../matrix/json.ts'
import { noFilter } from '../users/event-filter.ts'
import type { Position, RoomView } from '../users/operations.ts'
import { formFor } from './event-form.ts'
import { param, present, queried, queriedFlag, queriedNumber } from './fields.ts'
import type { Device } from './logins.ts'
import type { Call, Route } from './routes.ts'
import { historyToken, streamPosition, streamToken } from './tokens.ts'

const LONGEST_WAIT_MS = 60_000
const MESSAGES = 10
const MOST_MESSAGES = 1_000

/** How clients kept up before there was /sync: deprecated, but in the specification still. */
export const oldSyncRoutes: readonly Route[] = [
  { method: 'GET', path: '/events', handle: events },
  { method: 'GET', path: '/initialSync', handle: initialSync },
  { method: 'GET', path: '/rooms/:roomId/initialSync', handle: roomInitialSync },
]

/** client-server-api#get_matrixclientv3events, and with a `room_id` for who is not in the room too. */
async function events(call: Call): Promise<Json> {
  const device = call.device()
  const from = queried(call, 'from')
  call.people.presence.touch(device.user)
  const { since, next, ...found } = await call.reading.news(device.user, {
    ...present('since', from === undefined ? undefined : streamPosition(from)),
    ...present('roomId', queried(call, 'room_id')),
    waitMs: Math.min(queriedNumber(call, 'timeout') ?? 0, LONGEST_WAIT_MS),
    signal: call.signal,
  })
  return {
    start: streamToken(since),
    end: streamToken(next),
    chunk: [...found.events.map(formFor(call, device)), ...found.beside.map(named)],
  }
}

/** An m.presence names its user in the content too, where clients of that time look for it. */
function named(event: JsonObject): JsonObject {
  const { type, sender, content } = event
  if (type !== 'm.presence' || !isObject(content)) return event
  return { ...event, content: { ...content, user_id: sender ?? '' } }
}

const limitIn = (call: Call): number =>
  Math.min(queriedNumber(call, 'limit') ?? MESSAGES, MOST_MESSAGES)

/** client-server-api#get_matrixclientv3initialsync */
async function initialSync(call: Call): Promise<Json> {
  const device = call.device()
  const { user } = device
  call.people.presence.touch(user)
  const filter = {
    ...noFilter,
    timeline: { limit: limitIn(call) },
    includeLeft: queriedFlag(call, 'archived') ?? false,
  }
  const view = await call.users.sync(user, { filter, stateAfter: true })
  const form = formFor(call, device)
  const inRoom = (roomId: string, room: RoomView, membership: string): JsonObject => ({
    ...roomInfo(call, roomId, membership),
    messages: messagesOf(call, device, { room, next: view.next }),
    state: room.state.map(form),
    account_data: room.accountData ?? [],
  })
  const membershipIn = (roomId: string) => call.reading.membership(roomId, user) ?? 'leave'
  return {
    end: streamToken(view.next),
    presence: call.reading.presence(user, view.next).map(named),
    account_data: view.accountData,
    rooms: [
      ...[...view.joined].map(([roomId, room]) => inRoom(roomId, room, 'join')),
      ...[...view.left].map(([roomId, room]) => inRoom(roomId, room, membershipIn(roomId))),
      ...[...view.invited].map(([roomId, stripped]) => ({
        ...roomInfo(call, roomId, 'invite'),
        ...present('invite', stripped.find(isInvitationOf(user))),
      })),
    ],
  }
}

const isInvitationOf =
  (user: string) =>
  ({ type, state_key }: JsonObject): boolean =>
    type === 'm.room.member' && state_key === user

function roomInfo(call: Call, roomId: string, membership: string | undefined): JsonObject {
  if (membership !== 'join') return { room_id: roomId, ...present('membership', membership) }
  const isPublished = call.directories.isPublished(roomId)
  return { room_id: roomId, membership, visibility: isPublished ? 'public' : 'private' }
}

interface Messages {
  readonly room: Pick<RoomView, 'timeline' | 'previous'>
  readonly next: Position
}

const messagesOf = (call: Call, device: Device, { room, next }: Messages): JsonObject => ({
  chunk: room.timeline.map(formFor(call, device)),
  start: historyToken(room.previous),
  end: streamToken(next),
})

/** client-server-api#get_matrixclientv3roomsroomidinitialsync */
async function roomInitialSync(call: Call): Promise<Json> {
  const device = call.device()
  const { user } = device
  const roomId = param(call, 'roomId')
  const state = call.users.state(roomId, user)
  const options = { direction: 'backwards', limit: limitIn(call) } as const
  const page = await call.users.messages(roomId, user, options)
  const timeline: readonly Event[] = page.events.toReversed()
  const room = { timeline, previous: page.end ?? page.start }
  const members = new Set<Json | undefined>(state.map(({ pdu }) => pdu.state_key))
  const next = call.users.now()
  const membership = call.reading.membership(roomId, user)
  const presence = membership === 'join' ? call.reading.presence(user, next) : []
  return {
    ...roomInfo(call, roomId, membership),
    messages: messagesOf(call, device, { room, next }),
    state: state.map(formFor(call, device)),
    account_data: call.accountData.since(user, roomId, undefined),
    presence: presence.filter(({ sender }) => members.has(sender)).map(named),
  }
}
