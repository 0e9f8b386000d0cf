import { stringAt, valueAt } from '../../matrix/content.ts'
import type { Json, JsonObject } from '../../matrix/event.ts'
import type { Room } from './room.ts'
import { joinedCount } from './roster.ts'

/** An entry of the published room directory (client-server-api#published-room-directory). */
export function publicEntry(room: Room): JsonObject {
  const text = (type: string, key: string) => stringAt(contentOf(room, type), key)
  return {
    room_id: room.id,
    num_joined_members: joinedCount(room.current, room.lookup),
    world_readable: text('m.room.history_visibility', 'history_visibility') === 'world_readable',
    guest_can_join: text('m.room.guest_access', 'guest_access') === 'can_join',
    ...known('name', text('m.room.name', 'name')),
    ...known('topic', text('m.room.topic', 'topic')),
    ...known('avatar_url', text('m.room.avatar', 'url')),
    ...known('canonical_alias', text('m.room.canonical_alias', 'alias')),
    ...known('join_rule', joinRuleOf(room)),
    ...known('room_type', roomTypeOf(room)),
  }
}

/** What GET /hierarchy tells of one room. */
export function summaryOf(room: Room): JsonObject {
  const allowed = allowedRooms(room)
  return {
    ...publicEntry(room),
    room_version: room.version.id,
    ...known('encryption', stringAt(contentOf(room, 'm.room.encryption'), 'algorithm')),
    ...(allowed.length === 0 ? {} : { allowed_room_ids: allowed }),
  }
}

export const joinRuleOf = (room: Room): string =>
  stringAt(contentOf(room, 'm.room.join_rules'), 'join_rule') ?? 'invite'

export const roomTypeOf = (room: Room): string | undefined =>
  stringAt(room.create?.pdu.content, 'type')

/** Whether users of other servers than its creator's may be in it. */
export const federates = (room: Room): boolean =>
  valueAt(room.create?.pdu.content, 'm.federate') !== false

/** Rooms whose members may join by condition; none where the join rule is another. */
export function allowedRooms(room: Room): readonly string[] {
  const rule = joinRuleOf(room)
  if (rule !== 'restricted' && rule !== 'knock_restricted') return []
  const allow = valueAt(contentOf(room, 'm.room.join_rules'), 'allow')
  const conditions: readonly Json[] = Array.isArray(allow) ? allow : []
  return conditions.flatMap((condition) =>
    stringAt(condition, 'type') === 'm.room_membership'
      ? (stringAt(condition, 'room_id') ?? [])
      : [],
  )
}

const contentOf = (room: Room, type: string): JsonObject | undefined =>
  room.stateEvent(type, '')?.pdu.content

const known = (key: string, value: string | undefined): JsonObject =>
  value === undefined || value === '' ? {} : { [key]: value }
