import { hasKey, stringAt } from '../content.ts'
import { parentIds } from '../references.ts'
import type { RoomVersion } from '../room-version.ts'
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
  if (target === firstMember(deed) && isFirst(deed)) return undefined
  if (sender !== target)
    return refuse('auth.join.sender_state_key', `${sender} cannot join for ${target}`)
  const membership = membershipOf(deed, sender)
  if (membership === 'ban')
    return refuse('auth.join.banned', `${sender} is banned`, memberEventOf(deed, sender))
  return judgeByJoinRule(deed, membership)
}

/** Whether the create event is the only parent. */
const isFirst = ({ event, create }: MemberDeed): boolean => {
  const parents = parentIds(event)
  return parents.length === 1 && parents[0] === create.id
}

/** Additional creators have no part in this exception. */
const firstMember = ({ create, version }: MemberDeed): string | undefined =>
  version.creatorInContent ? stringAt(create.pdu.content, 'creator') : create.pdu.sender

const judgeByJoinRule = (deed: MemberDeed, membership: string): Refusal | undefined => {
  const { version } = deed
  const joinRules = deed.state('m.room.join_rules', '')
  const rule = stringAt(joinRules?.pdu.content, 'join_rule')
  const mayEnter = membership === 'join' || membership === 'invite'
  if (rule === 'public') return undefined
  if (rule === 'invite' || (rule === 'knock' && version.knocking)) {
    if (mayEnter) return undefined
    const message = `the join rule is ${rule} and the membership ${membership}, neither invite nor join`
    return refuse(closedToOthers(version), message, joinRules)
  }
  if (isRestricted(rule, deed)) return mayEnter ? undefined : judgeAuthoriser(deed)
  return refuse(
    isFirst(deed) ? 'auth.join.initial_other' : closedBy(rule, deed),
    `the join rule is ${rule ?? 'absent'}, which lets nobody join`,
    joinRules,
  )
}

const closedToOthers = ({ knocking }: RoomVersion): string =>
  knocking ? 'auth.join.invite_knock_rule_others' : 'auth.join.invite_rule_others'

/** Join rules of later room versions have a requirement of their own. */
const closedBy = (rule: string | undefined, { version }: MemberDeed): string => {
  if (rule === 'knock') return 'auth.join.knock_rule_unknown'
  return rule === 'knock_restricted' && version.restrictedJoin
    ? 'auth.join.knock_restricted_rule_unknown'
    : 'auth.join.otherwise'
}

const isRestricted = (rule: string | undefined, { version }: MemberDeed): boolean =>
  (rule === 'restricted' && version.restrictedJoin) ||
  (rule === 'knock_restricted' && version.knockRestricted)

const judgeAuthoriser = (deed: MemberDeed): Refusal | undefined => {
  const { content } = deed.event.pdu
  const authoriser = stringAt(content, 'join_authorised_via_users_server')
  const family = deed.version.knockRestricted
    ? 'auth.join.restricted_kr_authoriser'
    : 'auth.join.restricted_authoriser'
  if (!hasKey(content, 'join_authorised_via_users_server') || authoriser === undefined)
    return refuse(`${family}_missing`, 'content has no join_authorised_via_users_server')
  const membership = membershipOf(deed, authoriser)
  if (membership !== 'join')
    return refuse(
      `${family}_joined`,
      `the membership of the authorising ${authoriser} is ${membership}, not join`,
      memberEventOf(deed, authoriser),
    )
  const level = levelOf(deed, authoriser)
  const needed = levelNamed(deed, 'invite')
  if (level >= needed) return undefined
  return refuse(
    `${family}_power`,
    `the authorising ${authoriser} has power ${told(level)}, the invite level is ${needed}`,
    powerSource(deed),
  )
}
