import {
  type Draft,
  joinRules,
  member,
  message,
  type PowerLevels,
  powerLevels,
  type RequirementId,
  topic,
  withPower,
} from '#harness'

export interface Cast {
  /** Power 100, but did not make the room. */
  readonly admin: string
  /** Power 50. */
  readonly moderator: string
  /** No power. */
  readonly joined: string
  /** The content of the room's power levels. */
  readonly levels: PowerLevels
}

/** Two branches over one base; each is a chain of deeds. */
export interface Fork {
  readonly id: string
  readonly when: string
  readonly proves: readonly RequirementId[]
  readonly left: (cast: Cast) => readonly Draft[]
  readonly right: (cast: Cast) => readonly Draft[]
}

export const forks: readonly Fork[] = [
  {
    id: 'two-topics',
    when: 'both branches set the topic',
    proves: ['seed.S26', 'seed.S27', 'seed.S28', 'ss.sr.v2.mainline_order_ts'],
    left: ({ admin }) => [topic('left', admin)],
    right: ({ moderator }) => [topic('right', moderator)],
  },
  {
    id: 'demotion-against-topic',
    when: 'one branch demotes who sets the topic in the other',
    proves: ['seed.S27', 'seed.S28', 'ss.sr.v2.power_event_pl', 'ss.sr.v2.step4_iterate'],
    left: (cast) => [powerLevels(withPower(cast.levels, cast.moderator, 0), cast.admin)],
    right: ({ moderator }) => [topic('before I lose it', moderator)],
  },
  {
    id: 'ban-against-topic',
    when: 'one branch bans who sets the topic in the other',
    proves: ['seed.S27', 'seed.S28', 'ss.sr.v2.ban_beats_concurrent'],
    left: ({ admin, moderator }) => [member(moderator, 'ban', admin)],
    right: ({ moderator }) => [topic('before I am banned', moderator)],
  },
  {
    id: 'two-power-levels',
    when: 'both branches change the power levels',
    proves: ['seed.S27', 'seed.S28', 'ss.sr.v2.rtpo_power', 'ss.sr.v2.rtpo_topological'],
    left: (cast) => [powerLevels(withPower(cast.levels, cast.moderator, 40), cast.admin)],
    right: (cast) => [
      powerLevels(withPower(cast.levels, cast.joined, 30), cast.moderator),
      message('with new power', cast.joined),
    ],
  },
  {
    id: 'closed-against-leave',
    when: 'one branch closes the room and a user leaves in the other',
    proves: ['seed.S27', 'seed.S28', 'ss.sr.v2.power_event_jr', 'ss.sr.v2.self_leave_not_power'],
    left: ({ admin }) => [joinRules('invite', admin)],
    right: ({ joined }) => [member(joined, 'leave')],
  },
]
