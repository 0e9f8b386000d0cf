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

/** Unlike a difference it knows what to make of Infinity. */
export const compareNumbers = (a: number, b: number): number => (a < b ? -1 : Number(a > b))

/** Texts, by code unit. */
export const compareIds = (a: string, b: string): number => (a < b ? -1 : Number(a > b))
