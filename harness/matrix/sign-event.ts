import { decodeBase64 } from './base64.ts'
import type { Event, Pdu } from './event.ts'
import { textsOf } from './event-texts.ts'
import { contentHash, contentHashOfText, givenId, hashOfText, redactedText } from './hash.ts'
import { serverNameOf } from './identifiers.ts'
import { member } from './json.ts'
import { roomIdOf } from './read-event.ts'
import type { RoomVersion } from './room-version.ts'
import { type SigningKey, verifySignature, verifySignatureAside } from './signing-key.ts'

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
    const claims = claimsOf(event, server, keys)
    if (!isList(claims)) return [claims]
    const wrong = claims.find((claim) => !verifySignature(claim.publicKey, text, claim.signature))
    return wrong === undefined ? [] : [invalid(server, wrong)]
  })
}

/**
 * The same on the threads that Node keeps for such work, of which there are four (`UV_THREADPOOL_SIZE`): for many events
 * at once. Everything but the verification is done before it returns.
 */
export async function checkSignaturesAside(
  event: Event,
  keys: KeyLookup,
): Promise<readonly SignatureProblem[]> {
  const bytes = Buffer.from(textsOf(event).redacted)
  const problems = requiredSigners(event).map(async (server) => {
    const claims = claimsOf(event, server, keys)
    if (!isList(claims)) return claims
    const verdicts = await Promise.all(
      claims.map(({ publicKey, signature }) => verifySignatureAside(publicKey, bytes, signature)),
    )
    const wrong = claims[verdicts.indexOf(false)]
    return wrong && invalid(server, wrong)
  })
  return (await Promise.all(problems)).filter((problem) => problem !== undefined)
}

interface Claim {
  readonly keyId: string
  readonly publicKey: string
  readonly signature: string
}

const isList = (claims: readonly Claim[] | SignatureProblem): claims is readonly Claim[] =>
  Array.isArray(claims)

const invalid = (server: string, { keyId }: Claim): SignatureProblem => ({
  server,
  problem: 'invalid',
  keyId,
})

/** The server's signatures by keys that count, of which there has to be one; otherwise why there is none. */
function claimsOf(
  { pdu, version }: Event,
  server: string,
  keys: KeyLookup,
): readonly Claim[] | SignatureProblem {
  const signatures = Object.hasOwn(pdu.signatures, server) ? pdu.signatures[server] : undefined
  if (signatures === undefined) return { server, problem: 'missing' }
  let known = 0
  const claims: Claim[] = []
  for (const [keyId, signature] of Object.entries(signatures)) {
    const key = keyId.startsWith('ed25519:') ? keys(server, keyId) : undefined
    if (key === undefined) continue
    known += 1
    if (pdu.origin_server_ts <= lastMoment(key, version))
      claims.push({ keyId, publicKey: key.publicKey, signature })
  }
  if (claims.length > 0) return claims
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
