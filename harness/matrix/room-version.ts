/** A way down into the content of an event, one key per step. */
export type KeyPath = readonly [string, ...string[]]

/** What the redaction algorithm leaves; everything else goes. */
export interface RedactionRules {
  /** Top-level keys that stay. */
  readonly topLevel: ReadonlySet<string>
  /** By event type: the paths within `content` that stay, or `all` of it. A type that is not listed keeps nothing. */
  readonly content: ReadonlyMap<string, 'all' | readonly KeyPath[]>
}

/** What differs between room versions. Code asks for one of these by name and never for the version's number. */
export interface RoomVersion {
  readonly id: string
  /** The room id is the create event's id with `!` for `$`, so the create event itself has no `room_id`. */
  readonly roomIdFromCreate: boolean
  /** Whether events cite the create event in `auth_events`; otherwise the room id stands for it. */
  readonly createInAuthEvents: boolean
  /** The create event names its author in `content.creator`; otherwise only `sender` counts. */
  readonly creatorInContent: boolean
  /** The create event's sender and its `additional_creators` stand above every power level and may not be listed. */
  readonly privilegedCreators: boolean
  /** `m.room.redaction` names its target in `content.redacts`; otherwise in a top-level `redacts`. */
  readonly redactsInContent: boolean
  readonly redaction: RedactionRules
  readonly stateResolution: 'v2' | 'v2.1'
  /** Power levels written as strings make the event rejected. */
  readonly integerPowerLevels: boolean
  /** Join rule `knock` and membership `knock`. */
  readonly knocking: boolean
  /** Join rule `restricted`. */
  readonly restrictedJoin: boolean
  /** Join rule `knock_restricted`. */
  readonly knockRestricted: boolean
}

const keys = (...names: string[]): KeyPath[] => names.map((name) => [name])

const v10: RoomVersion = {
  id: '10',
  roomIdFromCreate: false,
  createInAuthEvents: true,
  creatorInContent: true,
  privilegedCreators: false,
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
      ['m.room.member', keys('membership', 'join_authorised_via_users_server')],
      ['m.room.create', keys('creator')],
      ['m.room.join_rules', keys('join_rule', 'allow')],
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
      ['m.room.history_visibility', keys('history_visibility')],
    ]),
  },
  stateResolution: 'v2',
  integerPowerLevels: true,
  knocking: true,
  restrictedJoin: true,
  knockRestricted: true,
}

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
    content: new Map<string, 'all' | readonly KeyPath[]>([
      ...v10.redaction.content,
      ['m.room.member', [...pathsOf(v10, 'm.room.member'), ['third_party_invite', 'signed']]],
      ['m.room.create', 'all'],
      ['m.room.power_levels', [...pathsOf(v10, 'm.room.power_levels'), ['invite']]],
      ['m.room.redaction', keys('redacts')],
    ]),
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

export const roomVersions = { v10, v11, v12 } as const

const byId: ReadonlyMap<string, RoomVersion> = new Map(
  Object.values(roomVersions).map((version) => [version.id, version]),
)

/** Ids of the versions that the harness knows, oldest first. */
export const supportedVersions: readonly string[] = [...byId.keys()]

/** The version with this id, or undefined where the harness does not know it. */
export const roomVersion = (id: string): RoomVersion | undefined => byId.get(id)
