import { hash } from 'node:crypto'
import { canonicalJson } from './canonical-json.ts'
import type { JsonObject, Pdu } from './event.ts'
import { redactJson } from './redact.ts'
import type { RoomVersion } from './room-version.ts'
import { signedText } from './sign-json.ts'

/** SHA-256 over the whole event but `unsigned`, `signatures` and `hashes`, in unpadded base64. Throws CanonicalJsonError. */
export function contentHash(pdu: Pdu | JsonObject): string {
  const { unsigned: _, signatures: __, hashes: ___, ...hashed } = pdu
  return hash('sha256', canonicalJson(hashed), 'base64').replace('=', '')
}

/**
 * What servers sign of an event, and what its reference hash is made of: the redacted event without `signatures` and
 * `unsigned` in canonical form. Throws CanonicalJsonError.
 */
export const redactedText = (pdu: Pdu | JsonObject, version: RoomVersion): string =>
  signedText(redactJson({ ...pdu }, version))

/** SHA-256 over `redactedText`, in URL-safe unpadded base64. Throws CanonicalJsonError. */
export const referenceHash = (pdu: Pdu | JsonObject, version: RoomVersion): string =>
  hashOfText(redactedText(pdu, version))

/** The reference hash where `redactedText` is at hand already. */
export const hashOfText = (redacted: string): string => hash('sha256', redacted, 'base64url')

/** The event's id: `$` and its reference hash (rooms/v4#event-ids). Throws CanonicalJsonError. */
export const eventIdOf = (pdu: Pdu | JsonObject, version: RoomVersion): string =>
  `$${referenceHash(pdu, version)}`
