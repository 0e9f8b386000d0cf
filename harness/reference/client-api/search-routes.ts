import type { Event, Json, JsonObject } from '../../matrix/event.ts'
import { invalidParam } from '../errors.ts'
import { type Hit, type SearchKey, searchKeys } from '../users/event-search.ts'
import { formFor } from './event-form.ts'
import {
  flag,
  object,
  objects,
  oneOf,
  optionalObject,
  present,
  queried,
  text,
  texts,
  wholeNumber,
} from './fields.ts'
import { readRoomFilter } from './filters.ts'
import type { Device } from './logins.ts'
import type { Call, Route } from './routes.ts'
import { historyToken, listIndex, listToken } from './tokens.ts'

export const searchRoutes: readonly Route[] = [{ method: 'POST', path: '/search', handle: search }]

const defaultLimit = 10
const largestLimit = 100
const mostWords = 20

/** client-server-api#post_matrixclientv3search */
async function search(call: Call): Promise<Json> {
  const device = call.device()
  const categories = object(call.body(), 'search_categories')
  const criteria = optionalObject(categories, 'room_events')
  if (criteria === undefined) return { search_categories: {} }
  const filter = readRoomFilter(optionalObject(criteria, 'filter') ?? {})
  const words = wordsIn(criteria)
  const order = oneOf(['rank', 'recent'], criteria, 'order_by') === 'recent' ? 'recent' : 'rank'
  const hits = call.reading.search(device.user, { words, keys: keysIn(criteria), filter, order })
  const from = listIndex(queried(call, 'next_batch')) ?? 0
  const limit = Math.min(filter.limit ?? defaultLimit, largestLimit)
  const page = hits.slice(from, from + limit)
  const results = await Promise.all(page.map((hit) => resultOf(call, device, { hit, criteria })))
  const found = {
    count: hits.length,
    highlights: words,
    results,
    ...present('next_batch', page.length < limit ? undefined : listToken(from + limit)),
    ...present(
      'state',
      flag(criteria, 'include_state') === true ? stateOf(call, device, page) : undefined,
    ),
    groups: groupsOf(criteria, page),
  }
  return { search_categories: { room_events: found } }
}

function wordsIn(criteria: JsonObject): readonly string[] {
  const words = new Set(text(criteria, 'search_term').toLowerCase().split(/\s+/).filter(Boolean))
  if (words.size > mostWords) throw invalidParam(`search_term has more than ${mostWords} words`)
  return [...words]
}

function keysIn(criteria: JsonObject): readonly SearchKey[] {
  const known = Object.keys(searchKeys)
  const isKey = (key: string): key is SearchKey => known.includes(key)
  const wanted = criteria['keys'] === undefined ? known : texts(criteria, 'keys')
  return wanted.map((key) => {
    if (!isKey(key)) throw invalidParam(`${key} is no key to search`)
    return key
  })
}

interface Showing {
  readonly hit: Hit
  readonly criteria: JsonObject
}

async function resultOf(
  call: Call,
  device: Device,
  { hit, criteria }: Showing,
): Promise<JsonObject> {
  const form = formFor(call, device)
  const wanted = optionalObject(criteria, 'event_context')
  const result = { rank: hit.rank, result: form(hit.event) }
  if (wanted === undefined) return result
  const most = (key: string) => Math.min(wholeNumber(wanted, key) ?? 5, largestLimit)
  const limits = { before: most('before_limit'), after: most('after_limit') }
  const around = await call.reading.surroundings(device.user, hit, limits)
  const all = [...around.before, hit.event, ...around.after]
  const profiles = flag(wanted, 'include_profile') === true ? profilesOf(hit, all) : undefined
  const context = {
    start: historyToken(around.start),
    end: historyToken(around.end),
    events_before: around.before.map(form),
    events_after: around.after.map(form),
    ...present('profile_info', profiles),
  }
  return { ...result, context }
}

/** How the senders were called in the room when the event came. */
function profilesOf({ stream, event }: Hit, events: readonly Event[]): JsonObject {
  const state = stream.room.placed(event.id)?.after
  const profile = (user: string) => {
    const content = stream.room.stateEvent('m.room.member', user, state)?.pdu.content
    return {
      ...present('displayname', content?.['displayname']),
      ...present('avatar_url', content?.['avatar_url']),
    }
  }
  const senders = new Set(events.map(({ pdu }) => pdu.sender))
  return Object.fromEntries([...senders].map((user) => [user, profile(user)]))
}

function stateOf(call: Call, device: Device, page: readonly Hit[]): JsonObject {
  const rooms = new Set(page.map(({ event }) => event.roomId))
  const form = formFor(call, device)
  return Object.fromEntries(
    [...rooms].map((id) => [id, call.users.state(id, device.user).map(form)]),
  )
}

/** Results by room or sender, in the order in which each group has its first. */
function groupsOf(criteria: JsonObject, page: readonly Hit[]): JsonObject {
  const asked = objects(optionalObject(criteria, 'groupings') ?? {}, 'group_by')
  const groups = asked.flatMap((one) => {
    const key = oneOf(['room_id', 'sender'], one, 'key')
    if (key === undefined) return []
    const place = ({ event }: Hit) => (key === 'sender' ? event.pdu.sender : event.roomId)
    const names = [...new Set(page.map(place))]
    const results = (name: string) =>
      page.filter((hit) => place(hit) === name).map(({ event }) => event.id)
    const entries = names.map((name, order) => [name, { order, results: results(name) }])
    return [[key, Object.fromEntries(entries)]]
  })
  return Object.fromEntries(groups)
}
