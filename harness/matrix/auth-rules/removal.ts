import {
  levelNamed,
  levelOf,
  memberEventOf,
  membershipOf,
  powerSource,
  senderLevel,
  told,
  type MemberDeed,
} from './deed.ts'
import { type Refusal, refuse } from './refusal.ts'

/** Leaving, kicking, unbanning. Clause: rooms/v12#authorisation-rules, rule 5.5 */
export const judgeLeave = (deed: MemberDeed): Refusal | undefined => {
  const { sender, target } = deed
  if (sender === target) return judgeOwnLeave(deed)
  const own = membershipOf(deed, sender)
  if (own !== 'join')
    return refuse(
      'auth.leave.kick_sender_not_joined',
      `the membership of ${sender} is ${own}, not join`,
      memberEventOf(deed, sender),
    )
  const isUnban = membershipOf(deed, target) === 'ban'
  const level = senderLevel(deed)
  const banLevel = levelNamed(deed, 'ban')
  if (isUnban && level < banLevel)
    return refuse(
      'auth.leave.unban_low',
      `${target} is banned and the sender has power ${told(level)}, the ban level is ${banLevel}`,
      powerSource(deed),
    )
  return judgeKick(deed, isUnban)
}

const judgeOwnLeave = (deed: MemberDeed): Refusal | undefined => {
  const membership = membershipOf(deed, deed.sender)
  const isIn = membership === 'invite' || membership === 'join'
  if (isIn || (membership === 'knock' && deed.version.knocking)) return undefined
  return refuse(
    membership === 'ban' ? 'auth.leave.self_banned' : 'auth.leave.self_left',
    `the membership of ${deed.sender} is ${membership}, which one cannot leave`,
    memberEventOf(deed, deed.sender),
  )
}

const judgeKick = (deed: MemberDeed, isUnban: boolean): Refusal | undefined => {
  const level = senderLevel(deed)
  const kickLevel = levelNamed(deed, 'kick')
  if (level < kickLevel)
    return refuse(
      isUnban ? 'auth.leave.unban_needs_kick' : 'auth.leave.kick_low',
      `the sender has power ${told(level)}, the kick level is ${kickLevel}`,
      powerSource(deed),
    )
  return judgeRank(deed, isUnban ? 'auth.leave.unban_needs_kick' : 'auth.leave.kick_equal_power')
}

/** Nobody is removed by an equal, and a room creator by nobody. */
const judgeRank = (deed: MemberDeed, rule: string): Refusal | undefined => {
  const level = senderLevel(deed)
  const targets = levelOf(deed, deed.target)
  if (targets < level) return undefined
  return refuse(
    rule,
    `the sender has power ${told(level)}, ${deed.target} has ${told(targets)}, which is no less`,
    powerSource(deed),
  )
}

/** Clause: rooms/v12#authorisation-rules, rule 5.6 */
export const judgeBan = (deed: MemberDeed): Refusal | undefined => {
  const own = membershipOf(deed, deed.sender)
  if (own !== 'join')
    return refuse(
      'auth.ban.sender_not_joined',
      `the membership of ${deed.sender} is ${own}, not join`,
      memberEventOf(deed, deed.sender),
    )
  const level = senderLevel(deed)
  const banLevel = levelNamed(deed, 'ban')
  if (level < banLevel)
    return refuse(
      'auth.ban.low',
      `the sender has power ${told(level)}, the ban level is ${banLevel}`,
      powerSource(deed),
    )
  return judgeRank(deed, 'auth.ban.equal_power')
}
