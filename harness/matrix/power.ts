import { stringAt, valueAt } from './content.ts'
import type { Event } from './event.ts'
import { levelAt } from './levels.ts'
import type { RoomVersion } from './room-version.ts'

/** The levels at the top of m.room.power_levels, each with what it is where the event does not say. */
export const namedLevels = {
  users_default: 0,
  events_default: 0,
  state_default: 50,
  ban: 50,
  redact: 50,
  kick: 50,
  invite: 0,
} as const

export type LevelName = keyof typeof namedLevels

/**
 * Who made the room: the sender of the create event, or who it names as `creator` in the versions that do so,
 * and where creators are privileged also its `additional_creators`.
 */
export const creatorsOf = (create: Event, version: RoomVersion): ReadonlySet<string> => {
  const { content, sender } = create.pdu
  if (version.creatorInContent) {
    const creator = stringAt(content, 'creator')
    return new Set(creator === undefined ? [] : [creator])
  }
  const creators = new Set([sender])
  const additional = valueAt(content, 'additional_creators')
  if (version.privilegedCreators && Array.isArray(additional)) {
    for (const user of additional) if (typeof user === 'string') creators.add(user)
  }
  return creators
}

/**
 * The power level of a user. `powerLevels` and `create` are the room's, or those among an event's auth events.
 * Infinity for privileged creators; 100 for the creator of another version while the room has no power levels.
 */
export const powerLevelOf = (
  user: string,
  powerLevels: Event | undefined,
  create: Event | undefined,
  version: RoomVersion,
): number => {
  const mayBeCreator = version.privilegedCreators || powerLevels === undefined
  const creates = mayBeCreator && create !== undefined && creatorsOf(create, version).has(user)
  if (creates && version.privilegedCreators) return Number.POSITIVE_INFINITY
  if (powerLevels === undefined) return creates ? 100 : namedLevels.users_default
  const own = levelAt(valueAt(powerLevels.pdu.content, 'users'), user, powerLevels.version)
  return own ?? namedLevel('users_default', powerLevels)
}

export const namedLevel = (name: LevelName, powerLevels: Event | undefined): number =>
  (powerLevels && levelAt(powerLevels.pdu.content, name, powerLevels.version)) ?? namedLevels[name]

/** Where a required level was found: the type's own entry in `events`, or the default for its kind. */
export type LevelSource = 'events' | 'state_default' | 'events_default'

export const requiredLevelAndSource = (
  type: string,
  isState: boolean,
  powerLevels: Event | undefined,
): { readonly level: number; readonly source: LevelSource } => {
  const own =
    powerLevels && levelAt(valueAt(powerLevels.pdu.content, 'events'), type, powerLevels.version)
  if (own !== undefined) return { level: own, source: 'events' }
  const source = isState ? 'state_default' : 'events_default'
  return { level: namedLevel(source, powerLevels), source }
}

/** The level that a sender needs for an event of this type, memberships and third-party invites aside. */
export const requiredLevel = (
  type: string,
  isState: boolean,
  powerLevels: Event | undefined,
): number => requiredLevelAndSource(type, isState, powerLevels).level
