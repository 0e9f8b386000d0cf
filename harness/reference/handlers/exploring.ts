import type { Json, JsonObject } from '../../matrix/event.ts'
import { isObject } from '../../matrix/json.ts'
import { invalidParam, MatrixError, notFound } from '../errors.ts'
import { childrenOf, isAccessibleTo } from '../rooms/spaces.ts'
import { summaryOf } from '../rooms/summary.ts'
import type { PublicRoomsQuery } from '../users/exploring.ts'
import { listPublicRooms } from '../users/public-rooms.ts'
import { type Handler, type Inbound, ok, param, wholeNumber } from './handler.ts'

/** server-server-api#get_matrixfederationv1publicrooms */
export const publicRooms: Handler = (services, { query, origin }) => {
  const [limit, since] = [query['limit']?.[0], query['since']?.[0]]
  checkNetwork(query['include_all_networks']?.[0] === 'true', query['third_party_instance_id']?.[0])
  return ok(
    listPublicRooms(
      services,
      {
        ...(limit === undefined ? {} : { limit: wholeNumber(limit, 'limit') }),
        ...(since === undefined ? {} : { since }),
        ...noneOf(query['third_party_instance_id']?.[0]),
      },
      origin,
    ),
  )
}

/** server-server-api#post_matrixfederationv1publicrooms */
export const publicRoomsFiltered: Handler = (services, { body, origin }) =>
  ok(listPublicRooms(services, publicRoomsQuery(body), origin))

/** The query that a body asks for, here or of the client API: M_BAD_JSON, M_INVALID_PARAM. */
export function publicRoomsQuery(body: JsonObject): PublicRoomsQuery {
  const network = body['third_party_instance_id']
  checkNetwork(body['include_all_networks'] === true, network)
  const { limit, since } = body
  if (limit !== undefined && !(Number.isInteger(limit) && Number(limit) >= 0))
    throw badJson('limit is no whole number')
  if (since !== undefined && typeof since !== 'string') throw badJson('since is no string')
  return {
    ...(limit === undefined ? {} : { limit: Number(limit) }),
    ...(since === undefined ? {} : { since }),
    ...filterIn(body['filter']),
    ...noneOf(network),
  }
}

function filterIn(filter: Json | undefined): Pick<PublicRoomsQuery, 'term' | 'types'> {
  if (filter === undefined) return {}
  if (!isObject(filter)) throw badJson('filter is no object')
  const term = filter['generic_search_term']
  if (term !== undefined && typeof term !== 'string')
    throw badJson('generic_search_term is no string')
  const types = typesIn(filter['room_types'])
  return { ...(term === undefined ? {} : { term }), ...(types === undefined ? {} : { types }) }
}

function typesIn(value: Json | undefined): readonly (string | null)[] | undefined {
  if (value === undefined) return undefined
  if (!Array.isArray(value)) throw badJson('room_types is no list')
  return value.map((type: Json) => {
    if (typeof type === 'string' || type === null) return type
    throw badJson('room_types holds something else than strings and null')
  })
}

const badJson = (message: string): MatrixError => new MatrixError(400, 'M_BAD_JSON', message)

function checkNetwork(all: boolean, network: Json | undefined): void {
  if (all && network !== undefined)
    throw invalidParam('third_party_instance_id goes without include_all_networks only')
}

/** There are no bridged networks here, so none of their rooms either. */
const noneOf = (network: Json | undefined): Pick<PublicRoomsQuery, 'types'> =>
  network === undefined ? {} : { types: [] }

/** server-server-api#get_matrixfederationv1hierarchyroomid */
export const hierarchy: Handler = (services, inbound) => {
  const { rooms, parts } = services
  const { origin } = inbound
  const scene = { rooms, allowed: parts.access.allowed }
  const room = rooms.joined(param(inbound, 'roomId'))
  if (room === undefined || !isAccessibleTo(room, origin, scene))
    throw notFound('there is no such room, or none for that server')
  const isWanted = onlySuggested(inbound)
    ? ({ isSuggested }: { isSuggested: boolean }) => isSuggested
    : () => true
  const wanted = childrenOf(room).filter(isWanted)
  const known = wanted.flatMap(({ roomId }) => rooms.joined(roomId) ?? [])
  const isAccessible = new Map(known.map((one) => [one, isAccessibleTo(one, origin, scene)]))
  return ok({
    room: { ...summaryOf(room), children_state: wanted.map(({ stripped }) => stripped) },
    children: known.filter((one) => isAccessible.get(one)).map(summaryOf),
    inaccessible_children: known.filter((one) => !isAccessible.get(one)).map(({ id }) => id),
  })
}

function onlySuggested({ query }: Inbound): boolean {
  const text = query['suggested_only']?.[0] ?? 'false'
  if (text !== 'true' && text !== 'false')
    throw invalidParam('suggested_only is neither true nor false')
  return text === 'true'
}
