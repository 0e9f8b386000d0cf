import { type KeyPath, type RoomVersion, roomVersions } from './room-version.ts'

/** One thing in which room versions differ, and how that is in one of them. */
export interface Trait {
  readonly name: string
  readonly value: string
}

const yesNo = (is: boolean): string => (is ? 'yes' : 'no')

const eventIds = {
  given: 'given by the author, in event_id',
  base64: 'reference hash in standard base64',
  base64url: 'reference hash in URL-safe base64',
} as const

/** Everything about a room version, in words; the same names in the same order for every version but for redaction. */
export const traitsOf = (version: RoomVersion): readonly Trait[] => [
  { name: 'event ids', value: eventIds[version.eventIds] },
  {
    name: 'references to events',
    value: version.pairedReferences ? 'pairs of id and hashes' : 'ids',
  },
  { name: 'canonical JSON is enforced', value: yesNo(version.strictJson) },
  { name: 'keys count until valid_until_ts', value: yesNo(version.keyValidity) },
  {
    name: 'room id',
    value: version.roomIdFromCreate ? 'made from the create event' : 'chosen, with a domain',
  },
  { name: 'events cite the create event', value: yesNo(version.createInAuthEvents) },
  { name: 'creator', value: version.creatorInContent ? 'content.creator' : 'the sender' },
  { name: 'creators stand above all levels', value: yesNo(version.privilegedCreators) },
  { name: 'rule of its own for m.room.aliases', value: yesNo(version.aliasesRule) },
  { name: 'rule of its own for m.room.redaction', value: yesNo(version.redactionRule) },
  {
    name: 'a redaction names its target in',
    value: version.redactsInContent ? 'content.redacts' : 'redacts',
  },
  { name: 'state resolution', value: version.stateResolution.slice(1) },
  { name: 'power levels have to be integers', value: yesNo(version.integerPowerLevels) },
  { name: 'changes of notifications are limited', value: yesNo(version.notificationLevels) },
  { name: 'knocking', value: yesNo(version.knocking) },
  { name: 'join rule restricted', value: yesNo(version.restrictedJoin) },
  { name: 'join rule knock_restricted', value: yesNo(version.knockRestricted) },
  ...redactionTraits(version),
]

const redactionTraits = ({ redaction }: RoomVersion): readonly Trait[] => [
  { name: 'redaction keeps', value: [...redaction.topLevel].join(', ') },
  ...[...redaction.content].map(([type, paths]) => ({
    name: `redaction keeps of ${type}`,
    value: paths === 'all' ? 'all' : paths.map((path: KeyPath) => path.join('.')).join(', '),
  })),
]

/** A trait that a version does not share with the one before it. */
export interface Change {
  readonly name: string
  readonly before: string
  readonly after: string
}

/** What is different from the version before; nothing for the first. */
export const changesIn = (version: RoomVersion): readonly Change[] => {
  const all: readonly RoomVersion[] = Object.values(roomVersions)
  const previous = all[all.findIndex(({ id }) => id === version.id) - 1]
  if (previous === undefined) return []
  const before = new Map(traitsOf(previous).map(({ name, value }) => [name, value]))
  return traitsOf(version)
    .map(({ name, value }) => ({ name, before: before.get(name) ?? '', after: value }))
    .filter((change) => change.before !== change.after)
}
