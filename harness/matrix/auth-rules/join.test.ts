import assert from 'node:assert/strict'
import { describe, it } from 'mocha'
import { type RoomVersion, roomVersions } from '../room-version.ts'
import { type TestDraft, TestRoom } from '../test-room.ts'
import { authorize } from './authorize.ts'
import { authStateOf } from './state-of.ts'
import { joinRule, member, powerLevels, type Row, testTable } from './test-table.ts'

const signed = { b: { 'ed25519:1': 'c2lnbmVk' } }

const authorised = (by: string | null, rest: Partial<TestDraft> = {}): TestDraft =>
  member('@stranger:c', 'join', {
    content: by === null ? {} : { join_authorised_via_users_server: by },
    signatures: signed,
    ...rest,
  })

const restrictedRows = (rule: string): Row[] => [
  {
    rule: 'auth.join.restricted_kr_authoriser_missing',
    why: `${rule}: nobody has authorised it`,
    refused: { draft: authorised(null), given: [joinRule(rule)] },
    control: { draft: authorised('@mod:b'), given: [joinRule(rule)] },
  },
  ...['@left:b', '@banned:b', '@invited:b', '@nobody:b'].map(
    (user): Row => ({
      rule: 'auth.join.restricted_kr_authoriser_joined',
      why: `${rule}: authorised by ${user}`,
      refused: { draft: authorised(user), given: [joinRule(rule)] },
      control: { draft: authorised(user), given: [joinRule(rule), member(user, 'join')] },
    }),
  ),
  {
    rule: 'auth.join.restricted_kr_authoriser_power',
    why: `${rule}: the authoriser is below the invite level`,
    refused: {
      draft: authorised('@mod:b'),
      given: [joinRule(rule), powerLevels({ invite: 51 })],
    },
    control: {
      draft: authorised('@mod:b'),
      given: [joinRule(rule), powerLevels({ invite: 50 })],
    },
    tells: /@mod:b has power 50, the invite level is 51/,
  },
  ...['@left:b', '@knocked:b', '@stranger:c'].map(
    (user): Row => ({
      rule: 'auth.join.restricted_kr_authoriser_missing',
      why: `${rule}: ${user} has no standing in the room, an invited or joined user has`,
      refused: { draft: member(user, 'join'), given: [joinRule(rule)] },
      control: {
        draft: member(user, 'join'),
        given: [joinRule(rule), member(user, user === '@left:b' ? 'join' : 'invite')],
      },
    }),
  ),
]

const rows: Row[] = [
  {
    rule: 'auth.member.no_state_key',
    why: 'a membership without state key',
    refused: {
      draft: { type: 'm.room.member', sender: '@user:b', content: { membership: 'join' } },
    },
    control: { draft: member('@user:b', 'join') },
  },
  {
    rule: 'auth.member.no_membership',
    why: 'no membership in the content',
    refused: {
      draft: { type: 'm.room.member', sender: '@user:b', state_key: '@user:b', content: {} },
    },
    control: { draft: member('@user:b', 'join') },
  },
  ...['foo', 'Join', ''].map(
    (membership): Row => ({
      rule: 'auth.member.unknown',
      why: `membership ${JSON.stringify(membership)}`,
      refused: { draft: member('@user:b', membership) },
      control: { draft: member('@user:b', 'join') },
    }),
  ),
  {
    rule: 'auth.member.jauvs_unsigned',
    why: "the authorising user's server has not signed",
    refused: { draft: authorised('@mod:b', { signatures: {} }) },
    control: { draft: authorised('@mod:b') },
  },
  {
    rule: 'auth.member.jauvs_unsigned',
    why: 'the same on a leave',
    refused: {
      draft: member('@user:b', 'leave', {
        content: { join_authorised_via_users_server: '@admin:a' },
        signatures: signed,
      }),
    },
    control: {
      draft: member('@user:b', 'leave', {
        content: { join_authorised_via_users_server: '@mod:b' },
        signatures: signed,
      }),
    },
  },
  {
    rule: 'auth.member.jauvs_unsigned',
    why: 'the authorising user is none',
    refused: { draft: authorised('b') },
    control: { draft: authorised('@mod:b') },
  },
  {
    rule: 'auth.join.sender_state_key',
    why: 'joining somebody else',
    refused: { draft: member('@invited:b', 'join', { sender: '@admin:a' }) },
    control: { draft: member('@invited:b', 'join') },
  },
  {
    rule: 'auth.join.banned',
    why: 'a banned user',
    refused: { draft: member('@banned:b', 'join') },
    control: { draft: member('@left:b', 'join') },
  },
  ...['invite', 'knock'].flatMap((rule) =>
    ['@left:b', '@knocked:b', '@stranger:c'].map(
      (user): Row => ({
        rule: 'auth.join.invite_knock_rule_others',
        why: `${rule}: ${user}`,
        refused: { draft: member(user, 'join'), given: [joinRule(rule)] },
        control: {
          draft: member(user, 'join'),
          given: [joinRule(rule), member(user, user === '@left:b' ? 'join' : 'invite')],
        },
      }),
    ),
  ),
  ...restrictedRows('restricted'),
  ...restrictedRows('knock_restricted'),
  ...['private', 'x.unknown', ''].map(
    (rule): Row => ({
      rule: 'auth.join.otherwise',
      why: `join rule ${JSON.stringify(rule)}, even when invited`,
      refused: { draft: member('@invited:b', 'join'), given: [joinRule(rule)] },
      control: { draft: member('@invited:b', 'join'), given: [joinRule('public')] },
    }),
  ),
  {
    rule: 'auth.join.otherwise',
    why: 'no join rules at all',
    refused: { draft: member('@left:b', 'join'), without: ['m.room.join_rules'] },
    control: { draft: member('@left:b', 'join') },
  },
]

testTable('the rules on joining', rows)

const first = (version: RoomVersion, user: string, rest: Partial<TestDraft> = {}) => {
  const room = new TestRoom(version, '@creator:a', { additional_creators: ['@second:a'] })
  return authorize(room.make(member(user, 'join', rest)), authStateOf(room.events))?.rule
}

/** Where content.creator is not the sender. */
const firstByContent = (version: RoomVersion, user: string) => {
  const room = new TestRoom(version, '@creator:a', { creator: '@named:a' })
  return authorize(room.make(member(user, 'join')), authStateOf(room.events))?.rule
}

describe('the first join', () => {
  for (const version of Object.values(roomVersions)) {
    it(`is the creator's (room version ${version.id})`, () => {
      assert.equal(first(version, '@creator:a'), undefined)
      assert.equal(first(version, '@creator:a', { after: ['$other'] }), 'auth.join.otherwise')
      assert.equal(
        first(version, '@creator:a', { after: ['$create', '$other'] }),
        'auth.join.otherwise',
      )
    })

    it(`is nobody else's, additional creators included (room version ${version.id})`, () => {
      assert.equal(first(version, '@other:a'), 'auth.join.initial_other')
      assert.equal(first(version, '@second:a'), 'auth.join.initial_other')
    })
  }

  it("is that of content.creator, or of the create event's sender, as the version has it", () => {
    assert.equal(firstByContent(roomVersions.v10, '@named:a'), undefined)
    assert.equal(firstByContent(roomVersions.v10, '@creator:a'), 'auth.join.initial_other')
    for (const version of [roomVersions.v11, roomVersions.v12]) {
      assert.equal(firstByContent(version, '@named:a'), 'auth.join.initial_other')
      assert.equal(firstByContent(version, '@creator:a'), undefined)
    }
  })
})
