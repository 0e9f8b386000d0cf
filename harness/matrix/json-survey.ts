import type { Json } from './event.ts'
import type { Bounds } from './json-checker.ts'

const quote = 0x22
const minus = 0x2d
const zero = 0x30
const nine = 0x39
const colon = 0x3a
const comma = 0x2c

/**
 * A quick look over what may be a JSON text, for those that have nothing odd about them: how many members its objects have
 * in all; undefined where there is a number that canonical JSON does not know, half a surrogate pair, or perhaps more depth
 * or values than the bounds allow. It takes the grammar for granted, so of a text that JSON.parse refuses the answer means
 * nothing.
 */
export function surveyJson(text: string, bounds: Bounds): number | undefined {
  const escapes = new Escapes(text)
  let at: number | undefined = 0
  let depth = 0
  let members = 0
  let values = 1
  while (at !== undefined && at < text.length) {
    const unit = text.charCodeAt(at)
    if (unit === quote) at = escapes.afterString(at + 1)
    else if (beginsNumber(unit)) at = afterNumber(text, at)
    else {
      at += 1
      const deeper = nesting(unit)
      depth += deeper
      if (depth > bounds.maxDepth) return undefined
      if (unit === colon) members += 1
      // Each comma, and each array or object unless it is empty, has a value behind it.
      if (unit === comma || deeper > 0) values += 1
    }
  }
  return at === undefined || values > bounds.maxValues ? undefined : members
}

const beginsNumber = (unit: number): boolean => unit === minus || (unit >= zero && unit <= nine)

/** One deeper at a bracket or a brace, or one less. */
function nesting(unit: number): number {
  if (unit === 0x7b || unit === 0x5b) return 1
  return unit === 0x7d || unit === 0x5d ? -1 : 0
}

/** Where strings end. It asks for quotes and backslashes alone, which is quicker than to look at each character. */
class Escapes {
  readonly #text: string
  /** Of the next backslash. */
  #next: number

  constructor(text: string) {
    this.#text = text
    this.#next = this.#from(0)
  }

  #from(at: number): number {
    const next = this.#text.indexOf('\\', at)
    return next < 0 ? Number.POSITIVE_INFINITY : next
  }

  /** Behind the string whose first character is at `start`; undefined where it has no end, or holds half a pair. */
  afterString(start: number): number | undefined {
    let end = this.#text.indexOf('"', start)
    while (this.#next < end) {
      const at = afterEscape(this.#text, this.#next)
      if (at === undefined) return undefined
      this.#next = this.#from(at)
      if (end < at) end = this.#text.indexOf('"', at)
    }
    return end < 0 ? undefined : end + 1
  }
}

const escapedHigh = /\\u[dD][89abAB]/y
const escapedLow = /\\u[dD][c-fC-F]/y

function afterEscape(text: string, at: number): number | undefined {
  if (text[at + 1] !== 'u') return at + 2
  if (isAt(escapedLow, text, at)) return undefined
  if (!isAt(escapedHigh, text, at)) return at + 6
  return isAt(escapedLow, text, at + 6) ? at + 12 : undefined
}

function isAt(pattern: RegExp, text: string, at: number): boolean {
  pattern.lastIndex = at
  return pattern.test(text)
}

/** Behind the number; undefined where it has a fraction or an exponent, is beyond ±(2^53−1), or begins like -0. */
function afterNumber(text: string, start: number): number | undefined {
  const isNegative = text.charCodeAt(start) === minus
  let at = isNegative ? start + 1 : start
  let unit = text.charCodeAt(at)
  if (isNegative && unit === zero) return undefined
  let value = 0
  while (unit >= zero && unit <= nine) {
    value = value * 10 + (unit - zero)
    at += 1
    unit = text.charCodeAt(at)
  }
  const goesOn = unit === 0x2e || unit === 0x65 || unit === 0x45
  return goesOn || value > Number.MAX_SAFE_INTEGER ? undefined : at
}

/** How many members the objects of a value have in all. */
export function membersIn(value: Json): number {
  if (typeof value !== 'object' || value === null) return 0
  const inner: readonly Json[] = isArray(value) ? value : Object.values(value)
  let count = isArray(value) ? 0 : inner.length
  for (const one of inner) if (typeof one === 'object' && one !== null) count += membersIn(one)
  return count
}

const isArray = (value: Json): value is readonly Json[] => Array.isArray(value)
