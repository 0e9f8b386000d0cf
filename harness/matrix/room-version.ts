/** A way down into the content of an event, one key per step. */
export type KeyPath = readonly [string, ...string[]]

/** What the redaction algorithm leaves; everything else goes. */
interface RedactionRules {
  /** Top-level keys that stay. */
  readonly topLevel: ReadonlySet<string>
  /** By event type: the paths within `content` that stay, or `all` of it. A type that is not listed keeps nothing. */
  readonly content: ReadonlyMap<string, 'all' | readonly KeyPath[]>
}

/** What differs between room versions. Code asks for one of these by name and never for the version's number. */
export interface RoomVersion {
  readonly id: string
  /** Its author gives the event an id and writes it down; otherwise the id is the reference hash, in this encoding. */
  readonly eventIds: 'given' | 'base64' | 'base64url'
  /** Events name others by pairs of id and reference hash; otherwise by id alone. */
  readonly pairedReferences: boolean
  /** What canonical JSON does not allow makes an event invalid. */
  readonly strictJson: boolean
  /** A key counts no longer than its `valid_until_ts`. */
  readonly keyValidity: boolean
  /** The room id is the create event's id with `!` for `$`, so the create event itself has no `room_id`. */
  readonly roomIdFromCreate: boolean
  /** Whether events cite the create event in `auth_events`; otherwise the room id stands for it. */
  readonly createInAuthEvents: boolean
  /** The create event names its author in `content.creator`; otherwise only `sender` counts. */
  readonly creatorInContent: boolean
  /** The create event's sender and its `additional_creators` stand above every power level and may not be listed. */
  readonly privilegedCreators: boolean
  /** `m.room.aliases` is allowed to every server under its own name, and to nobody else. */
  readonly aliasesRule: boolean
  /** The authorisation rules judge `m.room.redaction` by the redact level and by the servers of the event ids. */
  readonly redactionRule: boolean
  /** `m.room.redaction` names its target in `content.redacts`; otherwise in a top-level `redacts`. */
  readonly redactsInContent: boolean
  readonly redaction: RedactionRules
  readonly stateResolution: 'v1' | 'v2' | 'v2.1'
  /** Power levels written as strings make the event rejected. */
  readonly integerPowerLevels: boolean
  /** Nobody may change a level in `notifications` that is above their own. */
  readonly notificationLevels: boolean
  /** Join rule `knock` and membership `knock`. */
  readonly knocking: boolean
  /** Join rule `restricted`. */
  readonly restrictedJoin: boolean
  /** Join rule `knock_restricted`. */
  readonly knockRestricted: boolean
}

const keys = (...names: string[]): KeyPath[] => names.map((name) => [name])

const v1: RoomVersion = {
  id: '1',
  eventIds: 'given',
  pairedReferences: true,
  strictJson: false,
  keyValidity: false,
  roomIdFromCreate: false,
  createInAuthEvents: true,
  creatorInContent: true,
  privilegedCreators: false,
  aliasesRule: true,
  redactionRule: true,
  redactsInContent: false,
  redaction: {
    topLevel: new Set([
      'event_id',
      'type',
      'room_id',
      'sender',
      'state_key',
      'content',
      'hashes',
      'signatures',
      'depth',
      'prev_events',
      'prev_state',
      'auth_events',
      'origin',
      'origin_server_ts',
      'membership',
    ]),
    content: new Map([
      ['m.room.member', keys('membership')],
      ['m.room.create', keys('creator')],
      ['m.room.join_rules', keys('join_rule')],
      [
        'm.room.power_levels',
        keys(
          'ban',
          'events',
          'events_default',
          'kick',
          'redact',
          'state_default',
          'users',
          'users_default',
        ),
      ],
      ['m.room.aliases', keys('aliases')],
      ['m.room.history_visibility', keys('history_visibility')],
    ]),
  },
  stateResolution: 'v1',
  integerPowerLevels: false,
  notificationLevels: false,
  knocking: false,
  restrictedJoin: false,
  knockRestricted: false,
}

const v2: RoomVersion = { ...v1, id: '2', stateResolution: 'v2' }

const v3: RoomVersion = {
  ...v2,
  id: '3',
  eventIds: 'base64',
  pairedReferences: false,
  redactionRule: false,
}

const v4: RoomVersion = { ...v3, id: '4', eventIds: 'base64url' }

const v5: RoomVersion = { ...v4, id: '5', keyValidity: true }

/** The rules with other content kept for some types; `[]` keeps nothing. */
const keeping = (
  { topLevel, content }: RedactionRules,
  changes: Readonly<Record<string, 'all' | readonly KeyPath[]>>,
): RedactionRules => ({ topLevel, content: new Map([...content, ...Object.entries(changes)]) })

const v6: RoomVersion = {
  ...v5,
  id: '6',
  strictJson: true,
  aliasesRule: false,
  notificationLevels: true,
  redaction: keeping(v5.redaction, { 'm.room.aliases': [] }),
}

const v7: RoomVersion = { ...v6, id: '7', knocking: true }

const v8: RoomVersion = {
  ...v7,
  id: '8',
  restrictedJoin: true,
  redaction: keeping(v7.redaction, { 'm.room.join_rules': keys('join_rule', 'allow') }),
}

const v9: RoomVersion = {
  ...v8,
  id: '9',
  redaction: keeping(v8.redaction, {
    'm.room.member': keys('membership', 'join_authorised_via_users_server'),
  }),
}

const v10: RoomVersion = { ...v9, id: '10', integerPowerLevels: true, knockRestricted: true }

const pathsOf = (version: RoomVersion, type: string): readonly KeyPath[] => {
  const paths = version.redaction.content.get(type)
  return paths === undefined || paths === 'all' ? [] : paths
}

const v11: RoomVersion = {
  ...v10,
  id: '11',
  creatorInContent: false,
  redactsInContent: true,
  redaction: {
    topLevel: new Set(
      [...v10.redaction.topLevel].filter(
        (key) => key !== 'prev_state' && key !== 'origin' && key !== 'membership',
      ),
    ),
    content: keeping(v10.redaction, {
      'm.room.member': [...pathsOf(v10, 'm.room.member'), ['third_party_invite', 'signed']],
      'm.room.create': 'all',
      'm.room.power_levels': [...pathsOf(v10, 'm.room.power_levels'), ['invite']],
      'm.room.redaction': keys('redacts'),
    }).content,
  },
}

const v12: RoomVersion = {
  ...v11,
  id: '12',
  roomIdFromCreate: true,
  createInAuthEvents: false,
  privilegedCreators: true,
  stateResolution: 'v2.1',
}

export const roomVersions = { v1, v2, v3, v4, v5, v6, v7, v8, v9, v10, v11, v12 } as const

const byId: ReadonlyMap<string, RoomVersion> = new Map(
  Object.values(roomVersions).map((version) => [version.id, version]),
)

/** The version with this id, or undefined where the harness does not know it. */
export const roomVersion = (id: string): RoomVersion | undefined => byId.get(id)
