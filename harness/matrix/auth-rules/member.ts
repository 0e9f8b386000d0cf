import { hasKey, valueAt } from '../content.ts'
import { isUserId, serverNameOf } from '../identifiers.ts'
import type { Deed, MemberDeed } from './deed.ts'
import { judgeInvite } from './invite.ts'
import { judgeJoin } from './join.ts'
import { judgeKnock } from './knock.ts'
import { type Refusal, refuse } from './refusal.ts'
import { judgeBan, judgeLeave } from './removal.ts'

/** Clause: rooms/v12#authorisation-rules, rule 5 */
export const judgeMember = (deed: Deed): Refusal | undefined => {
  const { state_key, content } = deed.event.pdu
  if (state_key === undefined)
    return refuse('auth.member.no_state_key', 'a membership has no state key')
  const membership = valueAt(content, 'membership')
  if (membership === undefined)
    return refuse('auth.member.no_membership', 'content has no membership')
  const named = typeof membership === 'string' ? membership : ''
  return judgeAuthoriserSignature(deed) ?? judgeTransition(memberDeed(deed, state_key), named)
}

/** Field by field: a spread costs more than all the rules together. */
const memberDeed = (
  { event, version, create, powerLevels, state }: Deed,
  target: string,
): MemberDeed => ({
  event,
  version,
  create,
  powerLevels,
  state,
  sender: event.pdu.sender,
  target,
})

const judgeTransition = (deed: MemberDeed, membership: string): Refusal | undefined => {
  switch (membership) {
    case 'join':
      return judgeJoin(deed)
    case 'invite':
      return judgeInvite(deed)
    case 'leave':
      return judgeLeave(deed)
    case 'ban':
      return judgeBan(deed)
    case 'knock':
      return deed.version.knocking
        ? judgeKnock(deed)
        : refuseUnknown(deed, 'auth.member.knock_unknown')
    default:
      return refuseUnknown(deed)
  }
}

const refuseUnknown = ({ event }: Deed, rule = 'auth.member.unknown'): Refusal =>
  refuse(
    rule,
    `membership ${JSON.stringify(valueAt(event.pdu.content, 'membership'))} is not known`,
  )

/** Only that there is such a signature: whether it is valid needs keys, and `checkSignatures` has seen to it. */
const judgeAuthoriserSignature = ({ event, version }: Deed): Refusal | undefined => {
  const { content, signatures } = event.pdu
  const key = 'join_authorised_via_users_server'
  if (!version.restrictedJoin || !hasKey(content, key)) return undefined
  const authoriser = content[key]
  if (typeof authoriser !== 'string' || !isUserId(authoriser))
    return refuse(
      'auth.member.jauvs_unsigned',
      `${key} is ${JSON.stringify(authoriser)}, no user id`,
    )
  if (hasKey(signatures, serverNameOf(authoriser))) return undefined
  return refuse(
    'auth.member.jauvs_unsigned',
    `${key} is ${authoriser}, but ${serverNameOf(authoriser)} has not signed`,
  )
}
