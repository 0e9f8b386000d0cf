import { hasKey, isInteger, valueAt } from '../content.ts'
import type { Event, Json, JsonObject } from '../event.ts'
import { isUserId } from '../identifiers.ts'
import { isObject } from '../json.ts'
import { levelAt, levelIn } from '../levels.ts'
import { creatorsOf, namedLevels } from '../power.ts'
import type { RoomVersion } from '../room-version.ts'
import { type Deed, senderLevel, told } from './deed.ts'
import { type Refusal, refuse } from './refusal.ts'

/** Clause: rooms/v12#authorisation-rules, rule 10 */
export const judgePowerLevels = (deed: Deed): Refusal | undefined => {
  const { content } = deed.event.pdu
  const malformed = judgeShape(content, deed.version) ?? judgeListedCreators(deed, content)
  if (malformed !== undefined || deed.powerLevels === undefined) return malformed
  const change = { deed, previous: deed.powerLevels, level: senderLevel(deed) }
  return (
    judgeNamedLevels(change) ??
    judgeEntries(change, 'events') ??
    (deed.version.notificationLevels ? judgeEntries(change, 'notifications') : undefined) ??
    judgeUsers(change)
  )
}

/** Only of users, until all levels have to be integers; a level that is none counts as not written down. */
const judgeShape = (content: JsonObject, version: RoomVersion): Refusal | undefined =>
  (version.integerPowerLevels ? judgeIntegers(content, version) : undefined) ??
  judgeUsersShape(valueAt(content, 'users'), version)

const judgeIntegers = (content: JsonObject, version: RoomVersion): Refusal | undefined => {
  for (const name of Object.keys(namedLevels)) {
    const value = valueAt(content, name)
    if (value !== undefined && !isInteger(value))
      return refuse(
        'auth.pl.top_level_not_int',
        `${name} is ${JSON.stringify(value)}, not an integer`,
      )
  }
  for (const name of ['events', 'notifications'] as const) {
    const problem = findNonInteger(valueAt(content, name), version)
    if (problem !== undefined) return refuse(`auth.pl.${name}_not_object`, `${name} ${problem}`)
  }
  return undefined
}

/** What keeps `levels` from being an object of integers; nothing if it is one or absent. */
const findNonInteger = (levels: Json | undefined, version: RoomVersion): string | undefined => {
  if (levels === undefined) return undefined
  if (!isObject(levels)) return `is ${JSON.stringify(levels)}, not an object`
  const bad = Object.entries(levels).find(([, value]) => levelIn(value, version) === undefined)
  return bad && `holds ${JSON.stringify(bad[1])} for ${bad[0]}, not an integer`
}

/** That `users` is absent is no fault: every server reads the rule so, though its words do not say it. */
const judgeUsersShape = (users: Json | undefined, version: RoomVersion): Refusal | undefined => {
  if (users === undefined) return undefined
  const suffix = version.integerPowerLevels ? '_int' : ''
  if (!isObject(users))
    return refuse(
      `auth.pl.users_not_object${suffix}`,
      `users is ${JSON.stringify(users)}, not an object`,
    )
  const stranger = Object.keys(users).find((user) => !isUserId(user))
  if (stranger !== undefined)
    return refuse(`auth.pl.users_bad_key${suffix}`, `users lists ${stranger}, which is no user id`)
  const problem = findNonInteger(users, version)
  return problem === undefined
    ? undefined
    : refuse(`auth.pl.users_bad_value${suffix}`, `users ${problem}`)
}

const judgeListedCreators = (deed: Deed, content: JsonObject): Refusal | undefined => {
  const { create, version } = deed
  const users = valueAt(content, 'users')
  if (!version.privilegedCreators || !isObject(users)) return undefined
  const listed = [...creatorsOf(create, version)].find((user) => Object.hasOwn(users, user))
  if (listed === undefined) return undefined
  return refuse(
    listed === create.pdu.sender
      ? 'auth.pl.creator_sender_listed'
      : 'auth.pl.additional_creator_listed',
    `users lists ${listed}, who is a creator of the room`,
    create,
  )
}

interface Change {
  readonly deed: Deed
  readonly previous: Event
  /** The sender's power before the change. */
  readonly level: number
}

interface Alteration {
  readonly key: string
  /** Undefined: added. */
  readonly from: number | undefined
  /** Undefined: removed. */
  readonly to: number | undefined
}

/**
 * The entries that differ. A level that is not written down has no value here, so that adding or removing it is
 * compared only on the side where it is written, whatever its default.
 */
const alterations = (
  before: Json | undefined,
  after: Json | undefined,
  { keys, version }: { readonly keys: readonly string[]; readonly version: RoomVersion },
): Alteration[] => {
  const found: Alteration[] = []
  for (const key of keys) {
    const from = levelAt(before, key, version)
    const to = levelAt(after, key, version)
    if (from !== to) found.push({ key, from, to })
  }
  return found
}

const entryAlterations = (
  before: Json | undefined,
  after: Json | undefined,
  version: RoomVersion,
): Alteration[] => {
  const keys = [...keysOf(before), ...keysOf(after).filter((key) => !hasKey(before, key))]
  return alterations(before, after, { keys, version })
}

const keysOf = (value: Json | undefined): string[] => (isObject(value) ? Object.keys(value) : [])

const levelNames = Object.keys(namedLevels)

const judgeNamedLevels = (change: Change): Refusal | undefined => {
  const before = change.previous.pdu.content
  const after = change.deed.event.pdu.content
  const { version } = change.deed
  return judgeLevels(change, 'top_level', alterations(before, after, { keys: levelNames, version }))
}

const judgeEntries = (change: Change, name: 'events' | 'notifications'): Refusal | undefined => {
  const before = valueAt(change.previous.pdu.content, name)
  const after = valueAt(change.deed.event.pdu.content, name)
  const altered = entryAlterations(before, after, change.deed.version)
  return judgeLevels(change, name, altered)
}

const judgeLevels = (
  change: Change,
  family: 'top_level' | 'events' | 'notifications',
  altered: readonly Alteration[],
): Refusal | undefined => {
  const { level, previous } = change
  const where = family === 'top_level' ? '' : `${family} entry `
  const locked = altered.find(({ from }) => from !== undefined && from > level)
  if (locked !== undefined)
    return refuse(
      `auth.pl.${family}_current_high`,
      `${where}${locked.key} is now ${locked.from}, the sender has power ${told(level)}`,
      previous,
    )
  const raised = altered.find(({ to }) => to !== undefined && to > level)
  if (raised === undefined) return undefined
  return refuse(
    `auth.pl.${family}_new_high`,
    `${where}${raised.key} becomes ${raised.to}, the sender has power ${told(level)}`,
    previous,
  )
}

const judgeUsers = (change: Change): Refusal | undefined => {
  const { level, previous, deed } = change
  const before = valueAt(previous.pdu.content, 'users')
  const after = valueAt(deed.event.pdu.content, 'users')
  const altered = entryAlterations(before, after, deed.version)
  const { sender } = deed.event.pdu
  const peer = altered.find(
    ({ key, from }) => key !== sender && from !== undefined && from >= level,
  )
  if (peer !== undefined)
    return refuse(
      'auth.pl.users_current_ge',
      `${peer.key} now has ${peer.from}, the sender has power ${told(level)}, which is no more`,
      previous,
    )
  const raised = altered.find(({ to }) => to !== undefined && to > level)
  if (raised === undefined) return undefined
  return refuse(
    'auth.pl.users_new_high',
    `${raised.key} gets ${raised.to}, the sender has power ${told(level)}`,
    previous,
  )
}
