import type { Json, JsonObject } from './event.ts'
import { jsonPointer } from './json.ts'
import { pythonNumber, writingOf } from './written-numbers.ts'

export type CanonicalJsonErrorCode = 'number' | 'surrogate' | 'depth' | 'type'

/**
 * `any`: also those that the clause does not allow, which events of old room versions may hold, written as Python does
 * (see `pythonNumber`). `strict`: without negative
 * zero, which the clause does not allow either, and which is otherwise written as 0.
 */
export type Numbers = 'canonical' | 'any' | 'strict'

/** The value has no canonical form; `value` is a short print of the culprit. */
export class CanonicalJsonError extends Error {
  override readonly name = 'CanonicalJsonError'
  readonly code: CanonicalJsonErrorCode
  readonly value: string

  constructor(code: CanonicalJsonErrorCode, message: string, value = '') {
    super(value === '' ? message : `${message}: ${value}`)
    this.code = code
    this.value = value
  }
}

/** As deep as parseJson goes at the most. */
const deepest = 1000

/** Whatever a string cannot hold as it stands, and a few characters more (U+007F to U+009F): all but those named here. */
const special = /[^ !#-[\]-~\u00a0-\ud7ff\ue000-\uffff]/
const loneSurrogate = /\p{Surrogate}/u
const beyondOrder = /[\ud800-\uffff]/

/**
 * The shortest UTF-8 text with keys in the order of code points (appendices#canonical-json), as a string.
 * Negative zero is written as 0, as in the published examples. Throws CanonicalJsonError.
 */
export const canonicalJson = (value: Json, numbers: Numbers = 'canonical'): string =>
  write(value, deepest, writers[numbers])

/** How a member of an object stands in its canonical form: name, colon and value. Throws CanonicalJsonError. */
export function canonicalMember(
  object: JsonObject,
  key: string,
  numbers: Numbers = 'canonical',
): string {
  const value = object[key]
  const number = writers[numbers]
  const name = nameOf(key)
  if (typeof value === 'number') return name + number(value, object, key)
  return name + write(value, deepest - 1, number)
}

/** `within` and `key` tell where the number is, and so how it was written. */
type WriteNumber = (value: number, within?: object, key?: string | number) => string

function write(value: Json | undefined, room: number, number: WriteNumber): string {
  if (typeof value === 'string') return quote(value)
  if (typeof value === 'number') return number(value)
  if (value === null || typeof value === 'boolean') return String(value)
  if (typeof value !== 'object') {
    throw new CanonicalJsonError('type', 'not JSON', typeof value)
  }
  if (room === 0) throw new CanonicalJsonError('depth', `deeper than ${deepest}`)
  return isArray(value) ? writeArray(value, room - 1, number) : writeObject(value, room - 1, number)
}

function integer(value: number): string {
  if (Number.isSafeInteger(value)) return String(value)
  throw new CanonicalJsonError('number', 'no integer of canonical JSON', String(value))
}

function integerWithoutSign(value: number): string {
  if (!Object.is(value, -0)) return integer(value)
  throw new CanonicalJsonError('number', 'no integer of canonical JSON', '-0')
}

/** With all digits that were written, where that is known (see `keepWriting`); else as JSON.stringify would write it. */
function anyNumber(value: number, within?: object, key: string | number = ''): string {
  if (!Number.isFinite(value)) return integer(value)
  return pythonNumber(value, within === undefined ? undefined : writingOf(value, within, key))
}

const writers: Readonly<Record<Numbers, WriteNumber>> = {
  canonical: integer,
  any: anyNumber,
  strict: integerWithoutSign,
}

const isArray = (value: Json): value is readonly Json[] => Array.isArray(value)

function writeArray(array: readonly Json[], room: number, number: WriteNumber): string {
  let text = ''
  for (let at = 0; at < array.length; at++) {
    if (at > 0) text += ','
    const value = array[at]
    text += typeof value === 'number' ? number(value, array, at) : write(value, room, number)
  }
  return `[${text}]`
}

function writeObject(object: JsonObject, room: number, number: WriteNumber): string {
  let text = '{'
  let last = ''
  for (const key of Object.keys(object)) {
    const name = names.get(key)
    // Mostly all names are known, and in their order as they come.
    if (name === undefined || key < last) return writeSorted(object, room, number)
    if (text !== '{') text += ','
    const value = object[key]
    text += name
    text += typeof value === 'number' ? number(value, object, key) : write(value, room, number)
    last = key
  }
  return `${text}}`
}

function writeSorted(object: JsonObject, room: number, number: WriteNumber): string {
  let text = '{'
  for (const key of sortedKeys(object)) {
    if (text !== '{') text += ','
    const value = object[key]
    text += nameOf(key)
    text += typeof value === 'number' ? number(value, object, key) : write(value, room, number)
  }
  return `${text}}`
}

function quote(text: string): string {
  if (!special.test(text)) return `"${text}"`
  if (loneSurrogate.test(text)) {
    throw new CanonicalJsonError('surrogate', 'lone surrogate', JSON.stringify(text.slice(0, 80)))
  }
  // JSON.stringify escapes just what the grammar demands, in the form that it demands.
  return JSON.stringify(text)
}

/** Keys come again and again, so how common ones are written is kept: quotes and colon included. */
const names = new Map<string, string>()
const mostNames = 1000
const longestName = 64

function nameOf(key: string): string {
  const known = names.get(key)
  if (known !== undefined) return known
  const name = `${quote(key)}:`
  if (names.size < mostNames && key.length <= longestName && !beyondOrder.test(key))
    names.set(key, name)
  return name
}

/** The keys in canonical order; mostly they are in it as they come, or nearly so. */
export function sortedKeys(object: JsonObject): readonly string[] {
  const keys = Object.keys(object)
  if (keys.some(isBeyondOrder)) return keys.toSorted(byCodePoint)
  if (keys.length > fewKeys) return keys.toSorted()
  for (let next = 1; next < keys.length; next++) insert(keys, next)
  return keys
}

/** Up to here it is quicker to put one after the other in its place. */
const fewKeys = 20

/** Puts the key at `from` in its place among those before it, which are in order. */
function insert(keys: string[], from: number): void {
  const key = keys[from] ?? ''
  let at = from
  for (; at > 0; at--) {
    const before = keys[at - 1] ?? ''
    if (before <= key) break
    keys[at] = before
  }
  keys[at] = key
}

/** JavaScript orders strings by UTF-16 unit: another order only where surrogates meet U+E000 to U+FFFF. */
const isBeyondOrder = (key: string): boolean => !names.has(key) && beyondOrder.test(key)

function byCodePoint(a: string, b: string): number {
  const length = Math.min(a.length, b.length)
  for (let at = 0; at < length; at += 1) {
    const difference = rank(a.charCodeAt(at)) - rank(b.charCodeAt(at))
    if (difference !== 0) return difference
  }
  return a.length - b.length
}

/** Lifts surrogates, which stand for U+10000 and above, over the rest of the plane. */
const rank = (unit: number): number => (unit >= 0xd800 && unit <= 0xdfff ? unit + 0x10000 : unit)

export type Uncanonical =
  | 'float'
  | 'too-high'
  | 'too-low'
  | 'negative-zero'
  | 'infinite'
  | 'surrogate'
  | 'depth'

/** One place where a value breaks the rules of canonical JSON. */
export interface UncanonicalPart {
  readonly pointer: string
  readonly because: Uncanonical
}

const mostParts = 20

/**
 * The first 20 places where a value breaks the rules; negative zero, which `canonicalJson` mends, is one. With numbers of
 * any kind, those that have no form at all are left: infinite ones.
 */
export function uncanonicalParts(
  value: Json,
  numbers: Numbers = 'canonical',
): readonly UncanonicalPart[] {
  const parts: UncanonicalPart[] = []
  visit(value, [], { parts, numberFault: numbers === 'canonical' ? numberFault : infinity })
  return parts
}

interface Visit {
  readonly parts: UncanonicalPart[]
  readonly numberFault: (value: number) => Uncanonical | undefined
}

function visit(value: Json, path: (string | number)[], context: Visit): void {
  const { parts } = context
  const because = path.length > deepest ? 'depth' : fault(value, context)
  if (because !== undefined) parts.push({ pointer: jsonPointer(path), because })
  if (because === 'depth' || typeof value !== 'object' || value === null) return
  for (const [key, inner] of isArray(value) ? value.entries() : Object.entries(value)) {
    if (parts.length >= mostParts) return
    path.push(key)
    if (typeof key === 'string' && loneSurrogate.test(key)) {
      parts.push({ pointer: jsonPointer(path), because: 'surrogate' })
    }
    visit(inner, path, context)
    path.pop()
  }
}

function fault(value: Json, context: Visit): Uncanonical | undefined {
  if (typeof value === 'string') return loneSurrogate.test(value) ? 'surrogate' : undefined
  return typeof value === 'number' ? context.numberFault(value) : undefined
}

const infinity = (value: number): Uncanonical | undefined =>
  Number.isFinite(value) ? undefined : 'infinite'

function numberFault(value: number): Uncanonical | undefined {
  if (value > Number.MAX_SAFE_INTEGER) return 'too-high'
  if (value < Number.MIN_SAFE_INTEGER) return 'too-low'
  if (Object.is(value, -0)) return 'negative-zero'
  return Number.isInteger(value) ? undefined : 'float'
}
