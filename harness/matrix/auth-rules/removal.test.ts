import type { TestDraft } from '../test-room.ts'
import { baseUsers, member, powerLevels, type Row, testTable } from './test-table.ts'

const leave = (user: string): TestDraft => member(user, 'leave')

const kick = (target: string, sender = '@mod:b'): TestDraft => member(target, 'leave', { sender })

const ban = (target: string, sender = '@mod:b'): TestDraft => member(target, 'ban', { sender })

const secondMod = powerLevels({ users: { ...baseUsers, '@user:b': 50 } })
const almostMod = powerLevels({ users: { ...baseUsers, '@user:b': 49 } })

const leaving: Row[] = [
  {
    rule: 'auth.leave.self_banned',
    why: 'a banned user makes it a leave',
    refused: { draft: leave('@banned:b') },
    control: { draft: leave('@invited:b') },
  },
  {
    rule: 'auth.leave.self_left',
    why: 'a user leaves twice',
    refused: { draft: leave('@left:b') },
    control: { draft: leave('@user:b') },
  },
  {
    rule: 'auth.leave.self_left',
    why: 'a user was never there',
    refused: { draft: leave('@stranger:c') },
    control: { draft: leave('@knocked:b') },
    versions: ({ knocking }) => knocking,
  },
  ...['@left:b', '@invited:b', '@knocked:b', '@banned:b', '@nobody:b'].map(
    (sender): Row => ({
      rule: 'auth.leave.kick_sender_not_joined',
      why: `a kick by ${sender}`,
      refused: {
        draft: kick('@user:b', sender),
        given: [powerLevels({ users: { ...baseUsers, [sender]: 50 } })],
      },
      control: {
        draft: kick('@user:b', sender),
        given: [powerLevels({ users: { ...baseUsers, [sender]: 50 } }), member(sender, 'join')],
      },
    }),
  ),
  {
    rule: 'auth.leave.kick_low',
    why: 'a kick below the kick level',
    refused: { draft: kick('@user:b'), given: [powerLevels({ kick: 51 })] },
    control: { draft: kick('@user:b'), given: [powerLevels({ kick: 50 })] },
    tells: /power 50, the kick level is 51/,
  },
  {
    rule: 'auth.leave.kick_equal_power',
    why: 'a kick of an equal',
    refused: { draft: kick('@user:b'), given: [secondMod] },
    control: { draft: kick('@user:b'), given: [almostMod] },
    tells: /power 50, @user:b has 50/,
  },
  {
    rule: 'auth.leave.kick_equal_power',
    why: 'a kick of a greater one',
    refused: { draft: kick('@admin:a') },
    control: { draft: kick('@user:b', '@admin:a') },
  },
  {
    rule: 'auth.leave.kick_low',
    why: 'taking back an invitation needs the kick level',
    refused: { draft: kick('@invited:b', '@user:b') },
    control: { draft: kick('@invited:b') },
  },
  {
    rule: 'auth.leave.unban_low',
    why: 'an unban below the ban level',
    refused: { draft: kick('@banned:b'), given: [powerLevels({ ban: 51, kick: 0 })] },
    control: { draft: kick('@banned:b'), given: [powerLevels({ ban: 50, kick: 0 })] },
    tells: /power 50, the ban level is 51/,
  },
  {
    rule: 'auth.leave.unban_needs_kick',
    why: 'an unban below the kick level',
    refused: { draft: kick('@banned:b'), given: [powerLevels({ ban: 0, kick: 51 })] },
    control: { draft: kick('@banned:b'), given: [powerLevels({ ban: 0, kick: 50 })] },
  },
  {
    rule: 'auth.leave.unban_needs_kick',
    why: 'an unban of an equal',
    refused: {
      draft: kick('@banned:b'),
      given: [powerLevels({ users: { ...baseUsers, '@banned:b': 50 } })],
    },
    control: {
      draft: kick('@banned:b'),
      given: [powerLevels({ users: { ...baseUsers, '@banned:b': 49 } })],
    },
  },
]

testTable('the rules on leaving, kicking and unbanning', leaving)

const banning: Row[] = [
  ...['@left:b', '@invited:b', '@knocked:b', '@banned:b', '@nobody:b'].map(
    (sender): Row => ({
      rule: 'auth.ban.sender_not_joined',
      why: `by ${sender}`,
      refused: {
        draft: ban('@user:b', sender),
        given: [powerLevels({ users: { ...baseUsers, [sender]: 50 } })],
      },
      control: {
        draft: ban('@user:b', sender),
        given: [powerLevels({ users: { ...baseUsers, [sender]: 50 } }), member(sender, 'join')],
      },
    }),
  ),
  {
    rule: 'auth.ban.low',
    why: 'below the ban level',
    refused: { draft: ban('@user:b'), given: [powerLevels({ ban: 51 })] },
    control: { draft: ban('@user:b'), given: [powerLevels({ ban: 50 })] },
    tells: /power 50, the ban level is 51/,
  },
  {
    rule: 'auth.ban.low',
    why: 'the ban level is 50 where it is not written down',
    refused: { draft: ban('@left:b', '@user:b'), given: [almostMod] },
    control: { draft: ban('@left:b', '@user:b'), given: [secondMod] },
  },
  {
    rule: 'auth.ban.equal_power',
    why: 'of an equal',
    refused: { draft: ban('@user:b'), given: [secondMod] },
    control: { draft: ban('@user:b'), given: [almostMod] },
  },
  {
    rule: 'auth.ban.equal_power',
    why: 'of oneself',
    refused: { draft: ban('@mod:b') },
    control: { draft: ban('@stranger:c') },
  },
]

testTable('the rules on banning', banning)

const creators: Row[] = [
  {
    rule: 'auth.leave.kick_equal_power',
    why: 'a creator is kicked by no level',
    versions: ({ privilegedCreators }) => privilegedCreators,
    refused: {
      draft: kick('@creator:a'),
      given: [powerLevels({ users: { '@mod:b': Number.MAX_SAFE_INTEGER } })],
    },
    control: {
      draft: kick('@admin:a'),
      given: [powerLevels({ users: { '@mod:b': Number.MAX_SAFE_INTEGER } })],
    },
    tells: /@creator:a has infinite/,
  },
  {
    rule: 'auth.ban.equal_power',
    why: 'a creator is not banned by another',
    versions: ({ privilegedCreators }) => privilegedCreators,
    refused: {
      draft: ban('@creator:a', '@mod:b'),
      create: { additional_creators: ['@mod:b'] },
      given: [powerLevels({ users: {} })],
    },
    control: {
      draft: ban('@admin:a', '@mod:b'),
      create: { additional_creators: ['@mod:b'] },
      given: [powerLevels({ users: { '@admin:a': Number.MAX_SAFE_INTEGER } })],
    },
  },
]

testTable('the rules on removing creators', creators)
