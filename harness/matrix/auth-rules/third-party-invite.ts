import { stringAt, valueAt } from '../content.ts'
import type { Event, Json, JsonObject } from '../event.ts'
import { isObject } from '../json.ts'
import { verifyJson } from '../sign-json.ts'
import { memberEventOf, membershipOf, type MemberDeed } from './deed.ts'
import { type Refusal, refuse } from './refusal.ts'

/** Signatures times keys; an honest invitation has one or two of each. */
const maxVerifications = 1000

/** Clause: rooms/v12#authorisation-rules, rule 5.4.1 */
export const judgeThirdPartyInvite = (deed: MemberDeed): Refusal | undefined => {
  const { target } = deed
  if (membershipOf(deed, target) === 'ban')
    return refuse(
      'auth.invite.3pi.target_banned',
      `${target} is banned`,
      memberEventOf(deed, target),
    )
  const signed = valueAt(valueAt(deed.event.pdu.content, 'third_party_invite'), 'signed')
  if (!isObject(signed))
    return refuse('auth.invite.3pi.no_signed', 'third_party_invite has no signed object')
  const mxid = stringAt(signed, 'mxid')
  if (mxid === undefined) return refuse('auth.invite.3pi.no_mxid', 'signed has no mxid')
  const token = stringAt(signed, 'token')
  if (token === undefined) return refuse('auth.invite.3pi.no_token', 'signed has no token')
  if (mxid !== target)
    return refuse('auth.invite.3pi.mxid_state_key', `mxid is ${mxid}, the state key ${target}`)
  return judgeByInvitation(deed, signed, token)
}

const judgeByInvitation = (
  deed: MemberDeed,
  signed: JsonObject,
  token: string,
): Refusal | undefined => {
  const invitation = deed.state('m.room.third_party_invite', token)
  if (invitation === undefined)
    return refuse(
      'auth.invite.3pi.no_event',
      `the room has no m.room.third_party_invite with state key ${JSON.stringify(token)}`,
    )
  if (invitation.pdu.sender !== deed.sender)
    return refuse(
      'auth.invite.3pi.sender_mismatch',
      `the sender is ${deed.sender}, that of the third-party invite ${invitation.pdu.sender}`,
      invitation,
    )
  if (isSignedBy(signed, publicKeysOf(invitation))) return undefined
  return refuse(
    'auth.invite.3pi.otherwise',
    'no signature on signed is by a public key of the third-party invite',
    invitation,
  )
}

const publicKeysOf = ({ pdu }: Event): string[] => {
  const listed = valueAt(pdu.content, 'public_keys')
  const entries: readonly Json[] = Array.isArray(listed) ? listed : []
  return [pdu.content, ...entries]
    .map((entry) => stringAt(entry, 'public_key'))
    .filter((key) => key !== undefined)
}

/** The key itself tells who may sign, so the names of server and key beside a signature do not matter. */
const isSignedBy = (signed: JsonObject, publicKeys: readonly string[]): boolean => {
  let left = maxVerifications
  const signatures = valueAt(signed, 'signatures')
  if (!isObject(signatures)) return false
  for (const [entity, byKey] of Object.entries(signatures)) {
    if (!isObject(byKey)) continue
    for (const keyId of Object.keys(byKey)) {
      for (const publicKey of publicKeys) {
        if (left-- === 0) return false
        if (verifyJson(signed, entity, keyId, publicKey)) return true
      }
    }
  }
  return false
}
