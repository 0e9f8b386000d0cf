import type { Json } from '../../matrix/event.ts'
import { MatrixError, notFound } from '../errors.ts'
import { oneOf, param, present, text } from './fields.ts'
import type { Call, Route } from './routes.ts'

const ALIAS = '/directory/room/:alias'
const LISTED = '/directory/list/room/:roomId'

export const directoryRoutes: readonly Route[] = [
  { method: 'GET', path: ALIAS, handle: resolve },
  { method: 'PUT', path: ALIAS, handle: add },
  { method: 'DELETE', path: ALIAS, handle: remove },
  { method: 'GET', path: LISTED, handle: visibility },
  { method: 'PUT', path: LISTED, handle: setVisibility },
  { method: 'GET', path: '/rooms/:roomId/aliases', handle: aliases },
  { method: 'GET', path: '/_matrix/client/v1/room_summary/:roomIdOrAlias', handle: summary },
]

async function resolve(call: Call): Promise<Json> {
  const { roomId, servers } = await call.users.resolveAlias(param(call, 'alias'))
  return { room_id: roomId, servers }
}

function add(call: Call): Json {
  const { user } = call.device()
  call.directories.add(param(call, 'alias'), text(call.body(), 'room_id'), user)
  return {}
}

async function remove(call: Call): Promise<Json> {
  const { user } = call.device()
  await call.directories.remove(param(call, 'alias'), user)
  return {}
}

function aliases(call: Call): Json {
  const { user } = call.device()
  return { aliases: call.directories.of(param(call, 'roomId'), user) }
}

function visibility(call: Call): Json {
  const isPublished = call.directories.isPublished(param(call, 'roomId'))
  return { visibility: isPublished ? 'public' : 'private' }
}

function setVisibility(call: Call): Json {
  const { user } = call.device()
  const wanted = oneOf(['public', 'private'], call.body(), 'visibility') ?? 'public'
  call.directories.setPublished(param(call, 'roomId'), user, wanted === 'public')
  return {}
}

/** client-server-api#get_matrixclientv1room_summaryroomidoralias */
async function summary(call: Call): Promise<Json> {
  const { user } = call.device()
  const place = param(call, 'roomIdOrAlias')
  const { roomId, servers } = place.startsWith('#')
    ? await call.users.resolveAlias(place)
    : { roomId: place, servers: [] }
  const via = [...(call.query['via'] ?? []), ...servers]
  const page = await call.users
    .hierarchy(roomId, user, { limit: 1, maxDepth: 0, via })
    .catch((error: unknown) => {
      // Who may not see a room is not told that there is one.
      if (error instanceof MatrixError && error.errcode === 'M_FORBIDDEN') return undefined
      throw error
    })
  const [room] = page?.rooms ?? []
  if (room === undefined) throw notFound(`there is no room ${place}`)
  const { children_state: _, ...rest } = room
  return { ...rest, ...present('membership', call.reading.membership(roomId, user)) }
}
