import { isInteger, stringAt, valueAt } from '../../matrix/content.ts'
import type { Json, JsonObject } from '../../matrix/event.ts'
import { isObject } from '../../matrix/json.ts'
import { levelIn } from '../../matrix/levels.ts'
import { creatorsOf } from '../../matrix/power.ts'
import type { RoomVersion } from '../../matrix/room-version.ts'
import type { Draft } from '../../world/homeserver.ts'
import { MatrixError } from '../errors.ts'
import type { Room } from '../rooms/room.ts'
import type { Services } from '../services.ts'
import { createRoom } from './create-room.ts'
import { emit, makeEvent, permitted, roomOf } from './emit.ts'
import type { UpgradeOrder } from './operations.ts'

/** client-server-api#room-upgrades: the state that goes along, in this order. */
const transferred = [
  'm.room.server_acl',
  'm.room.encryption',
  'm.room.name',
  'm.room.avatar',
  'm.room.topic',
  'm.room.guest_access',
  'm.room.history_visibility',
  'm.room.join_rules',
] as const

/** Replaces a room by one of another version; answers the new room. M_FORBIDDEN, and what making a room throws. */
export async function upgradeRoom(services: Services, order: UpgradeOrder): Promise<Room> {
  const { roomId, user, version } = order
  const room = roomOf(services, roomId)
  const tombstone = (replacement_room: string) => ({
    type: 'm.room.tombstone',
    state_key: '',
    sender: user,
    content: { body: 'This room has been replaced', replacement_room },
  })
  permitted(room, makeEvent(services, room, tombstone(roomId)))
  const successor = await createRoom(services, user, {
    version,
    creation: creationOf(room, order),
    initialState: [
      ...transferred.flatMap((type) => copyOf(room, type, version)),
      powerLevelsFor(room, order),
    ],
  })
  moveNames(services, room, successor)
  await emit(services, room, tombstone(successor.id))
  await silence(services, room, user)
  return successor
}

function creationOf(room: Room, { version, additionalCreators = [] }: UpgradeOrder): JsonObject {
  const old = room.create?.pdu.content ?? {}
  const [last] = room.heads
  return {
    ...kept(old, 'type'),
    ...kept(old, 'm.federate'),
    ...(version.privilegedCreators && additionalCreators.length > 0
      ? { additional_creators: additionalCreators }
      : {}),
    predecessor: { room_id: room.id, ...(last === undefined ? {} : { event_id: last.id }) },
  }
}

const kept = (content: JsonObject, key: string): JsonObject => {
  const value = valueAt(content, key)
  return value === undefined ? {} : { [key]: value }
}

function copyOf(room: Room, type: string, version: RoomVersion): readonly Draft[] {
  const content = room.stateEvent(type, '')?.pdu.content
  if (content === undefined) return []
  const rule = stringAt(content, 'join_rule')
  const isKnown = type !== 'm.room.join_rules' || rule === undefined || hasRule(version, rule)
  return [{ type, state_key: '', content: isKnown ? content : { join_rule: 'invite' } }]
}

function hasRule(version: RoomVersion, rule: string): boolean {
  if (rule === 'knock') return version.knocking
  if (rule === 'restricted') return version.restrictedJoin
  return rule !== 'knock_restricted' || version.knockRestricted
}

/** Where the new version gives creators no power by itself, they stand in the list, and nothing stands above them. */
const creatorLevel = 100

/** The power levels as the new version takes them, by its own creators. */
function powerLevelsFor(
  room: Room,
  { user, version, additionalCreators = [] }: UpgradeOrder,
): Draft {
  const old = room.stateEvent('m.room.power_levels', '')?.pdu.content ?? {}
  const formerly = room.create === undefined ? [] : creatorsOf(room.create, room.version)
  const level = (value: Json): number | undefined => {
    const number = levelIn(value, room.version)
    if (number === undefined || !isInteger(number)) return undefined
    return version.privilegedCreators ? number : Math.min(number, creatorLevel)
  }
  const content = levelsIn(old, level)
  const creators = new Set([user, ...additionalCreators])
  const users = Object.entries(levelsIn(valueAt(old, 'users'), level))
  const listed = version.privilegedCreators
    ? users.filter(([name]) => !creators.has(name))
    : [
        ...users,
        ...(room.version.privilegedCreators
          ? [...formerly].map((name) => [name, creatorLevel] as const)
          : []),
      ]
  return {
    type: 'm.room.power_levels',
    state_key: '',
    content: {
      ...content,
      users: Object.fromEntries(listed),
      events: levelsIn(valueAt(old, 'events'), level),
      notifications: levelsIn(valueAt(old, 'notifications'), level),
    },
  }
}

/** What of an object are levels. */
function levelsIn(
  object: Json | undefined,
  level: (value: Json) => number | undefined,
): Record<string, number> {
  const entries = isObject(object) ? Object.entries(object) : []
  return Object.fromEntries(
    entries.flatMap(([key, value]) => {
      const number = level(value)
      return number === undefined ? [] : [[key, number] as const]
    }),
  )
}

/** Aliases of this server and the place in its directory. */
function moveNames({ aliases, directory }: Services, from: Room, to: Room): void {
  aliases.move(from.id, to.id)
  if (!directory.has(from.id)) return
  directory.withdraw(from.id)
  directory.publish(to.id)
}

/** Nobody should go on in the old room; that its creator may be unable to see to that is no reason to fail. */
async function silence(services: Services, room: Room, user: string): Promise<void> {
  const content = room.stateEvent('m.room.power_levels', '')?.pdu.content
  if (content === undefined) return
  const usersDefault = levelIn(valueAt(content, 'users_default'), room.version) ?? 0
  const level = Math.max(50, usersDefault + 1)
  try {
    await emit(services, room, {
      type: 'm.room.power_levels',
      state_key: '',
      sender: user,
      content: { ...content, events_default: level, invite: level },
    })
  } catch (error) {
    if (!(error instanceof MatrixError)) throw error
  }
}
