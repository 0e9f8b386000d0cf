import type { Json } from '../../matrix/event.ts'
import { param, text } from './fields.ts'
import type { Call, Route } from './routes.ts'

const ALIAS = '/directory/room/:alias'

export const directoryRoutes: readonly Route[] = [
  { method: 'GET', path: ALIAS, handle: resolve },
  { method: 'PUT', path: ALIAS, handle: add },
  { method: 'DELETE', path: ALIAS, handle: remove },
]

async function resolve(call: Call): Promise<Json> {
  const { roomId, servers } = await call.users.resolveAlias(param(call, 'alias'))
  return { room_id: roomId, servers }
}

function add(call: Call): Json {
  const { user } = call.device()
  call.users.addAlias(param(call, 'alias'), text(call.body(), 'room_id'), user)
  return {}
}

function remove(call: Call): Json {
  const { user } = call.device()
  call.users.removeAlias(param(call, 'alias'), user)
  return {}
}
