import type { Event, JsonObject } from '../../matrix/event.ts'
import type { Services } from '../services.ts'
import type { Position } from './operations.ts'
import { readableStream } from './readable.ts'
import type { RoomStream } from './room-stream.ts'

export interface NewsOptions {
  /** Absent: from now on. */
  readonly since?: Position
  /** Of this room only, be the user in it or not. */
  readonly roomId?: string
  readonly waitMs: number
  readonly signal: AbortSignal
}

/** What has happened between two positions of a user's stream, as clients asked for it before there was /sync. */
export interface News {
  readonly since: Position
  readonly next: Position
  /** Room by room, oldest first. */
  readonly events: readonly Event[]
  /** m.presence, m.typing and m.receipt, these two with their rooms. */
  readonly beside: readonly JsonObject[]
}

interface Asking {
  readonly services: Services
  readonly user: string
}

/** The most events that one answer tells of a room; what is older is left out. */
const mostEvents = 1_000

/** No device is named so: what waits for one of the user's devices stays there for its sync. */
const noDevice = ''

/** client-server-api#get_matrixclientv3events. M_FORBIDDEN where a room is named that the user may not read. */
export async function news(asking: Asking, options: NewsOptions): Promise<News> {
  const { services, user } = asking
  const { roomId, waitMs, signal } = options
  if (roomId !== undefined) readableStream(services, roomId, user)
  const deadline = performance.now() + waitMs
  const since = options.since ?? services.streams.position
  for (;;) {
    const found = newsBetween(asking, { since, roomId })
    if (found.events.length + found.beside.length > 0) return found
    if (!(await wait(asking, deadline - performance.now(), { roomId, signal }))) return found
  }
}

/** Who looks into a room from outside is not woken for it: then anything at the server is a reason to look again. */
async function wait(
  { services: { streams }, user }: Asking,
  ms: number,
  { roomId, signal }: Pick<NewsOptions, 'signal'> & { readonly roomId: string | undefined },
): Promise<boolean> {
  const isInside = roomId === undefined || streams.of(roomId)?.standpoint(user) !== undefined
  if (isInside) return streams.wait(user, ms, signal)
  const again = new AbortController()
  const end = streams.observe(() => again.abort())
  try {
    return await streams.wait(user, ms, AbortSignal.any([signal, again.signal]))
  } finally {
    end()
  }
}

interface Span {
  readonly since: Position
  readonly roomId: string | undefined
}

function newsBetween(asking: Asking, { since, roomId }: Span): News {
  const { services, user } = asking
  const { streams, people } = services
  const next = streams.position
  const isWanted = (id: string) => roomId === undefined || id === roomId
  const events = [...streams.all]
    .filter(({ room }) => isWanted(room.id))
    .filter((stream) => roomId !== undefined || stream.standpoint(user) !== undefined)
    .flatMap((stream) => eventsAfter(stream, user, since))
  const extras = people.extras.collect({ user, device: noDevice }, { since, next })
  const ephemeral = [...extras.ephemeral]
    .filter(([id]) => isWanted(id))
    .flatMap(([id, all]) => all.map((event): JsonObject => ({ ...event, room_id: id })))
  const presence = roomId === undefined ? extras.presence : []
  const invitations = invitationsSince(asking, since).filter(({ roomId: id }) => isWanted(id))
  return { since, next, events: [...events, ...invitations], beside: [...presence, ...ephemeral] }
}

function eventsAfter(stream: RoomStream, user: string, since: Position): readonly Event[] {
  const end = stream.endFor(user)
  const start = Math.max(stream.timeline.after(since), end - mostEvents)
  const events: Event[] = []
  for (let index = start; index < end; index += 1) {
    const event = stream.visible(index, user)
    if (event !== undefined) events.push(event)
  }
  return events
}

/** To rooms that this server is not in; the state that came along is told as another server would have told it. */
function invitationsSince({ services, user }: Asking, since: Position): readonly Event[] {
  const { streams, invitations } = services
  return streams.invitedSince(user, since).flatMap(({ roomId }) => {
    const invitation = invitations.get(roomId, user)
    if (invitation === undefined) return []
    const { event, state } = invitation
    return [{ ...event, pdu: { ...event.pdu, unsigned: { invite_room_state: state } } }]
  })
}
