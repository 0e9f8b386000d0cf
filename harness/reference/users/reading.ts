import type { Event, JsonObject } from '../../matrix/event.ts'
import { type StateMap, stateKey } from '../../matrix/state-key.ts'
import { notFound } from '../errors.ts'
import type { Services } from '../services.ts'
import type { RoomEventFilter } from './event-filter.ts'
import {
  type Hit,
  searchEvents,
  type SearchQuery,
  type Surroundings,
  surroundingsOf,
} from './event-search.ts'
import { type News, news, type NewsOptions } from './event-stream.ts'
import { messages, type Reader } from './messages.ts'
import type { MessagesOptions, MessagesPage, Position } from './operations.ts'
import { readableStream } from './readable.ts'
import {
  type Related,
  relationsPage,
  type RelationsQuery,
  threadsPage,
  type ThreadsQuery,
} from './related.ts'
import { searchUsers, type UserFound } from './user-search.ts'

/** A place in a room's history: between events, or where a user's stream was. */
export type HistoryPlace = { readonly index: number } | { readonly position: Position }

export interface Context {
  readonly event: Event
  /** Newest first. */
  readonly before: readonly Event[]
  /** Oldest first. */
  readonly after: readonly Event[]
  readonly start: number
  readonly end: number
  /** After the last of these events. */
  readonly state: readonly Event[]
}

/** What users read of rooms, beside the newest. Everything throws M_FORBIDDEN for who may not read the room. */
export class Reading {
  readonly #services: Services

  constructor(services: Services) {
    this.#services = services
  }

  #reader(roomId: string, user: string): Reader {
    return { stream: readableStream(this.#services, roomId, user), user }
  }

  /** Undefined for who never had to do with the room. */
  membership(roomId: string, user: string): string | undefined {
    return this.#services.streams.of(roomId)?.standpoint(user)?.membership
  }

  /** Index of what comes next after a place. */
  indexAt(roomId: string, user: string, place: HistoryPlace): number {
    const { stream } = this.#reader(roomId, user)
    return 'index' in place ? place.index : stream.timeline.after(place.position)
  }

  /** Fetches older events from other servers where this one lacks them. */
  async messages(
    roomId: string,
    user: string,
    options: MessagesOptions,
  ): Promise<MessagesPage & { readonly state: readonly Event[] }> {
    const reader = this.#reader(roomId, user)
    const page = await messages(this.#services, reader, options)
    const isLazy = options.filter?.lazyMembers === true
    const state = reader.stream.stateFor(user)
    return { ...page, state: isLazy ? sendersOf(reader, page.events, state) : [] }
  }

  /** What lies around an event. M_NOT_FOUND. */
  async context(
    roomId: string,
    user: string,
    order: { readonly eventId: string; readonly limit: number; readonly filter: RoomEventFilter },
  ): Promise<Context> {
    const reader = this.#reader(roomId, user)
    const { stream } = reader
    const { eventId, limit, filter } = order
    const event = stream.see(eventId, user)
    if (event === undefined || stream.timeline.indexOf(eventId) === undefined)
      throw notFound(`there is no event ${eventId}`)
    const indexNow = () => stream.timeline.indexOf(eventId) ?? 0
    const half = Math.floor(limit / 2)
    const before = await messages(this.#services, reader, {
      direction: 'backwards',
      from: indexNow(),
      limit: half,
      filter,
    })
    const after = await messages(this.#services, reader, {
      direction: 'forwards',
      from: indexNow() + 1,
      limit: limit - half,
      filter,
    })
    const last = after.events.at(-1) ?? event
    const state = stream.room.placed(last.id)?.after ?? stream.stateFor(user)
    const all = [event, ...before.events, ...after.events]
    return {
      event,
      before: before.events,
      after: after.events,
      start: before.end ?? stream.timeline.start,
      end: after.end ?? stream.endFor(user),
      state: filter.lazyMembers === true ? lazily(reader, all, state) : whole(reader, state),
    }
  }

  /** The members of a room, now or at a place in its history; waits for them where the room was joined without. */
  async members(roomId: string, user: string, place?: HistoryPlace): Promise<readonly Event[]> {
    const reader = this.#reader(roomId, user)
    await this.#services.partials.whole(roomId)
    return whole(reader, stateAt(reader, place), memberPrefix)
  }

  relations(roomId: string, user: string, query: RelationsQuery): Related {
    return relationsPage(this.#reader(roomId, user), query)
  }

  threads(roomId: string, user: string, query: ThreadsQuery): Related {
    return threadsPage(this.#reader(roomId, user), query)
  }

  /** What has happened since a position; waits for something where there is nothing. */
  news(user: string, options: NewsOptions): Promise<News> {
    return news({ services: this.#services, user }, options)
  }

  /** m.presence events of all whom the user is in a room with, as they are at a position. */
  presence(user: string, next: Position): readonly JsonObject[] {
    const { presence } = this.#services.people
    return presence.events(user, { since: 0, next, met: new Set() })
  }

  search(user: string, query: SearchQuery): readonly Hit[] {
    return searchEvents(this.#services, user, query)
  }

  surroundings(
    user: string,
    hit: Hit,
    most: { readonly before: number; readonly after: number },
  ): Promise<Surroundings> {
    return surroundingsOf(this.#services, user, hit, most)
  }

  /** Users in rooms of the user or in public ones, and users of this server, by name or id. */
  searchUsers(user: string, term: string, limit: number): UserFound {
    return searchUsers(this.#services, user, { term, limit })
  }
}

const memberPrefix = stateKey('m.room.member', '')

function stateAt({ stream, user }: Reader, place: HistoryPlace | undefined): StateMap {
  const last = stream.stateFor(user)
  if (place === undefined) return last
  if ('position' in place) {
    const position = Math.min(place.position, stream.goneSince(user) ?? place.position)
    return stream.knownStateAt(position)
  }
  const entry = place.index < stream.endFor(user) ? stream.timeline.at(place.index) : undefined
  return (entry && stream.room.placed(entry.id)?.before) ?? last
}

const whole = ({ stream, user }: Reader, state: StateMap, prefix = ''): readonly Event[] =>
  [...state].flatMap(([place, id]) => {
    const event = place.startsWith(prefix) ? stream.room.lookup(id) : undefined
    return event === undefined ? [] : [stream.shown(event, user)]
  })

function sendersOf(
  { stream, user }: Reader,
  events: readonly Event[],
  state: StateMap,
): readonly Event[] {
  const senders = new Set(events.map(({ pdu }) => pdu.sender))
  return [...senders].flatMap((sender) => {
    const event = stream.room.stateEvent('m.room.member', sender, state)
    return event === undefined ? [] : [stream.shown(event, user)]
  })
}

/** The state with those members only who have sent something. */
const lazily = (reader: Reader, events: readonly Event[], state: StateMap): readonly Event[] => [
  ...whole(reader, state).filter(({ pdu }) => pdu.type !== 'm.room.member'),
  ...sendersOf(reader, events, state),
]
