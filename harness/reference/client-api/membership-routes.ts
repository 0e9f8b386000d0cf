import type { Json } from '../../matrix/event.ts'
import type { Device } from './logins.ts'
import { optionalText, param, text } from './fields.ts'
import type { Call, Route } from './routes.ts'

export const membershipRoutes: readonly Route[] = [
  { method: 'POST', path: '/join/:roomIdOrAlias', handle: joinByIdOrAlias },
  { method: 'POST', path: '/rooms/:roomId/join', handle: joinById },
  { method: 'POST', path: '/rooms/:roomId/leave', handle: leave },
  { method: 'POST', path: '/rooms/:roomId/forget', handle: forget },
  { method: 'POST', path: '/rooms/:roomId/invite', handle: onSomeone('invite') },
  { method: 'POST', path: '/rooms/:roomId/kick', handle: onSomeone('kick') },
  { method: 'POST', path: '/rooms/:roomId/ban', handle: onSomeone('ban') },
  { method: 'POST', path: '/rooms/:roomId/unban', handle: onSomeone('unban') },
  { method: 'GET', path: '/joined_rooms', handle: joinedRooms },
]

async function joinByIdOrAlias(call: Call): Promise<Json> {
  const device = call.device()
  const reason = optionalText(call.body(), 'reason')
  const place = param(call, 'roomIdOrAlias')
  if (!place.startsWith('#')) return await join(call, device, place)
  const roomId = await call.users.joinByAlias(place, device.user, serversIn(call), reason)
  return { room_id: roomId }
}

async function joinById(call: Call): Promise<Json> {
  return await join(call, call.device(), param(call, 'roomId'))
}

async function join(call: Call, device: Device, roomId: string): Promise<Json> {
  const reason = optionalText(call.body(), 'reason')
  await call.users.join(roomId, device.user, serversIn(call), reason)
  return { room_id: roomId }
}

/** `via` took the place of `server_name` in v1.12; clients send either or both. */
export function serversIn(call: Call): readonly string[] {
  return [...new Set([...(call.query['via'] ?? []), ...(call.query['server_name'] ?? [])])]
}

async function leave(call: Call): Promise<Json> {
  const { user } = call.device()
  await call.users.leave(param(call, 'roomId'), user, optionalText(call.body(), 'reason'))
  return {}
}

function forget(call: Call): Json {
  const { user } = call.device()
  call.users.forget(param(call, 'roomId'), user)
  return {}
}

function onSomeone(deed: 'invite' | 'kick' | 'ban' | 'unban'): Route['handle'] {
  return async (call) => {
    const by = call.device().user
    const body = call.body()
    const someone = text(body, 'user_id')
    await call.users[deed](param(call, 'roomId'), someone, by, optionalText(body, 'reason'))
    return {}
  }
}

function joinedRooms(call: Call): Json {
  return { joined_rooms: call.users.joinedRooms(call.device().user) }
}
