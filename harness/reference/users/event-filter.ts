import { member } from '../../matrix/json.ts'
import type { JsonObject } from '../../matrix/event.ts'
import { globMatches } from '../glob.ts'

/** client-server-api#filtering. An absent list leaves nothing out. */
export interface EventFilter {
  readonly limit?: number
  /** `*` stands for any characters. */
  readonly types?: readonly string[]
  readonly notTypes?: readonly string[]
  readonly senders?: readonly string[]
  readonly notSenders?: readonly string[]
}

export interface RoomEventFilter extends EventFilter {
  readonly rooms?: readonly string[]
  readonly notRooms?: readonly string[]
  readonly containsUrl?: boolean
  readonly lazyMembers?: boolean
  readonly redundantMembers?: boolean
  /** Unread events are counted for each thread by itself. */
  readonly threadCounts?: boolean
}

export interface SyncFilter {
  readonly rooms?: readonly string[]
  readonly notRooms?: readonly string[]
  readonly includeLeft?: boolean
  readonly timeline: RoomEventFilter
  readonly state: RoomEventFilter
  readonly ephemeral: RoomEventFilter
  readonly roomAccountData: RoomEventFilter
  readonly accountData: EventFilter
  readonly presence: EventFilter
}

export const noFilter: SyncFilter = {
  timeline: {},
  state: {},
  ephemeral: {},
  roomAccountData: {},
  accountData: {},
  presence: {},
}

interface Filtered {
  readonly type: string
  /** Absent: what has no sender, such as account data. */
  readonly sender?: string
  readonly content: JsonObject
}

/** Whether something is wanted by type, sender and content. */
export function passes(filter: RoomEventFilter, event: Filtered): boolean {
  const { containsUrl } = filter
  if (!passesType(filter, event.type) || !passesSender(filter, event.sender)) return false
  return containsUrl === undefined || (member(event.content, 'url') !== undefined) === containsUrl
}

function passesType({ types, notTypes }: EventFilter, type: string): boolean {
  const isLike = (pattern: string) => globMatches(pattern, type, '')
  return notTypes?.some(isLike) !== true && (types === undefined || types.some(isLike))
}

function passesSender({ senders, notSenders }: EventFilter, sender: string | undefined): boolean {
  if (sender === undefined) return true
  return notSenders?.includes(sender) !== true && (senders?.includes(sender) ?? true)
}

/** Whether anything of a room is wanted. */
export const allowsRoom = (
  { rooms, notRooms }: Pick<RoomEventFilter, 'rooms' | 'notRooms'>,
  roomId: string,
): boolean => notRooms?.includes(roomId) !== true && (rooms?.includes(roomId) ?? true)
