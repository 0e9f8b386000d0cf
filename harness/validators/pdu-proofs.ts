import { isDeepStrictEqual } from 'node:util'
import type { Event } from '../matrix/event.ts'
import { serverNameOf } from '../matrix/identifiers.ts'
import { jsonPointer, member } from '../matrix/json.ts'
import { redact } from '../matrix/redact.ts'
import { checkContentHash } from '../matrix/sign-event.ts'
import { verifyJson } from '../matrix/sign-json.ts'
import type { Carried } from './carried.ts'
import type { Fault } from './judged.ts'
import type { Knowledge } from './knowledge.ts'

const base64OfHash = /^[A-Za-z0-9+/]{43}$/
const base64OfSignature = /^[A-Za-z0-9+/]{86}$/

/**
 * The content hash of an event of the speaker's own. One that has been redacted since is served with the hash that it
 * had, so a wrong one counts only where the event is not in redacted form, or has no reason to be.
 */
export function hashFaults(carried: Carried, event: Event, known: Knowledge): readonly Fault[] {
  const pointer = `${carried.pointer}/hashes/sha256`
  const actual = event.pdu.hashes.sha256
  if (checkContentHash(event)) {
    const expected = '43 characters of unpadded standard base64'
    const fault = { requirement: 'ss.hash.content.b64', pointer, expected, actual }
    return base64OfHash.test(actual) ? [] : [fault]
  }
  if (isRedactedForm(event) && mayBeRedacted(carried, event, known)) return []
  const expected = 'the SHA-256 of the event without unsigned, signatures and hashes'
  return [{ requirement: 'ss.hash.content.alg', pointer, expected, actual }]
}

function isRedactedForm({ pdu, version }: Event): boolean {
  const { unsigned: _, ...rest } = pdu
  const { unsigned: __, ...redacted } = redact(pdu, version)
  return isDeepStrictEqual({ ...rest }, { ...redacted })
}

function mayBeRedacted({ side }: Carried, event: Event, known: Knowledge): boolean {
  return side.part === 'response' || known.redacted.has(event.id)
}

/** What it would break if the speaker's own signature were missing; undefined where it need not have signed. */
export function signatureDemand(carried: Carried, event: Event, own: boolean): string | undefined {
  if (own) return 'ss.new.signed'
  const { exchange } = carried.side.reading
  if (carried.side.part === 'request') return undefined
  if (exchange.operation === 'invite') return 'ss.iv2.signature_added'
  if (exchange.operation === 'inviteV1') return 'ss.iv1.signature_added'
  return isVouchedFor(carried, event) ? 'ss.sj.event_field_restricted' : undefined
}

function isVouchedFor({ side, pointer }: Carried, { pdu }: Event): boolean {
  if (side.reading.exchange.operation !== 'sendJoin' || pointer !== '/event') return false
  const voucher = member(pdu.content, 'join_authorised_via_users_server')
  return typeof voucher === 'string' && serverNameOf(voucher) === side.speaker
}

/** The speaker's signatures on an event; undefined where no key of it is known, so that nothing can be said. */
export function signatureFaults(
  carried: Carried,
  event: Event,
  { demand, known }: { readonly demand: string; readonly known: Knowledge },
): readonly Fault[] | undefined {
  const { speaker } = carried.side
  const pointer = carried.pointer + jsonPointer(['signatures', speaker])
  const signatures = Object.entries(
    Object.hasOwn(event.pdu.signatures, speaker) ? (event.pdu.signatures[speaker] ?? {}) : {},
  )
  const expected = `a signature of ${speaker} by a key that it publishes`
  if (signatures.length === 0)
    return [{ requirement: demand, pointer, expected, actual: 'nothing' }]
  const checkable = signatures.filter(([keyId]) => known.key(speaker, keyId) !== undefined)
  if (checkable.length > 0) {
    return checkable.flatMap(([keyId, signature]) =>
      verdict(event, { speaker, keyId, signature, pointer, known }),
    )
  }
  const actual = `signatures by ${signatures.map(([keyId]) => keyId).join(', ')}`
  const requirement = 'ss.sign.event.own_key'
  return known.published(speaker) ? [{ requirement, pointer, expected, actual }] : undefined
}

interface Signed {
  readonly speaker: string
  readonly keyId: string
  readonly signature: string
  readonly pointer: string
  readonly known: Knowledge
}

function verdict(event: Event, signed: Signed): readonly Fault[] {
  const { speaker, keyId, signature, known } = signed
  const pointer = signed.pointer + jsonPointer([keyId])
  const key = known.key(speaker, keyId)
  if (key === undefined) return []
  if (!verifyJson({ ...redact(event.pdu, event.version) }, speaker, keyId, key.publicKey)) {
    const expected = `a signature over the redacted event by ${keyId}`
    const actual = 'one that does not verify'
    return [{ requirement: 'ss.sign.event.redacted_signed', pointer, expected, actual }]
  }
  if (base64OfSignature.test(signature)) return []
  const expected = '86 characters of unpadded standard base64'
  return [{ requirement: 'ss.sign.json.unpadded_b64', pointer, expected, actual: signature }]
}
