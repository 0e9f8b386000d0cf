import { canonicalJson, CanonicalJsonError } from './canonical-json.ts'
import type { Json, JsonObject, Pdu } from './event.ts'
import { parseJson } from './json.ts'
import { holdsWriting } from './written-numbers.ts'

/** As JSON.stringify does, but that numbers keep the digits with which they came (see `keepWriting`). */
export function writeJson(value: Json | Pdu): string {
  if (!holdsWriting(value)) return JSON.stringify(value)
  try {
    // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- a Pdu is one, which an interface cannot say
    return canonicalJson(value as Json | (JsonObject & Pdu), 'any')
  } catch (error) {
    if (error instanceof CanonicalJsonError) return JSON.stringify(value)
    throw error
  }
}

/** The event that `writeJson` has written, with the digits that it had. Throws JsonError. */
export function readWritten(text: string): Pdu {
  const bounds = { maxDepth: 1000, maxValues: text.length }
  const value = parseJson(Buffer.from(text), { refuse: 'nothing', ...bounds })
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- it was one before it was written
  return value as JsonObject & Pdu
}
