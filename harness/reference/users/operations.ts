import type { Event, Json, JsonObject } from '../../matrix/event.ts'
import type { RoomEventFilter, SyncFilter } from './event-filter.ts'
import type { RoomVersion } from '../../matrix/room-version.ts'
import type { TimeDirection } from '../rooms/timestamps.ts'
import type { HierarchyOptions, HierarchyPage, PublicRoomsQuery, Timed } from './exploring.ts'
import type { Draft, Room, RoomOptions } from '../../world/homeserver.ts'

export interface CreateRoomOptions extends RoomOptions {
  /** Further fields of the create event, such as `m.federate` or `additional_creators`. */
  readonly creation?: JsonObject
  /** Fields laid over the content of the first power levels event. */
  readonly powerLevels?: JsonObject
  /** Absent: `shared`. */
  readonly historyVisibility?: string
  readonly isDirect?: boolean
  /** In the directory of the server. */
  readonly isPublished?: boolean
}

export interface LeaveOrder {
  readonly roomId: string
  readonly user: string
  readonly content: JsonObject
}

export interface UpgradeOrder {
  readonly roomId: string
  readonly user: string
  readonly version: RoomVersion
  /** Users who are to be creators too, where the new version knows such. */
  readonly additionalCreators?: readonly string[]
}

/** A draft whose author is known. */
export interface Authored extends Draft {
  readonly sender: string
}

/** Position in a user's stream; grows by one with everything that any user of the server can see. */
export type Position = number

export interface SyncOptions {
  /** Absent: from nothing, with the whole state. */
  readonly since?: Position
  /** Absent: everything, with the newest 20 events of each timeline. */
  readonly filter?: SyncFilter
  /** The whole state of all rooms, though `since` is given. */
  readonly fullState?: boolean
  /** The state of a room is that after its timeline, not before it. */
  readonly stateAfter?: boolean
  /** How long to wait when there is nothing new; absent: not at all. */
  readonly waitMs?: number
  readonly signal?: AbortSignal
  /** Device that asks: it gets what is beside the rooms' events too, and what it got until `since` is taken for arrived. */
  readonly device?: string
}

/** Events that a user has not read yet and is notified of. */
export interface Unread {
  readonly notifications: number
  readonly highlights: number
}

export interface RoomView {
  /** Oldest first. */
  readonly timeline: readonly Event[]
  /** True when events between `since` and the timeline's start were left out. */
  readonly limited: boolean
  /** Where `messages` goes on backwards from the timeline's start. */
  readonly previous: number
  /** What of the state differs at the timeline's start (or its end, where that was asked for) from `since` (or from nothing). */
  readonly state: readonly Event[]
  /** Fields of a RoomSummary, where they may be others than at `since`. */
  readonly summary?: JsonObject
  /** Type and content. */
  readonly accountData?: readonly JsonObject[]
  /** What the user has not read, by thread; of no thread under the empty name. Where a device was named. */
  readonly unread?: ReadonlyMap<string, Unread>
}

/** What a sync tells beside the rooms' events. */
export interface SyncExtras {
  /** Type, sender, content; oldest first. */
  readonly toDevice: readonly JsonObject[]
  /** Empty in a first sync. */
  readonly deviceLists: { readonly changed: readonly string[]; readonly left: readonly string[] }
  readonly oneTimeKeyCounts: Readonly<Record<string, number>>
  readonly unusedFallbackKeyTypes: readonly string[]
  /** m.presence events. */
  readonly presence: readonly JsonObject[]
  /** m.typing and m.receipt events of rooms in which the user is joined and where there is something new. */
  readonly ephemeral: ReadonlyMap<string, readonly JsonObject[]>
}

export interface SyncView {
  readonly next: Position
  readonly joined: ReadonlyMap<string, RoomView>
  /** Stripped state of rooms to which the user is invited; it holds the invitation itself. */
  readonly invited: ReadonlyMap<string, readonly JsonObject[]>
  /** Stripped state of rooms at which the user knocks; it holds the knock itself. */
  readonly knocked: ReadonlyMap<string, readonly JsonObject[]>
  readonly left: ReadonlyMap<string, RoomView>
  /** Type and content, of what is beside rooms. */
  readonly accountData: readonly JsonObject[]
  /** Where a device was named. */
  readonly extras?: SyncExtras
}

export interface MessagesOptions {
  /** Absent: from the end (backwards) or the start (forwards). */
  readonly from?: number
  /** Where it is to end. */
  readonly to?: number
  readonly filter?: RoomEventFilter
  readonly direction: 'backwards' | 'forwards'
  /** At most 1,000. */
  readonly limit: number
}

