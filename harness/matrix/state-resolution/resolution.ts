import type { Event } from '../event.ts'
import { createIdOf } from '../auth-rules/cited.ts'
import type { EventLookup } from '../graph.ts'
import type { RoomVersion } from '../room-version.ts'

/** What each step of the algorithm needs besides its input. */
export interface Resolution {
  readonly lookup: EventLookup
  readonly version: RoomVersion
  readonly rejected: (id: string) => boolean
  /**
   * How to read `auth chain of a state`: the text means the events that its events cite, and not these themselves. The
   * servers in use count them in, which in rare cases leads to another result.
   */
  readonly chainHasOwn?: boolean
}

/** The event that `event` cites for this place, or the create event that its room id stands for. */
export const citedState = (
  event: Event,
  type: string,
  { lookup, version }: Resolution,
): Event | undefined => {
  if (type === 'm.room.create' && !version.createInAuthEvents)
    return lookup(createIdOf(event.roomId))
  for (const id of event.pdu.auth_events) {
    const cited = lookup(id)
    if (cited?.pdu.type === type && cited.pdu.state_key === '') return cited
  }
  return undefined
}

/** The earlier first, then the smaller id: what both orderings come down to. */
export const compareAge = (a: Event, b: Event): number =>
  a.pdu.origin_server_ts - b.pdu.origin_server_ts || (a.id < b.id ? -1 : Number(a.id > b.id))
