import assert from 'node:assert/strict'
import { describe, it } from 'mocha'
import { roomVersions } from '../room-version.ts'
import type { TestDraft } from '../test-room.ts'
import { authorize } from './authorize.ts'
import {
  baseUsers,
  joinRule,
  member,
  powerLevels,
  type Row,
  staged,
  testTable,
} from './test-table.ts'

const aliases = (sender: string, state_key?: string): TestDraft => ({
  type: 'm.room.aliases',
  sender,
  ...(state_key === undefined ? {} : { state_key }),
})

testTable('the rule on aliases', [
  {
    rule: 'auth.aliases.no_state_key',
    why: 'without a state key',
    refused: { draft: aliases('@admin:a') },
    control: { draft: aliases('@admin:a', 'a') },
  },
  ...['a', '', 'b:8448'].map(
    (state_key): Row => ({
      rule: 'auth.aliases.domain_mismatch',
      why: `under ${JSON.stringify(state_key)}, which is not the sender's server`,
      refused: { draft: aliases('@mod:b', state_key) },
      control: { draft: aliases('@mod:b', 'b') },
    }),
  ),
  {
    rule: 'auth.aliases.domain_mismatch',
    why: 'a stranger may do what a member may',
    refused: { draft: aliases('@stranger:c', 'b') },
    control: { draft: aliases('@stranger:c', 'c') },
  },
])

const redaction = (id: string, redacts?: string): TestDraft => ({
  type: 'm.room.redaction',
  sender: '@user:b',
  id,
  ...(redacts === undefined ? {} : { redacts }),
})

testTable('the rule on redactions', [
  {
    rule: 'auth.redaction.otherwise',
    why: 'of an event of another server',
    refused: { draft: redaction('$r:b', '$m:a') },
    control: { draft: redaction('$r:b', '$m:b') },
    tells: /power 0, the redact level is 50; .* of b, .* of a/,
  },
  {
    rule: 'auth.redaction.otherwise',
    why: 'of nothing',
    refused: { draft: redaction('$r:b') },
    control: { draft: redaction('$r:b'), given: [powerLevels({ redact: 0 })] },
  },
  {
    rule: 'auth.redaction.otherwise',
    why: 'the server is that of the id and not of the sender',
    refused: { draft: redaction('$r:a', '$m:b') },
    control: { draft: { ...redaction('$r:a', '$m:b'), sender: '@mod:b' } },
  },
])

const knock = (user: string): TestDraft => member(user, 'knock')
const vouched = (user: string, authoriser?: string): TestDraft =>
  member(user, 'join', {
    content: authoriser === undefined ? {} : { join_authorised_via_users_server: authoriser },
    signatures: { b: { 'ed25519:1': 'AAAA' } },
  })

testTable('memberships in older versions', [
  {
    rule: 'auth.join.invite_rule_others',
    why: 'a stranger joins a room for the invited',
    refused: { draft: member('@stranger:c', 'join'), given: [joinRule('invite')] },
    control: { draft: member('@invited:b', 'join'), given: [joinRule('invite')] },
  },
  {
    rule: 'auth.join.knock_rule_unknown',
    why: 'even an invited user joins by a rule that is not known yet',
    refused: { draft: member('@invited:b', 'join'), given: [joinRule('knock')] },
    control: { draft: member('@invited:b', 'join'), given: [joinRule('invite')] },
  },
  {
    rule: 'auth.member.knock_unknown',
    why: 'knocking',
    refused: { draft: knock('@stranger:c'), given: [joinRule('knock')] },
    control: { draft: member('@stranger:c', 'join') },
  },
  {
    rule: 'auth.join.otherwise',
    why: 'the join rule restricted before there is one',
    refused: { draft: member('@invited:b', 'join'), given: [joinRule('restricted')] },
    control: { draft: member('@invited:b', 'join'), given: [joinRule('public')] },
    versions: ({ restrictedJoin }) => !restrictedJoin,
  },
  {
    rule: 'auth.join.knock_restricted_rule_unknown',
    why: 'the join rule of a later version',
    refused: { draft: vouched('@invited:b', '@mod:b'), given: [joinRule('knock_restricted')] },
    control: { draft: vouched('@stranger:c', '@mod:b'), given: [joinRule('restricted')] },
  },
  {
    rule: 'auth.knock.rule_not_knock',
    why: 'the join rule does not let knock',
    refused: { draft: knock('@stranger:c'), given: [joinRule('knock_restricted')] },
    control: { draft: knock('@stranger:c'), given: [joinRule('knock')] },
  },
  {
    rule: 'auth.join.restricted_authoriser_missing',
    why: 'nobody has authorised it',
    refused: { draft: vouched('@left:b'), given: [joinRule('restricted')] },
    control: { draft: vouched('@left:b', '@mod:b'), given: [joinRule('restricted')] },
  },
  {
    rule: 'auth.join.restricted_authoriser_joined',
    why: 'authorised by somebody who left',
    refused: { draft: vouched('@stranger:c', '@left:b'), given: [joinRule('restricted')] },
    control: { draft: vouched('@stranger:c', '@user:b'), given: [joinRule('restricted')] },
  },
  {
    rule: 'auth.join.restricted_authoriser_power',
    why: 'the authoriser cannot invite',
    refused: {
      draft: vouched('@stranger:c', '@user:b'),
      given: [joinRule('restricted'), powerLevels({ invite: 50 })],
    },
    control: {
      draft: vouched('@stranger:c', '@mod:b'),
      given: [joinRule('restricted'), powerLevels({ invite: '50' })],
    },
    versions: ({ integerPowerLevels }) => !integerPowerLevels,
  },
])

