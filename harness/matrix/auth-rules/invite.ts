import { hasKey } from '../content.ts'
import {
  levelNamed,
  memberEventOf,
  membershipOf,
  powerSource,
  senderLevel,
  told,
  type MemberDeed,
} from './deed.ts'
import { type Refusal, refuse } from './refusal.ts'
import { judgeThirdPartyInvite } from './third-party-invite.ts'

/** Clause: rooms/v12#authorisation-rules, rule 5.4 */
export const judgeInvite = (deed: MemberDeed): Refusal | undefined => {
  if (hasKey(deed.event.pdu.content, 'third_party_invite')) return judgeThirdPartyInvite(deed)
  const own = membershipOf(deed, deed.sender)
  if (own !== 'join')
    return refuse(
      'auth.invite.sender_not_joined',
      `the membership of ${deed.sender} is ${own}, not join`,
      memberEventOf(deed, deed.sender),
    )
  const targets = membershipOf(deed, deed.target)
  if (targets === 'join' || targets === 'ban')
    return refuse(
      targets === 'join' ? 'auth.invite.target_joined' : 'auth.invite.target_banned',
      `the membership of ${deed.target} is ${targets}`,
      memberEventOf(deed, deed.target),
    )
  const level = senderLevel(deed)
  const needed = levelNamed(deed, 'invite')
  if (level >= needed) return undefined
  return refuse(
    'auth.invite.power_low',
    `the sender has power ${told(level)}, the invite level is ${needed}`,
    powerSource(deed),
  )
}
