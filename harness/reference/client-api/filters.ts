import type { JsonObject } from '../../matrix/event.ts'
import { isRoomId, isUserId } from '../../matrix/identifiers.ts'
import { isObject, member, parseJson } from '../../matrix/json.ts'
import { invalidParam } from '../errors.ts'
import { pathOf } from '../push/property-path.ts'
import type { EventFilter, RoomEventFilter, SyncFilter } from '../users/event-filter.ts'
import { flag, oneOf, optionalObject, present, texts, wholeNumber } from './fields.ts'

const largestLimit = 1_000
/** Entries of one list in a filter. */
const mostEntries = 1_000

/** A filter as a client has made it. */
export interface ClientFilter extends SyncFilter {
  /** Paths of the fields to give; absent: all. */
  readonly fields?: readonly (readonly string[])[]
  readonly format: 'client' | 'federation'
}

/** A filter in a query parameter. Throws M_INVALID_PARAM, M_BAD_JSON. */
export function filterObject(text: string): JsonObject {
  try {
    const json = parseJson(Buffer.from(text))
    if (isObject(json)) return json
  } catch {
    // The same refusal as for what is JSON, but no object.
  }
  throw invalidParam('the filter is not a JSON object')
}

/** client-server-api#post_matrixclientv3useruseridfilter. Throws M_BAD_JSON, M_INVALID_PARAM. */
export function readFilter(json: JsonObject): ClientFilter {
  const room = optionalObject(json, 'room') ?? {}
  const inRoom = (key: string) => readRoomFilter(optionalObject(room, key) ?? {})
  const beside = (key: string) => readEventFilter(optionalObject(json, key) ?? {})
  const format = oneOf(['client', 'federation'], json, 'event_format')
  return {
    ...present('rooms', list(room, 'rooms', isRoomId)),
    ...present('notRooms', list(room, 'not_rooms', isRoomId)),
    ...present('includeLeft', flag(room, 'include_leave')),
    timeline: inRoom('timeline'),
    state: inRoom('state'),
    ephemeral: inRoom('ephemeral'),
    roomAccountData: inRoom('account_data'),
    accountData: beside('account_data'),
    presence: beside('presence'),
    ...present('fields', list(json, 'event_fields')?.map(pathOf)),
    format: format === 'federation' ? format : 'client',
  }
}

export function readRoomFilter(json: JsonObject): RoomEventFilter {
  return {
    ...readEventFilter(json),
    ...present('rooms', list(json, 'rooms', isRoomId)),
    ...present('notRooms', list(json, 'not_rooms', isRoomId)),
    ...present('containsUrl', flag(json, 'contains_url')),
    ...present('lazyMembers', flag(json, 'lazy_load_members')),
    ...present('redundantMembers', flag(json, 'include_redundant_members')),
    ...present('threadCounts', flag(json, 'unread_thread_notifications')),
  }
}

function readEventFilter(json: JsonObject): EventFilter {
  const limit = wholeNumber(json, 'limit')
  return {
    ...present('limit', limit === undefined ? undefined : Math.min(limit, largestLimit)),
    ...present('types', list(json, 'types')),
    ...present('notTypes', list(json, 'not_types')),
    ...present('senders', list(json, 'senders', isUserId)),
    ...present('notSenders', list(json, 'not_senders', isUserId)),
  }
}

const isAny = (): boolean => true

/** Absent is something else than empty, which nothing passes. */
function list(
  json: JsonObject,
  key: string,
  isFit: (text: string) => boolean = isAny,
): readonly string[] | undefined {
  const value = member(json, key)
  if (value === undefined || value === null) return undefined
  const all = texts(json, key)
  if (all.length > mostEntries) throw invalidParam(`${key} has more than ${mostEntries} entries`)
  const strange = all.find((one) => !isFit(one))
  if (strange !== undefined) throw invalidParam(`${key} names ${strange}, which is no such id`)
  return all
}

/** Of an event, only what the paths name. */
export function onlyFields(event: JsonObject, paths: readonly (readonly string[])[]): JsonObject {
  const kept = new Map<string, readonly string[][]>()
  for (const [key = '', ...rest] of paths) kept.set(key, [...(kept.get(key) ?? []), rest])
  const fields = [...kept].flatMap(([key, rests]) => {
    const value = member(event, key)
    if (value === undefined) return []
    if (rests.some((rest) => rest.length === 0)) return [[key, value] as const]
    return isObject(value) ? [[key, onlyFields(value, rests)] as const] : []
  })
  return Object.fromEntries(fields)
}
