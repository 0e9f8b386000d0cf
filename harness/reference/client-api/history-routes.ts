import type { Json } from '../../matrix/event.ts'
import { invalidParam } from '../errors.ts'
import type { RoomEventFilter } from '../users/event-filter.ts'
import type { ListPlace, Related } from '../users/related.ts'
import { formFor } from './event-form.ts'
import { param, present, queried, queriedFlag, queriedNumber, text, wholeNumber } from './fields.ts'
import { filterObject, readRoomFilter } from './filters.ts'
import type { Device } from './logins.ts'
import type { Call, Route } from './routes.ts'
import { historyToken, listIndex, listToken, placeIn } from './tokens.ts'

const PAGE = 10
const LARGEST_PAGE = 1_000
const RELATIONS = '/_matrix/client/v1/rooms/:roomId/relations/:eventId'

export const historyRoutes: readonly Route[] = [
  { method: 'GET', path: '/rooms/:roomId/messages', handle: messages },
  { method: 'GET', path: '/rooms/:roomId/context/:eventId', handle: context },
  { method: 'GET', path: '/rooms/:roomId/members', handle: members },
  { method: 'GET', path: RELATIONS, handle: relations },
  { method: 'GET', path: `${RELATIONS}/:relType`, handle: relations },
  { method: 'GET', path: `${RELATIONS}/:relType/:eventType`, handle: relations },
  { method: 'GET', path: '/_matrix/client/v1/rooms/:roomId/threads', handle: threads },
  { method: 'POST', path: '/user_directory/search', handle: searchUsers },
]

const filterIn = (call: Call): RoomEventFilter => {
  const given = queried(call, 'filter')
  return given === undefined ? {} : readRoomFilter(filterObject(given))
}

/** The limit of the query, or else of the filter. */
function limitIn(call: Call, filter: RoomEventFilter = {}): number {
  return Math.min(queriedNumber(call, 'limit') ?? filter.limit ?? PAGE, LARGEST_PAGE)
}

function indexIn(call: Call, { user }: Device, name: string): number | undefined {
  const token = queried(call, name)
  if (token === undefined) return undefined
  return call.reading.indexAt(param(call, 'roomId'), user, placeIn(token))
}

async function messages(call: Call): Promise<Json> {
  const device = call.device()
  const filter = filterIn(call)
  const page = await call.reading.messages(param(call, 'roomId'), device.user, {
    direction: directionIn(call),
    limit: limitIn(call, filter),
    filter,
    ...present('from', indexIn(call, device, 'from')),
    ...present('to', indexIn(call, device, 'to')),
  })
  const form = formFor(call, device)
  return {
    chunk: page.events.map(form),
    start: historyToken(page.start),
    ...present('end', page.end === undefined ? undefined : historyToken(page.end)),
    state: page.state.map(form),
  }
}

function directionIn(call: Call): 'backwards' | 'forwards' {
  const dir = queried(call, 'dir') ?? 'b'
  if (dir === 'b') return 'backwards'
  if (dir === 'f') return 'forwards'
  throw invalidParam('dir is neither b nor f')
}

async function context(call: Call): Promise<Json> {
  const device = call.device()
  const filter = filterIn(call)
  const around = await call.reading.context(param(call, 'roomId'), device.user, {
    eventId: param(call, 'eventId'),
    limit: limitIn(call, filter),
    filter,
  })
  const form = formFor(call, device)
  return {
    start: historyToken(around.start),
    end: historyToken(around.end),
    event: form(around.event),
    events_before: around.before.map(form),
    events_after: around.after.map(form),
    state: around.state.map(form),
  }
}

async function members(call: Call): Promise<Json> {
  const device = call.device()
  const at = queried(call, 'at')
  const wanted = queried(call, 'membership')
  const unwanted = queried(call, 'not_membership')
  const place = at === undefined ? undefined : placeIn(at)
  const all = await call.reading.members(param(call, 'roomId'), device.user, place)
  const chunk = all.filter(({ pdu }) => {
    const membership = pdu.content['membership']
    return (wanted === undefined || membership === wanted) && membership !== unwanted
  })
  return { chunk: chunk.map(formFor(call, device)) }
}

function relations(call: Call): Json {
  const device = call.device()
  const [relType, eventType] = [param(call, 'relType'), param(call, 'eventType')]
  const related = call.reading.relations(param(call, 'roomId'), device.user, {
    eventId: param(call, 'eventId'),
    ...present('relType', relType === '' ? undefined : relType),
    ...present('eventType', eventType === '' ? undefined : eventType),
    direction: directionIn(call),
    ...present('from', listPlace(call, device, 'from')),
    ...present('to', listPlace(call, device, 'to')),
    limit: positiveLimit(call),
    recurse: queriedFlag(call, 'recurse') ?? false,
  })
  return {
    ...pageOf(call, device, related),
    ...present('prev_batch', tokenOf(related.previous)),
    ...present('recursion_depth', related.depth),
  }
}

/** From a page before this one, or from what a sync or the history has told. */
function listPlace(call: Call, device: Device, name: string): ListPlace | undefined {
  const token = queried(call, name)
  const index = listIndex(token)
  const inHistory = index === undefined ? indexIn(call, device, name) : undefined
  return inHistory === undefined ? index : { index: inHistory }
}

function positiveLimit(call: Call): number {
  const limit = limitIn(call)
  if (limit === 0) throw invalidParam('limit is not greater than zero')
  return limit
}

const tokenOf = (index: number | undefined): string | undefined =>
  index === undefined ? undefined : listToken(index)

const pageOf = (call: Call, device: Device, { events, next }: Related) => ({
  chunk: events.map(formFor(call, device)),
  ...present('next_batch', tokenOf(next)),
})

function threads(call: Call): Json {
  const device = call.device()
  const include = queried(call, 'include') ?? 'all'
  if (include !== 'all' && include !== 'participated')
    throw invalidParam('include is neither all nor participated')
  const found = call.reading.threads(param(call, 'roomId'), device.user, {
    onlyParticipated: include === 'participated',
    from: listIndex(queried(call, 'from')) ?? 0,
    limit: positiveLimit(call),
  })
  return pageOf(call, device, found)
}

function searchUsers(call: Call): Json {
  const { user } = call.device()
  const body = call.body()
  const term = text(body, 'search_term')
  const limit = Math.min(wholeNumber(body, 'limit') ?? PAGE, LARGEST_PAGE)
  return { ...call.reading.searchUsers(user, term, limit) }
}
