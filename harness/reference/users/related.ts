import type { Event } from '../../matrix/event.ts'
import { notFound } from '../errors.ts'
import type { Reader } from './messages.ts'
import { relatedTo } from './relations.ts'

const largestPage = 1_000
/** How far relations of relations are followed (client-server-api: at least 3 is suggested). */
const deepest = 3

/** How many of the oldest lie before it, or how much of the room's history does. */
export type ListPlace = number | { readonly index: number }

export interface RelationsQuery {
  readonly eventId: string
  readonly relType?: string
  readonly eventType?: string
  readonly direction: 'backwards' | 'forwards'
  /** Absent: the end (backwards) or the start (forwards). */
  readonly from?: ListPlace
  readonly to?: ListPlace
  readonly limit: number
  /** Also relations of relations. */
  readonly recurse: boolean
}

export interface ThreadsQuery {
  readonly onlyParticipated: boolean
  /** How many have been told already. */
  readonly from: number
  readonly limit: number
}

export interface Related {
  readonly events: readonly Event[]
  /** For the page after and the one before, where there is something. */
  readonly next?: number
  readonly previous?: number
  readonly depth?: number
}

/** client-server-api#get_matrixclientv1roomsroomidrelationseventid. M_NOT_FOUND. */
export function relationsPage(reader: Reader, query: RelationsQuery): Related {
  const { stream, user } = reader
  if (stream.see(query.eventId, user) === undefined)
    throw notFound(`there is no event ${query.eventId}`)
  const all = childrenOf(reader, query)
  const limit = Math.min(query.limit, largestPage)
  const depth = query.recurse ? { depth: deepest } : {}
  const indexIn = (place: ListPlace | undefined) =>
    typeof place === 'object'
      ? all.filter(({ id }) => (stream.timeline.indexOf(id) ?? 0) < place.index).length
      : place
  const { direction, from, to } = query
  return { ...pageOf(all, { direction, from: indexIn(from), to: indexIn(to), limit }), ...depth }
}

interface Page {
  readonly direction: 'backwards' | 'forwards'
  readonly from: number | undefined
  readonly to: number | undefined
  readonly limit: number
}

function pageOf(all: readonly Event[], { direction, from, to, limit }: Page): Related {
  const within = (index: number) => Math.max(0, Math.min(index, all.length))
  if (direction === 'forwards') {
    const start = within(from ?? 0)
    const last = within(Math.min(start + limit, to ?? all.length))
    const next = last < all.length && last !== to ? { next: last } : {}
    return { events: all.slice(start, last), ...next, ...(start > 0 ? { previous: start } : {}) }
  }
  const start = within(from ?? all.length)
  const last = within(Math.max(start - limit, to ?? 0))
  const events = all.slice(last, start).toReversed()
  const next = last > 0 && last !== to ? { next: last } : {}
  return { events, ...next, ...(start < all.length ? { previous: start } : {}) }
}

/** Oldest first. */
function childrenOf({ stream, user }: Reader, query: RelationsQuery): readonly Event[] {
  const see = (id: string) => stream.see(id, user)
  const found = new Map<string, { readonly event: Event; readonly type: string }>()
  let parents: readonly string[] = [query.eventId]
  for (let depth = 0; depth < (query.recurse ? deepest : 1) && parents.length > 0; depth += 1) {
    const below = parents.flatMap((parent) => relatedTo(parent, stream.relations, see))
    const fresh = below.filter(({ event }) => !found.has(event.id))
    for (const child of fresh) found.set(child.event.id, child)
    parents = fresh.map(({ event }) => event.id)
  }
  const { relType, eventType } = query
  const place = (event: Event) => stream.timeline.indexOf(event.id) ?? 0
  return [...found.values()]
    .filter(({ type }) => relType === undefined || type === relType)
    .map(({ event }) => event)
    .filter(({ pdu }) => eventType === undefined || pdu.type === eventType)
    .map((event) => ({ event, at: place(event) }))
    .toSorted((a, b) => a.at - b.at)
    .map(({ event }) => event)
}

/** client-server-api#get_matrixclientv1roomsroomidthreads: the latest thread first. */
export function threadsPage({ stream, user }: Reader, query: ThreadsQuery): Related {
  const see = (id: string) => stream.see(id, user)
  const threads = [...stream.relations.parentsIn(stream.room.id)].flatMap((parent) => {
    const replies = relatedTo(parent, stream.relations, see).filter(isReply)
    const [root, latest] = [see(parent), replies.at(-1)?.event]
    if (root === undefined || latest === undefined) return []
    const senders = [root, ...replies.map(({ event }) => event)].map(({ pdu }) => pdu.sender)
    if (query.onlyParticipated && !senders.includes(user)) return []
    return [{ root, at: stream.timeline.indexOf(latest.id) ?? 0 }]
  })
  const sorted = threads.toSorted((a, b) => b.at - a.at).map(({ root }) => root)
  const end = query.from + Math.min(query.limit, largestPage)
  return { events: sorted.slice(query.from, end), ...(end < sorted.length ? { next: end } : {}) }
}

const isReply = ({ type }: { readonly type: string }): boolean => type === 'm.thread'
