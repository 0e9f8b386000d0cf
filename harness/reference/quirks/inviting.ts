import { valueAt } from '../../matrix/content.ts'
import { isObject } from '../../matrix/json.ts'
import { param } from '../handlers/handler.ts'
import type { Quirk } from './quirk.ts'
import { answering, handling } from './rewrite.ts'

const inviteWithoutState: Quirk = {
  id: 'invite-without-state',
  wording: 'sends invitations without any state of the room',
  breaks: ['ss.iv2.inviting.irs_create'],
  topples: 'all',
  apply: (parts) => ({ ...parts, making: { ...parts.making, invitationState: () => [] } }),
}

/** Who invites notices and gives up, so only what is asked for by hand shows it. */
const unsignedInvite: Quirk = {
  id: 'unsigned-invitation',
  wording: 'gives an invitation back without its own signature',
  breaks: ['ss.iv2.signature_added', 'seed.S14'],
  topples: 'all',
  apply: (parts) =>
    answering(parts, 'invite', (body, { inbound }) => ({
      ...body,
      event: inbound.body['event'] ?? null,
    })),
}

const onlyOwnSignature: Quirk = {
  id: 'invitation-only-self-signed',
  wording: 'gives an invitation back with its own signature only',
  breaks: ['ss.iv2.inviter_signature_kept'],
  topples: 'all',
  apply: (parts) =>
    answering(parts, 'invite', (body, { services }) => {
      const event = valueAt(body, 'event')
      if (!isObject(event)) return body
      const own = valueAt(valueAt(event, 'signatures'), services.name) ?? {}
      return { ...body, event: { ...event, signatures: { [services.name]: own } } }
    }),
}

const changedInvite: Quirk = {
  id: 'changed-invitation',
  wording: 'gives an invitation back with a field of its own',
  breaks: ['ss.iv2.untouched'],
  topples: 'all',
  apply: (parts) =>
    answering(parts, 'invite', (body) => {
      const event = valueAt(body, 'event')
      return isObject(event) ? { ...body, event: { ...event, 'org.fedcheck.seen': true } } : body
    }),
}

const swallowInvitations: Quirk = {
  id: 'swallow-invitations',
  wording: 'signs invitations and never shows them to the user',
  breaks: ['ss.iv2.invited.seen_by_client'],
  topples: 'all',
  apply: (parts) =>
    handling(parts, 'invite', (honest) => async (services, inbound) => {
      const outcome = await honest(services, inbound)
      const event = valueAt(inbound.body, 'event')
      const user = valueAt(event, 'state_key')
      if (typeof user === 'string') services.invitations.remove(param(inbound, 'roomId'), user)
      return outcome
    }),
}

export const invitingQuirks: readonly Quirk[] = [
  inviteWithoutState,
  unsignedInvite,
  onlyOwnSignature,
  changedInvite,
  swallowInvitations,
]
