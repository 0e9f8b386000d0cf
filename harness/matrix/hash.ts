import { hash } from 'node:crypto'
import { canonicalJson } from './canonical-json.ts'
import type { Json, JsonObject, Pdu } from './event.ts'
import { EventTexts } from './event-texts.ts'
import type { RoomVersion } from './room-version.ts'

/**
 * SHA-256 over the whole event but `unsigned`, `signatures` and `hashes`, in unpadded base64. Without a version numbers
 * have to be canonical. Throws CanonicalJsonError.
 */
export function contentHash(pdu: Pdu | JsonObject, version?: RoomVersion): string {
  if (version !== undefined) return contentHashOfText(new EventTexts(pdu, version).hashed)
  const { unsigned: _, signatures: __, hashes: ___, ...hashed } = pdu
  return contentHashOfText(canonicalJson(hashed))
}

/** The content hash where the text that it is of is at hand already. */
export const contentHashOfText = (hashed: string): string =>
  hash('sha256', hashed, 'base64').replace('=', '')

/**
 * What servers sign of an event, and what its reference hash is made of: the redacted event without `signatures` and
 * `unsigned` in canonical form. Throws CanonicalJsonError.
 */
export const redactedText = (pdu: Pdu | JsonObject, version: RoomVersion): string =>
  new EventTexts(pdu, version).redacted

/** SHA-256 over `redactedText`, in unpadded base64: URL-safe where event ids are. Throws CanonicalJsonError. */
export const referenceHash = (pdu: Pdu | JsonObject, version: RoomVersion): string =>
  hashOfText(redactedText(pdu, version), version)

/** The reference hash where `redactedText` is at hand already. */
export const hashOfText = (redacted: string, { eventIds }: RoomVersion): string =>
  eventIds === 'base64url'
    ? hash('sha256', redacted, 'base64url')
    : hash('sha256', redacted, 'base64').replace('=', '')

/**
 * The event's id: `$` and its reference hash, or what its author gave it, and empty where that is missing.
 * Clause: rooms/v1#event-ids, rooms/v3#event-ids, rooms/v4#event-ids. Throws CanonicalJsonError.
 */
export const eventIdOf = (pdu: Pdu | JsonObject, version: RoomVersion): string =>
  givenId(pdu, version) ?? `$${referenceHash(pdu, version)}`

/** The id that the author gave the event; undefined in the versions where ids are hashes. */
export const givenId = (
  { event_id }: { readonly event_id?: Json },
  { eventIds }: RoomVersion,
): string | undefined => {
  if (eventIds !== 'given') return undefined
  return typeof event_id === 'string' ? event_id : ''
}
