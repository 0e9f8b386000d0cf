import { decodeBase64 } from './base64.ts'
import type { Event, Pdu } from './event.ts'
import { textsOf } from './event-texts.ts'
import { contentHash, contentHashOfText, givenId, hashOfText, redactedText } from './hash.ts'
import { serverNameOf } from './identifiers.ts'
import { member } from './json.ts'
import { roomIdOf } from './read-event.ts'
import type { RoomVersion } from './room-version.ts'
import { type SigningKey, verifySignature } from './signing-key.ts'

/** An event that its author has put together but neither hashed nor signed. */
export type UnsignedPdu = Omit<Pdu, 'hashes' | 'signatures'>

/** Puts the content hash in place, signs, and works out the id (server-server-api#adding-hashes-and-signatures-to-outgoing-events). Throws CanonicalJsonError. */
export function finishEvent(
  draft: UnsignedPdu,
  version: RoomVersion,
  serverName: string,
  key: SigningKey,
): Event {
  const hashes = { sha256: contentHash({ ...draft }, version) }
  const text = redactedText({ ...draft, hashes }, version)
  const signatures = { [serverName]: { [key.keyId]: key.sign(text) } }
  const id = givenId(draft, version) ?? `$${hashOfText(text, version)}`
  const pdu = { ...draft, hashes, signatures }
  return { id, roomId: roomIdOf(pdu, version, id), version, pdu }
}

/** The event with that server's signature too; its id does not depend on signatures. */
export function addSignature(event: Event, serverName: string, key: SigningKey): Event {
  const { pdu, version } = event
  const signature = key.sign(redactedText(pdu, version))
  const others = pdu.signatures[serverName]
  const signatures = { ...pdu.signatures, [serverName]: { ...others, [key.keyId]: signature } }
  return { ...event, pdu: { ...pdu, signatures } }
}

/** A server's key for verification. Times are milliseconds since 1970. */
export interface VerifyKey {
  /** Base64. */
  readonly publicKey: string
  /** From `valid_until_ts`, but no more than 7 days after it was fetched: whoever looks it up sees to that. */
  readonly validUntil: number
  /** From `expired_ts` of an old key, which then counts instead of `validUntil`. */
  readonly expired?: number
}

export type KeyLookup = (server: string, keyId: string) => VerifyKey | undefined

/**
 * missing: no signature of that server at all · unknown-key: none by an Ed25519 key that the lookup knows ·
 * expired-key: all known keys were out of date when the event was made · invalid: one by a good key is wrong.
 */
export interface SignatureProblem {
  readonly server: string
  readonly problem: 'missing' | 'unknown-key' | 'expired-key' | 'invalid'
  readonly keyId?: string
}

/**
 * The servers whose signature the event needs: the sender's, but for invitations through a third party, which any
 * server may send; that of an event id that was given; and for a join that a user of some server vouched for, that
 * server (server-server-api#validating-hashes-and-signatures-on-received-events, rooms/v8#authorisation-rules).
 */
export function requiredSigners(event: Event): readonly string[] {
  const signers = new Set(signersByContent(event))
  if (event.version.eventIds === 'given') signers.add(serverNameOf(event.id))
  return [...signers]
}

function signersByContent({ pdu, version }: Event): readonly string[] {
  const { type, content, sender } = pdu
  if (type !== 'm.room.member') return [serverNameOf(sender)]
  const byThirdParty =
    member(content, 'membership') === 'invite' &&
    member(content, 'third_party_invite') !== undefined
  const signers = byThirdParty ? [] : [serverNameOf(sender)]
  const authoriser = member(content, 'join_authorised_via_users_server')
  if (version.restrictedJoin && typeof authoriser === 'string')
    signers.push(serverNameOf(authoriser))
  return signers
}

/**
 * Check 2 of server-server-api#checks-performed-on-receipt-of-a-pdu: each required server must have signed with a key
 * that is known and, where the room version asks for it, was not out of date at `origin_server_ts`, and all such signatures of it must be good. Others do not
 * matter. An empty list means that the event passes.
 */
export function checkSignatures(event: Event, keys: KeyLookup): readonly SignatureProblem[] {
  const text = textsOf(event).redacted
  return requiredSigners(event).flatMap((server) => {
    const problem = checkServer(event, server, { text, keys })
    return problem === undefined ? [] : [problem]
  })
}

function checkServer(
  { pdu, version }: Event,
  server: string,
  { text, keys }: { readonly text: string; readonly keys: KeyLookup },
): SignatureProblem | undefined {
  const signatures = Object.hasOwn(pdu.signatures, server) ? pdu.signatures[server] : undefined
  if (signatures === undefined) return { server, problem: 'missing' }
  let known = 0
  let usable = 0
  for (const [keyId, signature] of Object.entries(signatures)) {
    const key = keyId.startsWith('ed25519:') ? keys(server, keyId) : undefined
    if (key === undefined) continue
    known += 1
    if (pdu.origin_server_ts > lastMoment(key, version)) continue
    usable += 1
    if (!verifySignature(key.publicKey, text, signature))
      return { server, problem: 'invalid', keyId }
  }
  if (usable > 0) return undefined
  return { server, problem: known > 0 ? 'expired-key' : 'unknown-key' }
}

/** Until when events may be signed with the key: that it was retired counts in every room version. */
const lastMoment = ({ expired, validUntil }: VerifyKey, { keyValidity }: RoomVersion): number =>
  expired ?? (keyValidity ? validUntil : Number.POSITIVE_INFINITY)

/** Check 3 of the same list: whether `hashes.sha256`, decoded, is the content hash. Where not, the redacted copy counts. */
export function checkContentHash(event: Event): boolean {
  const claimed = event.pdu.hashes.sha256
  const actual = contentHashOfText(textsOf(event).hashed)
  return claimed === actual || decodeBase64(claimed)?.toString('base64').replace('=', '') === actual
}
