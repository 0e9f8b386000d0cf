import { isInteger, stringAt, valueAt } from '../../matrix/content.ts'
import type { Event, Json, JsonObject } from '../../matrix/event.ts'
import { serverNameOf } from '../../matrix/identifiers.ts'
import { splitStateKey } from '../../matrix/state-key.ts'
import type { Room } from './room.ts'
import type { Rooms } from './rooms.ts'
import { allowedRooms, federates, joinRuleOf, publicEntry, roomTypeOf } from './summary.ts'

/** A room that a space names as its child. */
export interface Child {
  readonly roomId: string
  /** Servers that may know it. */
  readonly via: readonly string[]
  readonly isSuggested: boolean
  /** Stripped, with `origin_server_ts`. */
  readonly stripped: JsonObject
}

/** More children of one space are not looked at. */
const maxChildren = 1_000

/** The valid children of a space, in their order (client-server-api#ordering-of-children-within-a-space); none of a room that is no space. */
export function childrenOf(room: Room): readonly Child[] {
  if (roomTypeOf(room) !== 'm.space') return []
  const events = [...room.current].flatMap(([place, id]) =>
    splitStateKey(place)[0] === 'm.space.child' ? (room.lookup(id) ?? []) : [],
  )
  const stripped = events.map(
    ({ pdu }: Event): JsonObject => ({
      type: pdu.type,
      state_key: pdu.state_key ?? '',
      sender: pdu.sender,
      content: pdu.content,
      origin_server_ts: pdu.origin_server_ts,
    }),
  )
  return readChildren(stripped)
}

/** The same of what another server tells. */
export function readChildren(stripped: readonly Json[]): readonly Child[] {
  return stripped
    .flatMap((one) => readChild(one) ?? [])
    .toSorted((a, b) => compareOrder(a, b))
    .slice(0, maxChildren)
}

function readChild(json: Json): Child | undefined {
  const roomId = stringAt(json, 'state_key')
  const content = valueAt(json, 'content')
  const listed = valueAt(content, 'via')
  const via = Array.isArray(listed) ? listed.filter((one) => typeof one === 'string') : []
  if (stringAt(json, 'type') !== 'm.space.child' || roomId === undefined || via.length === 0)
    return undefined
  const stripped = Object.fromEntries(
    ['type', 'state_key', 'sender', 'content', 'origin_server_ts'].map((key) => [
      key,
      valueAt(json, key) ?? null,
    ]),
  )
  return { roomId, via, isSuggested: valueAt(content, 'suggested') === true, stripped }
}

function compareOrder(a: Child, b: Child): number {
  const [orderA, orderB] = [orderOf(a), orderOf(b)]
  if (orderA !== orderB) {
    if (orderA === undefined) return 1
    if (orderB === undefined) return -1
    return orderA < orderB ? -1 : 1
  }
  return timeOf(a) - timeOf(b) || (a.roomId < b.roomId ? -1 : 1)
}

/** Undefined where there is none or it is not valid. */
function orderOf({ stripped }: Child): string | undefined {
  const order = stringAt(stripped['content'], 'order')
  return order !== undefined && /^[\x20-\x7e]{1,50}$/.test(order) ? order : undefined
}

function timeOf({ stripped }: Child): number {
  const time = stripped['origin_server_ts']
  return isInteger(time) ? time : 0
}

/** Whether users of that server could join or peek into the room (server-server-api#get_matrixfederationv1hierarchyroomid). */
export function isAccessibleTo(
  room: Room,
  server: string,
  { rooms, allowed }: { rooms: Rooms; allowed: (room: Room, server: string) => boolean },
): boolean {
  if (!allowed(room, server) || !federates(room)) return false
  if (publicEntry(room)['world_readable'] === true) return true
  if (['public', 'knock', 'knock_restricted'].includes(joinRuleOf(room))) return true
  if (room.has(server) || isInvited(room, server)) return true
  return allowedRooms(room).some((roomId) => rooms.joined(roomId)?.has(server) === true)
}

function isInvited(room: Room, server: string): boolean {
  return [...room.current.keys()].some((place) => {
    const [type, user] = splitStateKey(place)
    return (
      type === 'm.room.member' &&
      serverNameOf(user) === server &&
      room.membership(user) === 'invite'
    )
  })
}
