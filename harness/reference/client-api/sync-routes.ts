import type { Json, JsonObject } from '../../matrix/event.ts'
import type { RoomView, SyncView, Unread } from '../users/operations.ts'
import { formFor, syncForm } from './event-form.ts'
import type { Form } from './event-form.ts'
import { present, queried, queriedFlag, queriedNumber } from './fields.ts'
import { syncFilterIn } from './filter-routes.ts'
import type { ClientFilter } from './filters.ts'
import type { Device } from './logins.ts'
import type { Call, Route } from './routes.ts'
import { extraSections } from './sync-extras.ts'
import { historyToken, streamPosition, streamToken } from './tokens.ts'

const LONGEST_WAIT_MS = 60_000

export const syncRoutes: readonly Route[] = [{ method: 'GET', path: '/sync', handle: sync }]

async function sync(call: Call): Promise<Json> {
  const device = call.device()
  const filter = syncFilterIn(call, device.user, queried(call, 'filter'))
  const presence = queried(call, 'set_presence') ?? 'online'
  // Who syncs is there, unless he says that he is not to be seen.
  if (presence === 'online' || presence === 'unavailable')
    call.people.presence.touch(device.user, presence)
  const since = queried(call, 'since')
  const stateAfter = queriedFlag(call, 'use_state_after') ?? false
  const view = await call.users.sync(device.user, {
    ...present('since', since === undefined ? undefined : streamPosition(since)),
    filter,
    fullState: queriedFlag(call, 'full_state') ?? false,
    stateAfter,
    waitMs: Math.min(queriedNumber(call, 'timeout') ?? 0, LONGEST_WAIT_MS),
    signal: call.signal,
    device: device.id,
  })
  const threadCounts = filter.timeline.threadCounts ?? false
  return answerOf(view, { form: formIn(call, device, filter), stateAfter, threadCounts })
}

const formIn = (call: Call, device: Device, filter: ClientFilter): Form =>
  syncForm(formFor(call, device), filter)

interface Shape {
  readonly form: Form
  readonly stateAfter: boolean
  readonly threadCounts: boolean
}

function answerOf(view: SyncView, shape: Shape): JsonObject {
  const ephemeral = (roomId: string) => view.extras?.ephemeral.get(roomId) ?? []
  return {
    next_batch: streamToken(view.next),
    account_data: { events: view.accountData },
    ...extraSections(view.extras),
    rooms: {
      join: sections(view.joined, (one, id) => ({
        ...room(one, shape),
        summary: one.summary ?? {},
        ephemeral: { events: ephemeral(id) },
        ...unread(one.unread ?? new Map(), shape.threadCounts),
      })),
      invite: sections(view.invited, (events) => ({ invite_state: { events } })),
      knock: sections(view.knocked, (events) => ({ knock_state: { events } })),
      leave: sections(view.left, (one) => room(one, shape)),
    },
  }
}

const sections = <View>(
  rooms: ReadonlyMap<string, View>,
  told: (view: View, roomId: string) => JsonObject,
): JsonObject =>
  Object.fromEntries([...rooms].map(([roomId, view]) => [roomId, told(view, roomId)]))

const room = (view: RoomView, { form, stateAfter }: Shape): JsonObject => ({
  timeline: {
    events: view.timeline.map(form),
    limited: view.limited,
    prev_batch: historyToken(view.previous),
  },
  [stateAfter ? 'state_after' : 'state']: { events: view.state.map(form) },
  account_data: { events: view.accountData ?? [] },
})

/** All in one number, or each thread by itself. */
function unread(threads: ReadonlyMap<string, Unread>, isByThread: boolean): JsonObject {
  if (!isByThread) return { unread_notifications: countsOf([...threads.values()]) }
  const named = [...threads].filter(([thread]) => thread !== '')
  return {
    unread_notifications: countsOf([...threads].flatMap(([id, one]) => (id === '' ? [one] : []))),
    unread_thread_notifications: Object.fromEntries(
      named.map(([id, one]) => [id, countsOf([one])]),
    ),
  }
}

const countsOf = (all: readonly Unread[]): JsonObject => ({
  notification_count: all.reduce((sum, { notifications }) => sum + notifications, 0),
  highlight_count: all.reduce((sum, { highlights }) => sum + highlights, 0),
})
