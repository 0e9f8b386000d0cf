import type { Event } from '../matrix/event.ts'
import type { RoomVersion } from '../matrix/room-version.ts'
import type { Fabric } from './fabric.ts'
import type { Homeserver, Peer } from './homeserver.ts'

/** What one scenario is given. All of it is fresh but the target's process. */
export interface World {
  /** The room version of this check: rooms are created with it unless told otherwise. */
  readonly version: RoomVersion
  /** The places of an honest story. The run decides who sits where; asking for a seat that nobody can take is `Unsupported`. */
  readonly hs1: Homeserver
  readonly hs2: Homeserver
  readonly hs3: Homeserver
  /** The server that is judged. */
  readonly target: Homeserver
  /** A reference homeserver under the scenario's hand; `peer2` and `peer3` are started when first asked for. */
  readonly peer: Peer
  readonly peer2: Peer
  readonly peer3: Peer
  readonly fabric: Fabric
  readonly oracle: OracleView
}

/** What the room's algorithms say of events, recomputed from nothing. */
export interface OracleView {
  /** The resolved state after all of `heads`, as event ids sorted; `events` must hold their whole history. */
  stateAfter(events: readonly Event[], heads: readonly string[]): readonly string[]
  /**
   * Every state after all of `heads` that a server can honestly come to: one, or two where the outcome depends on how
   * the text of the algorithm is read.
   */
  outcomesAfter(events: readonly Event[], heads: readonly string[]): readonly LawfulState[]
  /** The fate of each event by its id: accepted, or rejected with the reason. Soft failure is not part of it. */
  fates(events: readonly Event[]): ReadonlyMap<string, Fate>
  /** Every event reachable from `ids` through auth_events, without `ids` themselves unless reachable. */
  authChain(events: readonly Event[], ids: readonly string[]): readonly string[]
}

export interface LawfulState {
  /** Event ids, sorted. */
  readonly ids: readonly string[]
  /** Where a state that should be this one is not, place by place. */
  differences(ids: readonly string[]): readonly StateDifference[]
}

/** In words; event ids are cut short in the reasons. */
export interface StateDifference {
  /** `m.room.topic`, `m.room.member of @alice:example.org`. */
  readonly place: string
  readonly expected: string
  readonly actual: string
  /** How the algorithm comes to what is expected: which event wins, and why each of the others loses. */
  readonly because: readonly string[]
}

export type Fate =
  | { readonly fate: 'accepted' }
  | { readonly fate: 'rejected'; readonly because: string; readonly rule?: string }

export type { RoomVersion }
