import type { Json, JsonObject } from '../../matrix/event.ts'
import { isObject, parseJson } from '../../matrix/json.ts'
import { clientForm } from '../../matrix/read-event.ts'
import type { Event } from '../../matrix/event.ts'
import { invalidParam } from '../errors.ts'
import type { RoomView } from '../users/operations.ts'
import { optionalObject, queried, queriedNumber, texts } from './fields.ts'
import type { Call, Route } from './routes.ts'
import { extraSections } from './sync-extras.ts'
import { historyToken, streamPosition, streamToken } from './tokens.ts'

const LONGEST_WAIT_MS = 60_000
const LARGEST_TIMELINE = 1_000

export const syncRoutes: readonly Route[] = [{ method: 'GET', path: '/sync', handle: sync }]

async function sync(call: Call): Promise<Json> {
  const { user, id: device } = call.device()
  const filter = filterIn(call)
  const since = queried(call, 'since')
  const view = await call.users.sync(user, {
    ...(since === undefined ? {} : { since: streamPosition(since) }),
    ...(filter.limit === undefined ? {} : { limit: filter.limit }),
    waitMs: Math.min(queriedNumber(call, 'timeout') ?? 0, LONGEST_WAIT_MS),
    signal: call.signal,
    device,
  })
  const kept = (roomId: string) => filter.rooms?.includes(roomId) ?? true
  return {
    next_batch: streamToken(view.next),
    ...extraSections(view.extras),
    rooms: {
      join: sections(view.joined, kept, (one, id) => room(one, view.extras?.ephemeral.get(id))),
      invite: sections(view.invited, kept, (events) => ({ invite_state: { events } })),
      knock: sections(view.knocked, kept, (events) => ({ knock_state: { events } })),
      leave: sections(view.left, kept, (one) => room(one)),
    },
  }
}

interface Filter {
  readonly rooms?: readonly string[]
  readonly limit?: number
}

/** Of a filter given in place, what narrows a timeline; a stored one is not known here. */
function filterIn(call: Call): Filter {
  const given = queried(call, 'filter')
  if (given === undefined || !given.startsWith('{')) return {}
  const rooms = optionalObject(parsed(given), 'room') ?? {}
  const limit = optionalObject(rooms, 'timeline')?.['limit']
  return {
    ...(rooms['rooms'] === undefined ? {} : { rooms: texts(rooms, 'rooms') }),
    ...(typeof limit === 'number' && limit >= 1
      ? { limit: Math.min(Math.floor(limit), LARGEST_TIMELINE) }
      : {}),
  }
}

function parsed(text: string): JsonObject {
  try {
    const json = parseJson(Buffer.from(text))
    if (isObject(json)) return json
  } catch {
    // The same refusal as for what is JSON, but no object.
  }
  throw invalidParam('the filter is not a JSON object')
}

function sections<View>(
  rooms: ReadonlyMap<string, View>,
  kept: (roomId: string) => boolean,
  told: (view: View, roomId: string) => JsonObject,
): JsonObject {
  const entries = [...rooms].filter(([roomId]) => kept(roomId))
  return Object.fromEntries(entries.map(([roomId, view]) => [roomId, told(view, roomId)]))
}

const room = (view: RoomView, ephemeral: readonly JsonObject[] = []): JsonObject => ({
  timeline: {
    events: view.timeline.map(inRoom),
    limited: view.limited,
    prev_batch: historyToken(view.previous),
  },
  state: { events: view.state.map(inRoom) },
  ephemeral: { events: ephemeral },
  account_data: { events: [] },
})

/** Inside a room's section, events do not repeat the room's id. */
function inRoom(event: Event): JsonObject {
  const { room_id: _, ...rest } = clientForm(event)
  return rest
}