const notTexts = ['50.5', '', ' ', 'abc', '0x10', '1e2', '1_0', '--1', null, true, [], {}]

testTable('power levels that may be text', [
  ...notTexts.map(
    (value): Row => ({
      rule: 'auth.pl.users_bad_value',
      why: JSON.stringify(value),
      refused: { draft: powerLevels({ users: { ...baseUsers, '@user:b': value } }) },
      control: { draft: powerLevels({ users: { ...baseUsers, '@user:b': ' +0050\t' } }) },
    }),
  ),
  {
    rule: 'auth.pl.users_bad_value',
    why: 'a number with a point, where JSON is strict',
    refused: { draft: powerLevels({ users: { ...baseUsers, '@user:b': 50.5 } }) },
    control: { draft: powerLevels({ users: { ...baseUsers, '@user:b': '-50' } }) },
    versions: ({ strictJson }) => strictJson,
  },
  ...['@mod:b', 50, []].map(
    (users): Row => ({
      rule: 'auth.pl.users_not_object',
      why: JSON.stringify(users),
      refused: { draft: powerLevels({ users }) },
      control: { draft: powerLevels({ users: baseUsers, ban: 'nonsense', events: 5 }) },
    }),
  ),
  {
    rule: 'auth.pl.users_bad_key',
    why: 'no user id',
    refused: { draft: powerLevels({ users: { ...baseUsers, mod: 1 } }) },
    control: { draft: powerLevels({ users: { ...baseUsers, '@x:b': 1 } }) },
  },
  {
    rule: 'auth.pl.top_level_new_high',
    why: 'text is compared by what it says',
    refused: { draft: powerLevels({ kick: '51' }, '@mod:b'), given: [powerLevels({ kick: '50' })] },
    control: { draft: powerLevels({ kick: 50 }, '@mod:b'), given: [powerLevels({ kick: '050' })] },
    versions: ({ integerPowerLevels }) => !integerPowerLevels,
  },
  {
    rule: 'auth.required_level.low',
    why: 'levels of types may be text',
    refused: {
      draft: { type: 'm.room.message', sender: '@user:b' },
      given: [powerLevels({ events: { 'm.room.message': '1' } })],
    },
    control: {
      draft: { type: 'm.room.message', sender: '@user:b' },
      given: [powerLevels({ events: { 'm.room.message': '1' }, users_default: '1' })],
    },
    versions: ({ integerPowerLevels }) => !integerPowerLevels,
  },
])

describe('power levels that may be other numbers', () => {
  const { v1, v5 } = roomVersions
  const message: TestDraft = { type: 'm.room.message', sender: '@user:b' }

  it('are cut off at the point', () => {
    for (const version of [v1, v5]) {
      for (const [needed, allowed] of [
        [50.57, true],
        [51.2, false],
        [5.09e1, true],
        ['50', true],
      ] as const) {
        const given = [powerLevels({ events_default: needed, users_default: 50.9 })]
        const { event, state } = staged(version, { draft: message, given })
        assert.equal(authorize(event, state) === undefined, allowed, String(needed))
      }
    }
  })

  it('are refused where they are infinite', () => {
    for (const version of [v1, v5]) {
      const draft = powerLevels({ users: { ...baseUsers, '@user:b': Infinity } })
      const { event, state } = staged(version, { draft })
      assert.equal(authorize(event, state)?.rule, 'auth.pl.users_bad_value')
    }
  })

  it('leave notifications alone in the versions before 6', () => {
    for (const version of Object.values(roomVersions)) {
      const events = { 'm.room.power_levels': 50 }
      const { event, state } = staged(version, {
        draft: powerLevels({ events, notifications: { room: 100 } }, '@mod:b'),
        given: [powerLevels({ events })],
      })
      const expected = version.notificationLevels ? 'auth.pl.notifications_new_high' : undefined
      assert.equal(authorize(event, state)?.rule, expected, version.id)
    }
  })
})
