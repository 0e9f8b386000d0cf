import type { Json, JsonObject } from './event.ts'
import { type Bounds, Checker, type Refuse } from './json-checker.ts'
import { JsonError } from './json-error.ts'
import { noteFlaws } from './json-flaws.ts'
import { membersIn, surveyJson } from './json-survey.ts'

export { isCanonicalNumber } from './json-checker.ts'
export { JsonError, type JsonErrorCode } from './json-error.ts'
export { type FlawKind, flawsIn, jsonPointer } from './json-flaws.ts'

export interface JsonOptions {
  /** How deep arrays and objects may lie within each other: 100, and 1,000 at the most. */
  readonly maxDepth?: number
  readonly maxBytes?: number
  /** How many values it may hold, those within others too: 500,000. Each takes far more memory and time than its text. */
  readonly maxValues?: number
  /**
   * What canonical JSON does not allow is an error: all of it, only what servers may take for different values (the
   * default: keys that are there twice, lone surrogates), or nothing. The rest is read as JavaScript does, so `1.0` becomes 1
   * and the last of equal keys counts; `flawsIn` tells of it.
   */
  readonly refuse?: Refuse
}

const deepest = 1000

export const isObject = (value: unknown): value is JsonObject =>
  typeof value === 'object' && value !== null && !Array.isArray(value)

/** The member of that name, and never one that every object inherits, such as `constructor`. */
export const member = (object: JsonObject, key: string): Json | undefined =>
  Object.hasOwn(object, key) ? object[key] : undefined

/** Sets a member; `__proto__` is a name like any other. */
export function setMember(object: Record<string, Json>, key: string, value: Json): void {
  if (key === '__proto__') {
    Object.defineProperty(object, key, {
      value,
      writable: true,
      enumerable: true,
      configurable: true,
    })
  } else object[key] = value
}

/** Reads one JSON text (RFC 8259, UTF-8, no byte order mark) more strictly than JSON.parse; throws JsonError. */
export function parseJson(bytes: Uint8Array, options: JsonOptions = {}): Json {
  const { maxBytes, maxDepth = 100, maxValues = 500_000, refuse = 'ambiguity' } = options
  if (maxBytes !== undefined && bytes.length > maxBytes) {
    throw new JsonError('size', maxBytes, `more than ${maxBytes} bytes`)
  }
  const text = decodeUtf8(bytes)
  const bounds = { maxDepth: Math.min(maxDepth, deepest), maxValues }
  const plain = parsePlain(text, bounds)
  if (plain !== undefined) return plain
  const flaws = new Checker(text, bounds, refuse).document()
  const value: Json = JSON.parse(text)
  if (flaws.length > 0) noteFlaws(value, flaws)
  return value
}

/** What nearly all texts are, which needs no closer look: good JSON without a flaw. Anything else is undefined. */
function parsePlain(text: string, bounds: Bounds): Json | undefined {
  const members = surveyJson(text, bounds)
  if (members === undefined) return undefined
  try {
    const value: Json = JSON.parse(text)
    // A key that is there twice is there once in the value.
    return membersIn(value) === members ? value : undefined
  } catch {
    return undefined
  }
}

const decoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true })

function decodeUtf8(bytes: Uint8Array): string {
  try {
    return decoder.decode(bytes)
  } catch {
    throw new JsonError('utf8', firstDifference(bytes), 'not UTF-8')
  }
}

/** Where the bytes differ from the same with replacement characters for what is not UTF-8. */
function firstDifference(bytes: Uint8Array): number {
  const mended = Buffer.from(new TextDecoder('utf-8', { ignoreBOM: true }).decode(bytes))
  let at = 0
  while (at < bytes.length && bytes[at] === mended[at]) at += 1
  return at
}
