import type { TestDraft } from '../test-room.ts'
import { joinRule, member, type Row, testTable } from './test-table.ts'

const knock = (user: string, rest: Partial<TestDraft> = {}): TestDraft =>
  member(user, 'knock', rest)

const rows: Row[] = [
  ...['public', 'invite', 'restricted', 'private'].map(
    (rule): Row => ({
      rule: 'auth.knock.rule_not_knock_or_kr',
      why: `join rule ${rule}`,
      refused: { draft: knock('@stranger:c'), given: [joinRule(rule)] },
      control: { draft: knock('@stranger:c'), given: [joinRule('knock')] },
    }),
  ),
  {
    rule: 'auth.knock.rule_not_knock_or_kr',
    why: 'no join rules',
    refused: { draft: knock('@stranger:c'), without: ['m.room.join_rules'] },
    control: { draft: knock('@stranger:c'), given: [joinRule('knock_restricted')] },
  },
  {
    rule: 'auth.knock.sender_state_key',
    why: 'for somebody else',
    refused: { draft: knock('@stranger:c', { sender: '@user:b' }), given: [joinRule('knock')] },
    control: { draft: knock('@stranger:c'), given: [joinRule('knock')] },
  },
  {
    rule: 'auth.knock.banned',
    why: 'a banned user',
    refused: { draft: knock('@banned:b'), given: [joinRule('knock')] },
    control: { draft: knock('@left:b'), given: [joinRule('knock')] },
  },
  {
    rule: 'auth.knock.invited',
    why: 'an invited user',
    refused: { draft: knock('@invited:b'), given: [joinRule('knock_restricted')] },
    control: { draft: knock('@knocked:b'), given: [joinRule('knock_restricted')] },
    versions: ({ knockRestricted }) => knockRestricted,
  },
  {
    rule: 'auth.knock.joined',
    why: 'a joined user',
    refused: { draft: knock('@user:b'), given: [joinRule('knock')] },
    control: { draft: knock('@user:b'), given: [joinRule('knock'), member('@user:b', 'leave')] },
  },
]

testTable('the rules on knocking', rows)