export interface MessagesPage {
  /** In the direction asked for: backwards is newest first. */
  readonly events: readonly Event[]
  readonly start: number
  /** Where the next page begins; absent at the end. */
  readonly end?: number
}

/**
 * What users of a server can do. Everything throws MatrixError with the status and errcode that the client-server API
 * names; `user`, `by` and `sender` must be users of this server.
 */
export interface UserOperations {
  /** Answers the user id; M_USER_IN_USE, M_INVALID_USERNAME. */
  createUser(localpart: string): string
  /** Throws what `createUser` would throw. */
  checkLocalpart(localpart: string): void
  isUser(user: string): boolean
  /** The whole or one field, of any server: asks it where the user is not ours. M_NOT_FOUND. */
  profile(user: string, field?: string): Promise<JsonObject>
  /**
   * `displayname`, `avatar_url` or a field of one's own; undefined takes it away. New memberships follow in all rooms of
   * the user. M_INVALID_PARAM, M_BAD_JSON, M_KEY_TOO_LARGE, M_PROFILE_TOO_LARGE.
   */
  setProfile(user: string, field: string, value: Json | undefined): Promise<void>

  createRoom(creator: string, options?: CreateRoomOptions): Promise<Room>
  /** Through the other server where the user is not ours. */
  invite(roomId: string, user: string, by: string, reason?: string): Promise<void>
  /** At once where this server is in the room; else through `via` or whoever sent the invitation. */
  join(roomId: string, user: string, via?: readonly string[], reason?: string): Promise<void>
  /** Answers the room id. */
  joinByAlias(
    alias: string,
    user: string,
    via?: readonly string[],
    reason?: string,
  ): Promise<string>
  /** Asks to be invited, by room id or alias; answers the room id. Through `via` where this server is not in the room. */
  knock(room: string, user: string, via?: readonly string[], reason?: string): Promise<string>
  /** Also declines an invitation or takes a knock back, through the inviter's server where this one is not in the room. */
  leave(roomId: string, user: string, reason?: string): Promise<void>
  /** Leaves all rooms and declines all invitations. */
  leaveEverything(user: string): Promise<void>
  /** No more of a room that the user has left. M_UNKNOWN for who has not, M_NOT_FOUND for who never was in it. */
  forget(roomId: string, user: string): void
  kick(roomId: string, user: string, by: string, reason?: string): Promise<void>
  ban(roomId: string, user: string, by: string, reason?: string): Promise<void>
  unban(roomId: string, user: string, by: string, reason?: string): Promise<void>
  /** Answers the event id. */
  send(roomId: string, draft: Authored): Promise<string>
  redact(roomId: string, eventId: string, by: string, reason?: string): Promise<string>

  resolveAlias(alias: string): Promise<{ roomId: string; servers: readonly string[] }>

  /** A page of the directory, as GET /publicRooms answers it; of this server where no other is named. */
  publicRooms(query: PublicRoomsQuery, server?: string): Promise<JsonObject>
  /** Rooms of a space, depth first, asking other servers for those that this one is not in. M_FORBIDDEN. */
  hierarchy(roomId: string, user: string, options?: HierarchyOptions): Promise<HierarchyPage>
  /** The event closest to a time (milliseconds): the first at or after it (`f`) or the last at or before it (`b`). M_NOT_FOUND. */
  timestampToEvent(roomId: string, user: string, ts: number, dir: TimeDirection): Promise<Timed>

  /** Replaces a room by one of another version; answers the id of the new one. M_FORBIDDEN. */
  upgradeRoom(order: UpgradeOrder): Promise<string>

  /** Ids of the rooms in which the user is joined. */
  joinedRooms(user: string): readonly string[]
  /** The current state, or the state at which the user left. M_FORBIDDEN for who never was in the room. */
  state(roomId: string, user: string): readonly Event[]
  stateEvent(roomId: string, user: string, type: string, stateKey: string): Event
  /** One event that the user may see. M_NOT_FOUND. */
  event(roomId: string, user: string, eventId: string): Event
  /** Fetches older events from other servers where this one lacks them. */
  messages(roomId: string, user: string, options: MessagesOptions): Promise<MessagesPage>
  /** The stripped state that came with the user's invitation; undefined where there is none. */
  invitation(roomId: string, user: string): readonly JsonObject[] | undefined
  sync(user: string, options?: SyncOptions): Promise<SyncView>
  /** Where a sync that begins now would begin. */
  now(): Position
}
