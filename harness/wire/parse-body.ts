import type { Json } from '../matrix/event.ts'
import { flawsIn, JsonError, parseJson } from '../matrix/json.ts'
import { isInPdu } from './pdu-places.ts'

interface Place {
  /** Absent or unknown: the body holds no PDUs. */
  readonly operation?: string | undefined
  readonly part: 'request' | 'response'
  readonly maxDepth?: number
}

/** An answer to send_join holds the state of its room: some 40 values for each of up to 60,000 events. */
const maxValues = { request: 500_000, response: 3_000_000 } as const

/**
 * A body as JSON. What servers may read as different values is an error (a key that is there twice, half a pair of
 * surrogates), but not within PDUs: what they may hold is for `readEvent`, by the version of their room. Throws JsonError.
 */
export function parseBody(
  bytes: Uint8Array,
  { operation = '', part, maxDepth = 100 }: Place,
): Json {
  const json = parseJson(bytes, { maxDepth, maxValues: maxValues[part], refuse: 'nothing' })
  for (const { kind, offset, pointer } of flawsIn(json)) {
    if (kind !== 'duplicate-key' && kind !== 'surrogate') continue
    if (isInPdu(pointer, operation, part)) continue
    throw new JsonError(kind, offset, `${words[kind]} at ${pointer.slice(0, 200)},`)
  }
  return json
}

const words = { 'duplicate-key': 'a key again', surrogate: 'a lone surrogate' } as const
