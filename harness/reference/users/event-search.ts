import { stringAt } from '../../matrix/content.ts'
import type { Event } from '../../matrix/event.ts'
import type { Services } from '../services.ts'
import { allowsRoom, passes, type RoomEventFilter } from './event-filter.ts'
import { messages } from './messages.ts'
import type { RoomStream } from './room-stream.ts'

/** Where words may stand, each in events of one type. */
export const searchKeys = {
  'content.body': { type: 'm.room.message', field: 'body' },
  'content.name': { type: 'm.room.name', field: 'name' },
  'content.topic': { type: 'm.room.topic', field: 'topic' },
} as const

export type SearchKey = keyof typeof searchKeys

export interface SearchQuery {
  readonly words: readonly string[]
  readonly keys: readonly SearchKey[]
  readonly filter: RoomEventFilter
  readonly order: 'rank' | 'recent'
}

export interface Hit {
  readonly stream: RoomStream
  readonly event: Event
  /** How often the words stand in it. */
  readonly rank: number
}

/** Events of all rooms together that one search looks at, the newest of each first. */
const mostLookedAt = 50_000

/** client-server-api#post_matrixclientv3search: the visible events in which all words stand, in the order that is asked for. */
export function searchEvents(
  { streams, forgotten }: Services,
  user: string,
  query: SearchQuery,
): readonly Hit[] {
  const hits: Hit[] = []
  let left = mostLookedAt
  for (const stream of streams.all) {
    if (stream.standpoint(user)?.wasJoined !== true || forgotten.has(stream, user)) continue
    if (!allowsRoom(query.filter, stream.room.id)) continue
    const { start } = stream.timeline
    for (let index = stream.endFor(user) - 1; index >= start && left > 0; index -= 1) {
      left -= 1
      const event = stream.visible(index, user)
      const rank = event === undefined ? 0 : rankOf(event, query)
      if (event !== undefined && rank > 0) hits.push({ stream, event, rank })
    }
  }
  const time = ({ event }: Hit) => event.pdu.origin_server_ts
  return hits.toSorted(
    (a, b) => (query.order === 'rank' ? b.rank - a.rank : 0) || time(b) - time(a),
  )
}

/** 0 where a word is missing. */
function rankOf({ pdu }: Event, { words, keys, filter }: SearchQuery): number {
  if (!passes(filter, pdu)) return 0
  const texts = keys.flatMap((key) => {
    const { type, field } = searchKeys[key]
    const text = pdu.type === type ? stringAt(pdu.content, field) : undefined
    return text === undefined ? [] : [text.toLowerCase()]
  })
  const counts = words.map((word) =>
    texts.reduce((count, text) => count + text.split(word).length - 1, 0),
  )
  return counts.includes(0) ? 0 : counts.reduce((sum, count) => sum + count, 0)
}

export interface Surroundings {
  /** Newest first. */
  readonly before: readonly Event[]
  /** Oldest first. */
  readonly after: readonly Event[]
  readonly start: number
  readonly end: number
}

/** What lies around a hit. */
export async function surroundingsOf(
  services: Services,
  user: string,
  { stream, event }: Hit,
  { before: most, after: mostAfter }: { readonly before: number; readonly after: number },
): Promise<Surroundings> {
  const reader = { stream, user }
  const index = stream.timeline.indexOf(event.id) ?? stream.endFor(user)
  const before = await messages(services, reader, {
    direction: 'backwards',
    from: index,
    to: stream.timeline.start,
    limit: most,
  })
  const from = (stream.timeline.indexOf(event.id) ?? index) + 1
  const after = await messages(services, reader, { direction: 'forwards', from, limit: mostAfter })
  return {
    before: before.events,
    after: after.events,
    start: before.end ?? stream.timeline.start,
    end: after.end ?? stream.endFor(user),
  }
}
