import type { Json } from '../../matrix/event.ts'
import { invalidParam, MatrixError } from '../errors.ts'
import { publicRoomsQuery } from '../handlers/exploring.ts'
import { offeredVersion } from '../offered-versions.ts'
import { param, queried, queriedFlag, queriedNumber, text, texts } from './fields.ts'
import type { Call, Route } from './routes.ts'

const ROOM = '/_matrix/client/v1/rooms/:roomId'

export const exploringRoutes: readonly Route[] = [
  { method: 'GET', path: '/publicRooms', handle: publicRooms },
  { method: 'POST', path: '/publicRooms', handle: publicRoomsFiltered },
  { method: 'GET', path: `${ROOM}/hierarchy`, handle: hierarchy },
  { method: 'POST', path: '/rooms/:roomId/upgrade', handle: upgrade },
  { method: 'GET', path: `${ROOM}/timestamp_to_event`, handle: timestampToEvent },
]

function publicRooms(call: Call): Promise<Json> {
  const [limit, since] = [queriedNumber(call, 'limit'), queried(call, 'since')]
  const query = {
    ...(limit === undefined ? {} : { limit }),
    ...(since === undefined ? {} : { since }),
  }
  return call.users.publicRooms(query, queried(call, 'server'))
}

function publicRoomsFiltered(call: Call): Promise<Json> {
  call.device()
  // Clients write null for what they do not ask for.
  const given = Object.entries(call.body()).filter(([, value]) => value !== null)
  const query = publicRoomsQuery(Object.fromEntries(given))
  return call.users.publicRooms(query, queried(call, 'server'))
}

async function hierarchy(call: Call): Promise<Json> {
  const { user } = call.device()
  const [limit, maxDepth] = [queriedNumber(call, 'limit'), queriedNumber(call, 'max_depth')]
  if (limit === 0) throw invalidParam('limit is not greater than zero')
  const from = queried(call, 'from')
  const { rooms, next } = await call.users.hierarchy(param(call, 'roomId'), user, {
    suggestedOnly: queriedFlag(call, 'suggested_only') ?? false,
    ...(limit === undefined ? {} : { limit }),
    ...(maxDepth === undefined ? {} : { maxDepth }),
    ...(from === undefined ? {} : { from }),
  })
  return { rooms, ...(next === undefined ? {} : { next_batch: next }) }
}

async function upgrade(call: Call): Promise<Json> {
  const { user } = call.device()
  const body = call.body()
  const id = text(body, 'new_version')
  const version = offeredVersion(id)
  if (version === undefined)
    throw new MatrixError(400, 'M_UNSUPPORTED_ROOM_VERSION', `no such room version: ${id}`)
  const additionalCreators = texts(body, 'additional_creators')
  const order = { roomId: param(call, 'roomId'), user, version, additionalCreators }
  return { replacement_room: await call.users.upgradeRoom(order) }
}

async function timestampToEvent(call: Call): Promise<Json> {
  const { user } = call.device()
  const [ts = '', dir] = [queried(call, 'ts'), queried(call, 'dir')]
  if (!/^-?\d{1,15}$/.test(ts)) throw invalidParam('ts is no time in milliseconds')
  if (dir !== 'f' && dir !== 'b') throw invalidParam('dir is neither f nor b')
  const found = await call.users.timestampToEvent(param(call, 'roomId'), user, Number(ts), dir)
  return { event_id: found.eventId, origin_server_ts: found.ts }
}
