import { setTimeout as delay } from 'node:timers/promises'
import type { Json, JsonObject } from '../matrix/event.ts'
import type { ClientEvent } from '../world/homeserver.ts'
import { textIn, valueIn } from './client.ts'
import { eventsIn, objectsIn } from './events.ts'
import type { Session } from './session.ts'

const NOTHING = { not_types: ['*'] }
const PAGE = 100
const TIMELINE_BOUND = 1_000
/** One long poll: afterwards the room's history is looked at, for what a server adds without telling. */
const POLL_MS = 2_000
const SLACK_MS = 30_000
const BREATH_MS = 10

/** What one user sees in one room. Waits by long polls and remembers what has been seen. */
export class RoomWatch {
  readonly #session: Session
  readonly #roomId: string
  readonly #seen = new Set<string>()
  #since: string | undefined

  constructor(session: Session, roomId: string) {
    this.#session = session
    this.#roomId = roomId
  }

  /** Waits until all of `wanted` were seen, or `patienceMs` are over; answers what is missing. */
  async missing(wanted: readonly string[], patienceMs: number): Promise<readonly string[]> {
    const end = performance.now() + patienceMs
    for (;;) {
      const missing = wanted.filter((id) => !this.#seen.has(id))
      if (missing.length === 0) return []
      const left = end - performance.now()
      if (left <= 0) return await this.#lastLook(missing)
      const before = this.#seen.size
      await this.#poll(Math.min(left, POLL_MS))
      // A server that answers at once without news must not be asked in a tight loop.
      if (this.#seen.size === before) await delay(BREATH_MS)
    }
  }

  async #poll(waitMs: number): Promise<void> {
    const filter = { ...FILTER, room: { ...FILTER.room, rooms: [this.#roomId] } }
    const answer = await sync(this.#session, { filter, since: this.#since, waitMs })
    this.#since = textIn(answer, 'next_batch')
    const joined = valueIn(answer, 'rooms', 'join', this.#roomId)
    const room = joined ?? valueIn(answer, 'rooms', 'leave', this.#roomId)
    this.#take(eventsIn(room, 'timeline', 'events'))
    this.#take(eventsIn(room, 'state', 'events'))
    const gap = valueIn(room, 'timeline', 'limited') === true
    // The history knows what a server adds without telling, and refuses who may not see the room at all.
    if (room === undefined) this.#take(await history(this.#session, this.#roomId, PAGE))
    else if (gap) this.#take(await history(this.#session, this.#roomId))
  }

  async #lastLook(missing: readonly string[]): Promise<readonly string[]> {
    this.#take(await history(this.#session, this.#roomId))
    return missing.filter((id) => !this.#seen.has(id))
  }

  #take(events: readonly ClientEvent[]): void {
    for (const { event_id: id } of events) this.#seen.add(id)
  }
}

const FILTER = {
  presence: NOTHING,
  account_data: NOTHING,
  room: { timeline: { limit: PAGE }, ephemeral: NOTHING, account_data: NOTHING },
}

/** The stripped state of the user's invitation to the room; undefined when none came in time. */
export async function invitation(
  session: Session,
  roomId: string,
  patienceMs: number,
): Promise<readonly JsonObject[] | undefined> {
  const end = performance.now() + patienceMs
  let since: string | undefined
  for (;;) {
    const waitMs = Math.max(0, Math.min(end - performance.now(), POLL_MS))
    const answer = await sync(session, { filter: FILTER, since, waitMs })
    const invited = valueIn(answer, 'rooms', 'invite', roomId)
    if (invited !== undefined) return objectsIn(invited, 'invite_state', 'events')
    if (performance.now() >= end) return undefined
    since = textIn(answer, 'next_batch')
    await delay(BREATH_MS)
  }
}

interface Sync {
  readonly filter: JsonObject
  /** Undefined: everything, at once. */
  readonly since: string | undefined
  readonly waitMs: number
}

function sync(session: Session, how: Sync): Promise<Json | undefined> {
  return session.ask({
    method: 'GET',
    path: ['sync'],
    query: {
      filter: JSON.stringify(how.filter),
      set_presence: 'offline',
      timeout: String(Math.ceil(how.waitMs)),
      ...(how.since === undefined ? {} : { since: how.since }),
    },
    timeoutMs: how.waitMs + SLACK_MS,
  })
}

/** The newest events that a user sees in a room, oldest first. */
export async function history(
  session: Session,
  roomId: string,
  bound: number = TIMELINE_BOUND,
): Promise<ClientEvent[]> {
  const newestFirst: ClientEvent[] = []
  let from: string | undefined
  while (newestFirst.length < bound) {
    const page = await session.ask({
      method: 'GET',
      path: ['rooms', roomId, 'messages'],
      query: { dir: 'b', limit: String(PAGE), ...(from === undefined ? {} : { from }) },
    })
    newestFirst.push(...eventsIn(page, 'chunk'))
    const end = textIn(page, 'end')
    if (end === undefined || end === from) break
    from = end
  }
  return newestFirst.slice(0, bound).toReversed()
}
