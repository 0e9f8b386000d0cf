import assert from 'node:assert/strict'
import { describe, it } from 'mocha'
import { roomVersions } from '../room-version.ts'
import type { TestDraft } from '../test-room.ts'
import { authorize } from './authorize.ts'
import { joinRule, member, powerLevels, type Row, staged, testTable } from './test-table.ts'

const message = (sender: string): TestDraft => ({ type: 'm.room.message', sender })

const topic = (sender: string): TestDraft => ({ type: 'm.room.topic', sender, state_key: '' })

const own = (sender: string, state_key: string): TestDraft => ({ type: 'x.own', sender, state_key })

const invitation = (sender: string): TestDraft => ({
  type: 'm.room.third_party_invite',
  sender,
  state_key: 'token',
})

const open = powerLevels({ state_default: 0 })

const rows: Row[] = [
  {
    rule: 'auth.federate_false',
    why: 'a sender of another server in a room that does not federate',
    refused: { draft: message('@mod:b'), create: { 'm.federate': false } },
    control: { draft: message('@admin:a'), create: { 'm.federate': false } },
    tells: /of a, the sender of b/,
  },
  {
    rule: 'auth.federate_false',
    why: 'even an invited user of another server',
    refused: { draft: member('@invited:b', 'join'), create: { 'm.federate': false } },
    control: { draft: member('@invited:b', 'join'), create: { 'm.federate': true } },
  },
  ...['@invited:b', '@knocked:b', '@banned:b', '@left:b', '@stranger:c'].map(
    (user): Row => ({
      rule: 'auth.sender_not_joined',
      why: `a message by ${user}`,
      refused: { draft: message(user) },
      control: { draft: message(user), given: [member(user, 'join')] },
    }),
  ),
  {
    rule: 'auth.third_party_invite.low',
    why: 'a third-party invite below the invite level',
    refused: { draft: invitation('@user:b'), given: [powerLevels({ invite: 1 })] },
    control: { draft: invitation('@mod:b'), given: [powerLevels({ invite: 50 })] },
    tells: /power 0, the invite level is 1/,
  },
  {
    rule: 'auth.required_level.low',
    why: 'a type whose entry in events is above the sender',
    refused: {
      draft: message('@mod:b'),
      given: [powerLevels({ events: { 'm.room.message': 51 } })],
    },
    control: {
      draft: message('@mod:b'),
      given: [powerLevels({ events: { 'm.room.message': 50 } })],
    },
    tells: /power 50, m\.room\.message needs 51 \(events\)/,
  },
  {
    rule: 'auth.required_level.low',
    why: 'a redaction held back by its entry in events',
    refused: {
      draft: { type: 'm.room.redaction', sender: '@user:b' },
      given: [powerLevels({ events: { 'm.room.redaction': 50 } })],
    },
    control: { draft: { type: 'm.room.redaction', sender: '@user:b' } },
    versions: ({ redactionRule }) => !redactionRule,
  },
  {
    rule: 'auth.required_level.state_default',
    why: 'state by a user without power',
    refused: { draft: topic('@user:b') },
    control: { draft: topic('@mod:b') },
    tells: /power 0, m\.room\.topic needs 50/,
  },
  {
    rule: 'auth.required_level.state_default',
    why: 'm.room.aliases, which has no rule of its own',
    refused: { draft: { type: 'm.room.aliases', sender: '@user:b', state_key: 'b' } },
    control: { draft: { type: 'm.room.aliases', sender: '@mod:b', state_key: 'elsewhere' } },
    versions: ({ aliasesRule }) => !aliasesRule,
  },
  {
    rule: 'auth.required_level.state_default',
    why: 'state_default counts for state only',
    refused: { draft: topic('@mod:b'), given: [powerLevels({ state_default: 51 })] },
    control: { draft: message('@user:b'), given: [powerLevels({ state_default: 51 })] },
  },
  {
    rule: 'auth.required_level.state_default',
    why: 'state needs 50 where there are no power levels',
    refused: { draft: topic('@admin:a'), without: ['m.room.power_levels'] },
    control: { draft: topic('@creator:a'), without: ['m.room.power_levels'] },
  },
  {
    rule: 'auth.required_level.events_default',
    why: 'a message below events_default',
    refused: { draft: message('@user:b'), given: [powerLevels({ events_default: 1 })] },
    control: {
      draft: message('@user:b'),
      given: [powerLevels({ events_default: 1, users_default: 1 })],
    },
  },
  {
    rule: 'auth.state_key_at_mismatch',
    why: "state under another user's id",
    refused: { draft: own('@mod:b', '@user:b') },
    control: { draft: own('@mod:b', '@mod:b') },
    tells: /@user:b, the sender @mod:b/,
  },
  {
    rule: 'auth.state_key_at_mismatch',
    why: "even a creator's under another user's id",
    refused: { draft: own('@creator:a', '@user:b') },
    control: { draft: own('@creator:a', 'user:b') },
  },
]

testTable('the rules on any event', rows)

describe('authorize', () => {
  for (const version of Object.values(roomVersions)) {
    it(`judges by the create event, and refuses without one (room version ${version.id})`, () => {
      const { event, state } = staged(version, { draft: message('@user:b') })
      assert.equal(authorize(event, state), undefined)
      const without = staged(version, { draft: message('@user:b'), without: ['m.room.create'] })
      assert.equal(
        authorize(without.event, without.state)?.rule,
        version.roomIdFromCreate ? 'auth.room_id_is_create_event' : 'auth.auth_events.no_create',
      )
    })

    it(`decides a third-party invite by the invite level alone (room version ${version.id})`, () => {
      const { event, state } = staged(version, {
        draft: invitation('@user:b'),
        given: [powerLevels({ state_default: 100 })],
      })
      assert.equal(authorize(event, state), undefined)
    })

    it(`asks for the redact level in old versions only (room version ${version.id})`, () => {
      const { event, state } = staged(version, {
        draft: { type: 'm.room.redaction', sender: '@user:b' },
        given: [powerLevels({ redact: 100 })],
      })
      const expected = version.redactionRule ? 'auth.redaction.otherwise' : undefined
      assert.equal(authorize(event, state)?.rule, expected)
    })

    it(`names the event that decided (room version ${version.id})`, () => {
      const { event, state } = staged(version, { draft: topic('@user:b') })
      assert.equal(authorize(event, state)?.decidedBy, state('m.room.power_levels', '')?.id)
    })
  }

  it('refuses a room id that is not made from the create event', () => {
    const { event, state } = staged(roomVersions.v12, {
      draft: { ...message('@user:b'), roomId: '!invented' },
    })
    assert.equal(authorize(event, state)?.rule, 'auth.room_id_is_create_event')
  })

  it('does not take what every object inherits for a level or a user', () => {
    const user = '@user:b'
    const { event, state } = staged(roomVersions.v11, {
      draft: { type: 'toString', sender: user, state_key: 'constructor' },
      given: [open, joinRule('public')],
    })
    assert.equal(authorize(event, state), undefined)
  })
})
