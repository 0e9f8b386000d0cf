import type { Json, JsonObject, Pdu } from './event.ts'
import { isObject, member, setMember } from './json.ts'
import type { RoomVersion } from './room-version.ts'
import { copyWriting } from './written-numbers.ts'

/** What the redaction algorithm of the room version leaves of an event (rooms/vN#redactions). */
export function redactJson(event: JsonObject, version: RoomVersion): JsonObject {
  const redacted: Record<string, Json> = {}
  for (const key of version.redaction.topLevel) {
    const value = member(event, key)
    if (value !== undefined) redacted[key] = value
  }
  copyWriting(event, redacted)
  const content = member(event, 'content')
  if (isObject(content)) {
    redacted['content'] = redactContent(member(event, 'type'), content, version)
  }
  return redacted
}

/** The same for an event whose format is known. */
export function redact(pdu: Pdu, version: RoomVersion): Pdu {
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- all that a Pdu must have stays
  return redactJson({ ...pdu }, version) as JsonObject & Pdu
}

/** What it leaves of the content of an event of that type: the very same where it leaves all. */
export function redactContent(
  type: Json | undefined,
  content: JsonObject,
  version: RoomVersion,
): JsonObject {
  const paths = typeof type === 'string' ? version.redaction.content.get(type) : undefined
  if (paths === 'all') return content
  const kept: Record<string, Json> = {}
  for (const path of paths ?? []) keep(content, kept, path)
  copyWriting(content, kept)
  return kept
}

/**
 * Copies what lies at the path. Objects on the way stay even where the path goes no further: the clause leaves it
 * open, and Synapse keeps `third_party_invite` without `signed` as an empty object.
 */
function keep(from: JsonObject, to: Record<string, Json>, path: readonly string[]): void {
  const [key, ...rest] = path
  const value = key === undefined ? undefined : member(from, key)
  if (key === undefined || value === undefined) return
  if (rest.length === 0) setMember(to, key, value)
  else if (isObject(value)) {
    const inner: Record<string, Json> = {}
    keep(value, inner, rest)
    copyWriting(value, inner)
    setMember(to, key, inner)
  }
}
