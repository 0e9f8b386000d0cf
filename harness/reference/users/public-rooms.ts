import { stringAt, valueAt } from '../../matrix/content.ts'
import type { Json, JsonObject } from '../../matrix/event.ts'
import { isObject } from '../../matrix/json.ts'
import { invalidParam, MatrixError } from '../errors.ts'
import { federates, publicEntry } from '../rooms/summary.ts'
import type { Services } from '../services.ts'
import type { PublicRoomsQuery } from './exploring.ts'
import { asClientError } from './remote-refusal.ts'

/** Entries of one page. */
const maxPage = 500

/**
 * One page of this server's directory, the largest rooms first. A token names the entry at which its page begins or ends, so
 * that pages do not overlap when rooms come and go. `forServer`: rooms that are closed to its users are left out.
 */
export function listPublicRooms(
  services: Services,
  query: PublicRoomsQuery,
  forServer: string = services.name,
): JsonObject {
  const { directory, rooms, name } = services
  const all = directory.rooms
    .flatMap((id) => rooms.joined(id) ?? [])
    .filter((room) => forServer === name || federates(room))
    .map(publicEntry)
    .filter((entry) => fits(entry, query))
    .toSorted((a, b) => compare(keyOf(a), keyOf(b)))
  const limit = Math.min(query.limit || maxPage, maxPage)
  const start = startOf(all, query.since, limit)
  const chunk = all.slice(start, start + limit)
  const [first, last] = [chunk.at(0), chunk.at(-1)]
  return {
    chunk,
    total_room_count_estimate: all.length,
    ...(last !== undefined && start + limit < all.length
      ? { next_batch: tokenOf('after', last) }
      : {}),
    ...(first !== undefined && start > 0 ? { prev_batch: tokenOf('before', first) } : {}),
  }
}

function fits(entry: JsonObject, { term, types }: PublicRoomsQuery): boolean {
  const type = entry['room_type']
  if (types !== undefined && !types.includes(typeof type === 'string' ? type : null)) return false
  const wanted = term?.toLowerCase()
  if (wanted === undefined || wanted === '') return true
  return ['name', 'topic', 'canonical_alias'].some((key) => {
    const value = entry[key]
    return typeof value === 'string' && value.toLowerCase().includes(wanted)
  })
}

type Key = readonly [members: number, roomId: string]

const keyOf = (entry: JsonObject): Key => [
  Number(entry['num_joined_members']),
  stringAt(entry, 'room_id') ?? '',
]

const compare = ([a, idA]: Key, [b, idB]: Key): number => {
  if (a !== b) return b - a
  if (idA === idB) return 0
  return idA < idB ? -1 : 1
}

const tokenOf = (direction: 'after' | 'before', entry: JsonObject): string =>
  Buffer.from(JSON.stringify([direction, ...keyOf(entry)])).toString('base64url')

/** Index at which a page begins. */
function startOf(all: readonly JsonObject[], since: string | undefined, limit: number): number {
  if (since === undefined) return 0
  const { direction, key } = readToken(since)
  const isFurther = (entry: JsonObject) => {
    const order = compare(keyOf(entry), key)
    return direction === 'after' ? order > 0 : order >= 0
  }
  const index = all.findIndex(isFurther)
  const place = index < 0 ? all.length : index
  return direction === 'after' ? place : Math.max(0, place - limit)
}

function readToken(token: string): { direction: string; key: Key } {
  try {
    const value: unknown = JSON.parse(Buffer.from(token, 'base64url').toString())
    const [direction, members, id]: readonly unknown[] = Array.isArray(value) ? value : []
    if ((direction === 'after' || direction === 'before') && Number.isInteger(members))
      return { direction, key: [Number(members), String(id)] }
  } catch {
    // The same refusal as for JSON that is no token.
  }
  throw invalidParam('since is no token of this server')
}

/** The directory of another server. */
export async function publicRoomsOf(
  { remote }: Services,
  server: string,
  { limit, since, term, types }: PublicRoomsQuery,
): Promise<JsonObject> {
  const query = since === undefined ? {} : { since }
  const filter = {
    ...(term === undefined ? {} : { generic_search_term: term }),
    ...(types === undefined ? {} : { room_types: types }),
  }
  const asked =
    term === undefined && types === undefined
      ? remote.request(server, 'publicRooms', {
          query: { ...query, ...(limit === undefined ? {} : { limit: String(limit) }) },
        })
      : remote.request(server, 'publicRoomsFiltered', {
          body: { ...query, ...(limit === undefined ? {} : { limit }), filter },
        })
  const json = await asked.catch((error: unknown) => {
    throw asClientError(error)
  })
  return readPage(json, server)
}

/** What clients count on is there, whatever else the other server tells. */
function readPage(json: Json, server: string): JsonObject {
  const listed = valueAt(json, 'chunk')
  if (!isObject(json) || !Array.isArray(listed))
    throw new MatrixError(502, 'M_UNKNOWN', `${server} gave no list of rooms`)
  const chunk = listed.filter((entry) => isObject(entry) && typeof entry['room_id'] === 'string')
  return { ...json, chunk }
}
