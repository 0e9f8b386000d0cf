import { hasKey, stringAt } from '../content.ts'
import { creatorsOf } from '../power.ts'
import {
  levelNamed,
  levelOf,
  memberEventOf,
  membershipOf,
  powerSource,
  told,
  type MemberDeed,
} from './deed.ts'
import { type Refusal, refuse } from './refusal.ts'

/** Clause: rooms/v12#authorisation-rules, rule 5.3 */
export const judgeJoin = (deed: MemberDeed): Refusal | undefined => {
  const { sender, target } = deed
  if (isFirst(deed) && target === firstMember(deed)) return undefined
  if (sender !== target)
    return refuse('auth.join.sender_state_key', `${sender} cannot join for ${target}`)
  const membership = membershipOf(deed, sender)
  if (membership === 'ban')
    return refuse('auth.join.banned', `${sender} is banned`, memberEventOf(deed, sender))
  return judgeByJoinRule(deed, membership)
}

/** Whether the create event is the only parent. */
const isFirst = ({ event, create }: MemberDeed): boolean =>
  event.pdu.prev_events.length === 1 && event.pdu.prev_events[0] === create.id

/** Additional creators have no part in this exception. */
const firstMember = ({ create, version }: MemberDeed): string | undefined =>
  version.creatorInContent ? [...creatorsOf(create, version)][0] : create.pdu.sender

const judgeByJoinRule = (deed: MemberDeed, membership: string): Refusal | undefined => {
  const { version } = deed
  const joinRules = deed.state('m.room.join_rules', '')
  const rule = stringAt(joinRules?.pdu.content, 'join_rule')
  const mayEnter = membership === 'join' || membership === 'invite'
  if (rule === 'public') return undefined
  if (rule === 'invite' || (rule === 'knock' && version.knocking)) {
    if (mayEnter) return undefined
    return refuse(
      'auth.join.invite_knock_rule_others',
      `the join rule is ${rule} and the membership ${membership}, neither invite nor join`,
      joinRules,
    )
  }
  if (isRestricted(rule, deed)) return mayEnter ? undefined : judgeAuthoriser(deed)
  return refuse(
    isFirst(deed) ? 'auth.join.initial_other' : 'auth.join.otherwise',
    `the join rule is ${rule ?? 'absent'}, which lets nobody join`,
    joinRules,
  )
}

const isRestricted = (rule: string | undefined, { version }: MemberDeed): boolean =>
  (rule === 'restricted' && version.restrictedJoin) ||
  (rule === 'knock_restricted' && version.knockRestricted)

const judgeAuthoriser = (deed: MemberDeed): Refusal | undefined => {
  const { content } = deed.event.pdu
  const authoriser = stringAt(content, 'join_authorised_via_users_server')
  if (!hasKey(content, 'join_authorised_via_users_server') || authoriser === undefined)
    return refuse(
      'auth.join.restricted_kr_authoriser_missing',
      'content has no join_authorised_via_users_server',
    )
  const membership = membershipOf(deed, authoriser)
  if (membership !== 'join')
    return refuse(
      'auth.join.restricted_kr_authoriser_joined',
      `the membership of the authorising ${authoriser} is ${membership}, not join`,
      memberEventOf(deed, authoriser),
    )
  const level = levelOf(deed, authoriser)
  const needed = levelNamed(deed, 'invite')
  if (level >= needed) return undefined
  return refuse(
    'auth.join.restricted_kr_authoriser_power',
    `the authorising ${authoriser} has power ${told(level)}, the invite level is ${needed}`,
    powerSource(deed),
  )
}
