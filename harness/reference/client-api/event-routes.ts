import type { Json, JsonObject } from '../../matrix/event.ts'
import { invalidParam } from '../errors.ts'
import { formFor } from './event-form.ts'
import { optionalText, param, queried, queriedNumber } from './fields.ts'
import type { Call, Route } from './routes.ts'
import { historyToken, positionIn } from './tokens.ts'

const PAGE = 10
const LARGEST_PAGE = 1_000

export const eventRoutes: readonly Route[] = [
  { method: 'PUT', path: '/rooms/:roomId/send/:type/:txnId', handle: send },
  { method: 'PUT', path: '/rooms/:roomId/state/:type', handle: sendState },
  { method: 'PUT', path: '/rooms/:roomId/state/:type/:stateKey', handle: sendState },
  { method: 'PUT', path: '/rooms/:roomId/redact/:eventId/:txnId', handle: redact },
  { method: 'GET', path: '/rooms/:roomId/event/:eventId', handle: event },
  { method: 'GET', path: '/rooms/:roomId/messages', handle: messages },
]

async function send(call: Call): Promise<Json> {
  const device = call.device()
  const content = call.body()
  const [roomId, type] = [param(call, 'roomId'), param(call, 'type')]
  const draft = { type, content, sender: device.user, ...redacted(type, content) }
  const place = ['send', roomId, type, param(call, 'txnId')]
  const id = await call.sent.once(device, place, () => call.users.send(roomId, draft))
  return { event_id: id }
}

/** A redaction sent as an ordinary event names what it redacts in its content. */
function redacted(type: string, content: JsonObject): { readonly redacts?: string } {
  const id = type === 'm.room.redaction' ? optionalText(content, 'redacts') : undefined
  return id === undefined ? {} : { redacts: id }
}

async function sendState(call: Call): Promise<Json> {
  const sender = call.device().user
  const [type, state_key] = [param(call, 'type'), param(call, 'stateKey')]
  const draft = { type, state_key, content: call.body(), sender }
  return { event_id: await call.users.send(param(call, 'roomId'), draft) }
}

async function redact(call: Call): Promise<Json> {
  const device = call.device()
  const reason = optionalText(call.body(), 'reason')
  const [roomId, eventId] = [param(call, 'roomId'), param(call, 'eventId')]
  const place = ['redact', roomId, eventId, param(call, 'txnId')]
  const deed = () => call.users.redact(roomId, eventId, device.user, reason)
  return { event_id: await call.sent.once(device, place, deed) }
}

function event(call: Call): Json {
  const device = call.device()
  const found = call.users.event(param(call, 'roomId'), device.user, param(call, 'eventId'))
  return formFor(call, device)(found)
}

async function messages(call: Call): Promise<Json> {
  const device = call.device()
  const limit = Math.min(queriedNumber(call, 'limit') ?? PAGE, LARGEST_PAGE)
  const from = positionIn(queried(call, 'from'))
  const page = await call.users.messages(param(call, 'roomId'), device.user, {
    direction: directionIn(call),
    limit,
    ...(from === undefined ? {} : { from }),
  })
  return {
    chunk: page.events.map(formFor(call, device)),
    start: historyToken(page.start),
    ...(page.end === undefined ? {} : { end: historyToken(page.end) }),
    state: [],
  }
}

function directionIn(call: Call): 'backwards' | 'forwards' {
  const dir = queried(call, 'dir') ?? 'b'
  if (dir === 'b') return 'backwards'
  if (dir === 'f') return 'forwards'
  throw invalidParam('dir is neither b nor f')
}
