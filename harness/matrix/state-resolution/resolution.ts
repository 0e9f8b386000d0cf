import type { Event } from '../event.ts'
import type { EventLookup } from '../graph.ts'
import type { RoomVersion } from '../room-version.ts'
import type { Observer } from './observer.ts'

/** What each step of the algorithm needs besides its input. */
export interface Resolution {
  readonly lookup: EventLookup
  readonly version: RoomVersion
  readonly rejected: (id: string) => boolean
  /**
   * Two places of the text can be read two ways, and in rare cases the result depends on it. By the letter, which is the
   * default, the auth chain of a state does not count the state's own events, and an event comes after all of its auth
   * chain. The servers in use (Synapse, and what was modelled on it) count them, and heed no auth events on the way that
   * are not to be ordered themselves. Of version 1 they keep one of several events that are not allowed.
   */
  readonly asDeployed?: boolean
  /** Absent: nobody watches. */
  readonly observer?: Observer
}

/** The earlier first, then the smaller id: what both orderings come down to. */
export const compareAge = (a: Event, b: Event): number =>
  a.pdu.origin_server_ts - b.pdu.origin_server_ts || (a.id < b.id ? -1 : Number(a.id > b.id))
