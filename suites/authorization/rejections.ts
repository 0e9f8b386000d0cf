import {
  custom,
  type Draft,
  member,
  message,
  type PowerLevels,
  powerLevels,
  type RequirementId,
  type RoomVersion,
  topic,
  withPower,
} from '#harness'

/** What a row may speak of: users of the peer in a room that `creator` made. */
export interface Cast {
  /** Power 100. */
  readonly user: string
  /** Joined, with no power. */
  readonly joined: string
  /** Never joined. */
  readonly stranger: string
  /** The content of the room's power levels. */
  readonly levels: PowerLevels
}

/** One deed done twice: once against a rule, and once with only that fault removed. */
export interface Rejection {
  readonly id: string
  readonly when: string
  readonly proves: readonly RequirementId[]
  /** The room versions that have the rule. */
  readonly versions?: (version: RoomVersion) => boolean
  readonly unlawful: (cast: Cast) => Draft
  readonly lawful: (cast: Cast) => Draft
}

export const rejections: readonly Rejection[] = [
  {
    id: 'sender-not-joined',
    when: 'its sender never joined',
    proves: ['seed.S19', 'auth.sender_not_joined'],
    unlawful: ({ stranger }) => message('hello', stranger),
    lawful: ({ joined }) => message('hello', joined),
  },
  {
    id: 'type-needs-more-power',
    when: 'its sender lacks the power to send its type',
    proves: ['seed.S19', 'auth.required_level.low', 'auth.required_level.state_default'],
    unlawful: ({ joined }) => topic('mine', joined),
    lawful: ({ user }) => topic('mine', user),
  },
  {
    id: 'state-key-of-another',
    when: 'its state key is the id of another user',
    proves: ['seed.S19', 'auth.state_key_at_mismatch'],
    unlawful: ({ user, stranger }) => custom('org.fedcheck.owned', {}, stranger, user),
    lawful: ({ user }) => custom('org.fedcheck.owned', {}, user, user),
  },
  {
    id: 'join-in-the-name-of-another',
    when: 'it joins somebody else',
    proves: ['seed.S19', 'auth.join.sender_state_key'],
    unlawful: ({ stranger, user }) => member(stranger, 'join', user),
    lawful: ({ stranger }) => member(stranger, 'join', stranger),
  },
  {
    id: 'ban-without-power',
    when: 'it bans without the power to ban',
    proves: ['seed.S19', 'auth.ban.low'],
    unlawful: ({ stranger, joined }) => member(stranger, 'ban', joined),
    lawful: ({ stranger, user }) => member(stranger, 'ban', user),
  },
  {
    id: 'power-levels-as-text',
    when: 'it gives a power level as text',
    proves: ['seed.S02', 'seed.S19', 'auth.pl.top_level_not_int'],
    versions: ({ integerPowerLevels }) => integerPowerLevels,
    unlawful: ({ levels, user }) => powerLevels({ ...levels, kick: '50' }, user),
    lawful: ({ levels, user }) => powerLevels({ ...levels, kick: 50 }, user),
  },
  {
    id: 'power-above-the-own',
    when: 'it gives more power than its sender has',
    proves: ['seed.S19', 'auth.pl.users_new_high'],
    unlawful: ({ levels, user, joined }) => powerLevels(withPower(levels, joined, 101), user),
    // Below the sender's own: with that in force, only the fault itself forbids the other.
    lawful: ({ levels, user, joined }) => powerLevels(withPower(levels, joined, 99), user),
  },
]
