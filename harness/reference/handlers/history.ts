import type { Event } from '../../matrix/event.ts'
import { integerAt } from '../../matrix/content.ts'
import { parentIds } from '../../matrix/references.ts'
import { notFound } from '../errors.ts'
import type { Room } from '../rooms/room.ts'
import type { Services } from '../services.ts'
import {
  checkAccess,
  type Handler,
  idsIn,
  type Inbound,
  missing,
  ok,
  param,
  queried,
  roomFor,
  wholeNumber,
} from './handler.ts'
import { pdusOf } from '../../matrix/write-body.ts'

const maxEvents = 100

/** server-server-api#get_matrixfederationv1eventeventid */
export const event: Handler = (services, inbound) => {
  const found = services.rooms.locate(param(inbound, 'eventId'))
  if (found === undefined || services.rooms.joined(found.room.id) === undefined)
    throw notFound('there is no such event')
  const { access } = services.parts
  checkAccess(access, found.room, inbound.origin)
  return ok(transaction(services, [access.shownTo(found.room, inbound.origin, found.node)]))
}

/** server-server-api#get_matrixfederationv1backfillroomid: newest first. */
export const backfill: Handler = (services, inbound) => {
  const starts = inbound.query['v'] ?? []
  const limit = wholeNumber(queried(inbound, 'limit'), 'limit')
  if (starts.length === 0) throw missing('v')
  const room = roomFor(services, inbound)
  const walk = new Walk(room, Math.min(limit, maxEvents))
  const events = walk.from(starts.filter((id) => room.find(id) !== undefined))
  return ok(transaction(services, shown(services, inbound, { room, events })))
}

/** server-server-api#post_matrixfederationv1get_missing_eventsroomid: oldest first. */
export const getMissingEvents: Handler = (services, inbound) => {
  const room = roomFor(services, inbound)
  const earliest = idsIn(inbound.body, 'earliest_events')
  const latest = idsIn(inbound.body, 'latest_events')
  const limit = Math.min(integerAt(inbound.body, 'limit') ?? 10, maxEvents)
  const minDepth = integerAt(inbound.body, 'min_depth') ?? 0
  const walk = new Walk(room, limit, { minDepth, leftOut: [...earliest, ...latest] })
  const parents = latest.flatMap((id) => {
    const found = room.lookup(id)
    return found === undefined ? [] : parentIds(found)
  })
  const events = walk.from(parents).toReversed()
  return ok({ events: pdusOf(shown(services, inbound, { room, events })) })
}

function shown(
  services: Services,
  { origin }: Inbound,
  { room, events }: { room: Room; events: readonly Event[] },
): readonly Event[] {
  return events.flatMap(({ id }) => {
    const node = room.find(id)
    return node === undefined ? [] : [services.parts.access.shownTo(room, origin, node)]
  })
}

const transaction = (services: Services, events: readonly Event[]) => ({
  origin: services.name,
  origin_server_ts: services.clock(),
  pdus: pdusOf(events),
})

/** Breadth first back along prev_events, of those that are next always the deepest. */
class Walk {
  readonly #room: Room
  readonly #limit: number
  readonly #minDepth: number
  readonly #seen: Set<string>

  constructor(
    room: Room,
    limit: number,
    bounds: { minDepth?: number; leftOut?: readonly string[] } = {},
  ) {
    this.#room = room
    this.#limit = limit
    this.#minDepth = bounds.minDepth ?? 0
    this.#seen = new Set(bounds.leftOut)
  }

  from(starts: readonly string[]): readonly Event[] {
    const found: Event[] = []
    let level = this.#known(starts)
    while (level.length > 0 && found.length < this.#limit) {
      level.sort((a, b) => b.pdu.depth - a.pdu.depth)
      const next = level.shift()
      if (next === undefined) break
      found.push(next)
      level = [...level, ...this.#known(parentIds(next))]
    }
    return found
  }

  #known(ids: readonly string[]): Event[] {
    return ids.flatMap((id) => {
      if (this.#seen.has(id)) return []
      this.#seen.add(id)
      const node = this.#room.find(id)
      // An outlier is known only as part of some state: what lies between is not, so it would be of no use.
      if (node === undefined || !this.#isOnTheWay(id) || node.event.pdu.depth < this.#minDepth)
        return []
      return [node.event]
    })
  }

  #isOnTheWay(id: string): boolean {
    return this.#room.placed(id) !== undefined || this.#room.held.has(id)
  }
}
