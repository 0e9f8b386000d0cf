import { stringAt } from '../content.ts'
import { memberEventOf, membershipOf, type MemberDeed } from './deed.ts'
import { type Refusal, refuse } from './refusal.ts'

const refusedMemberships = new Map([
  ['ban', 'auth.knock.banned'],
  ['invite', 'auth.knock.invited'],
  ['join', 'auth.knock.joined'],
])

/** Clause: rooms/v12#authorisation-rules, rule 5.7 */
export const judgeKnock = (deed: MemberDeed): Refusal | undefined => {
  const { sender, target, version } = deed
  const joinRules = deed.state('m.room.join_rules', '')
  const rule = stringAt(joinRules?.pdu.content, 'join_rule')
  if (rule !== 'knock' && !(rule === 'knock_restricted' && version.knockRestricted))
    return refuse(
      version.knockRestricted ? 'auth.knock.rule_not_knock_or_kr' : 'auth.knock.rule_not_knock',
      `the join rule is ${rule ?? 'absent'}, ${version.knockRestricted ? 'neither knock nor knock_restricted' : 'not knock'}`,
      joinRules,
    )
  if (sender !== target)
    return refuse('auth.knock.sender_state_key', `${sender} cannot knock for ${target}`)
  const membership = membershipOf(deed, sender)
  const refused = refusedMemberships.get(membership)
  if (refused === undefined) return undefined
  return refuse(
    refused,
    `the membership of ${sender} is ${membership}`,
    memberEventOf(deed, sender),
  )
}
