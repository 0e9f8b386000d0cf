import { stringAt, valueAt } from '../../matrix/content.ts'
import type { Event, Json } from '../../matrix/event.ts'
import { redactedText } from '../../matrix/hash.ts'
import { isServerName } from '../../matrix/identifiers.ts'
import { verifySignature } from '../../matrix/signing-key.ts'
import type { Room } from '../rooms/room.ts'

/** The policy server that a room uses. */
export interface Policy {
  readonly server: string
  /** Base64; of the key that is always called `ed25519:policy_server`. */
  readonly publicKey: string
}

export const policyKeyId = 'ed25519:policy_server'

/** By the current state, where the named server has a user in the room (server-server-api#determining-if-a-policy-server-is-enabled-in-a-room). */
export function policyOf(room: Room): Policy | undefined {
  const content = room.stateEvent('m.room.policy', '')?.pdu.content
  const server = stringAt(content, 'via')
  const publicKey = stringAt(valueAt(content, 'public_keys'), 'ed25519')
  if (server === undefined || publicKey === undefined) return undefined
  return isServerName(server) && room.has(server) ? { server, publicKey } : undefined
}

/** All events but the one that turns policy servers on and off. */
export const isSubjectToPolicy = ({ pdu }: Event): boolean =>
  pdu.type !== 'm.room.policy' || pdu.state_key !== ''

/** Whether the policy server has signed the event with the key that the room names. */
export function isRecommended(event: Event, { server, publicKey }: Policy): boolean {
  const { signatures } = event.pdu
  const own = Object.hasOwn(signatures, server) ? signatures[server] : undefined
  const signature = own?.[policyKeyId]
  if (signature === undefined) return false
  return verifySignature(publicKey, redactedText(event.pdu, event.version), signature)
}

/** The event with the signature out of a policy server's answer; all others stay. The event itself where there is none. */
export function withAnswer(event: Event, { server }: Policy, answer: Json | undefined): Event {
  const signature = stringAt(valueAt(answer, server), policyKeyId)
  if (signature === undefined) return event
  const { signatures } = event.pdu
  const own = Object.hasOwn(signatures, server) ? signatures[server] : undefined
  const more = { ...signatures, [server]: { ...own, [policyKeyId]: signature } }
  return { ...event, pdu: { ...event.pdu, signatures: more } }
}
