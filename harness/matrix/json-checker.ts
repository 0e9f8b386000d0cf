import { JsonError, type JsonErrorCode } from './json-error.ts'
import type { FlawKind, PlacedFlaw } from './json-flaws.ts'

/** Which flaws are errors; see `JsonOptions`. */
export type Refuse = 'flaws' | 'ambiguity' | 'nothing'

const numberToken = /-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?/y
const fraction = /\./
const exponent = /[eE]/
const hexToken = /^[0-9a-fA-F]{4}$/
const literals = new Map([
  ['t', 'true'],
  ['f', 'false'],
  ['n', 'null'],
])
const escapes = new Set('"\\/bfnrt')

const isHigh = (unit: number): boolean => unit >= 0xd800 && unit <= 0xdbff
const isLow = (unit: number): boolean => unit >= 0xdc00 && unit <= 0xdfff

/** How many steps lead to all the flaws of one text that are taken down; a bound for texts that consist of little else. */
const mostSteps = 300_000

interface FoundFlaw {
  readonly kind: FlawKind
  /** Of a number, as it is written. */
  readonly text?: string | undefined
  /** In code units of the text. */
  readonly at: number
  /** From the flaw outwards. */
  readonly steps: (string | number)[]
}

interface FlawPlace {
  readonly at?: number
  readonly text?: string
}

export interface Bounds {
  readonly maxDepth: number
  readonly maxValues: number
}

/** Recursive descent; `room` is how much deeper it may go, so that no text can use up the stack. */
export class Checker {
  readonly #text: string
  readonly #bounds: Bounds
  readonly #refuse: Refuse
  readonly #flaws: FoundFlaw[] = []
  #at = 0
  #values = 0
  /** Of the value that is being read. */
  #depth = 0
  #steps = 0

  constructor(text: string, bounds: Bounds, refuse: Refuse) {
    this.#text = text
    this.#bounds = bounds
    this.#refuse = refuse
  }

  /** Throws JsonError; answers the flaws that are none. */
  document(): readonly PlacedFlaw[] {
    this.#space()
    this.#value(this.#bounds.maxDepth)
    if (this.#at < this.#text.length) throw this.#error('syntax', 'more after the value')
    return this.#placed()
  }

  /** With offsets in bytes, counted in one go. */
  #placed(): readonly PlacedFlaw[] {
    let at = 0
    let offset = 0
    return this.#flaws
      .toSorted((a, b) => a.at - b.at)
      .map((flaw) => {
        offset += Buffer.byteLength(this.#text.slice(at, flaw.at))
        at = flaw.at
        return { kind: flaw.kind, text: flaw.text, offset, path: flaw.steps.toReversed() }
      })
  }

  /** Throws or takes down. */
  #flaw(kind: FlawKind, message: string, { at = this.#at, text }: FlawPlace = {}): void {
    const code = kind === 'duplicate-key' || kind === 'surrogate' ? kind : 'number'
    if (this.#refuse === 'flaws' || (this.#refuse === 'ambiguity' && code !== 'number')) {
      throw this.#error(code, message, at)
    }
    this.#steps += this.#depth + 1
    if (this.#steps <= mostSteps) this.#flaws.push({ kind, text, at, steps: [] })
  }

  /** The flaws from `first` on lie within this member of what is being read. */
  #within(step: string | number, first: number): void {
    for (let index = first; index < this.#flaws.length; index += 1) {
      this.#flaws[index]?.steps.push(step)
    }
  }

  #error(code: JsonErrorCode, message: string, at = this.#at): JsonError {
    return new JsonError(code, Buffer.byteLength(this.#text.slice(0, at)), message)
  }

  #space(): void {
    for (;;) {
      const unit = this.#text.charCodeAt(this.#at)
      if (unit !== 0x20 && unit !== 0x0a && unit !== 0x0d && unit !== 0x09) return
      this.#at += 1
    }
  }

  /** Steps over `character` and the space behind it, if it is next. */
  #next(character: string): boolean {
    if (this.#text[this.#at] !== character) return false
    this.#at += 1
    this.#space()
    return true
  }

  #expect(character: string): void {
    if (!this.#next(character)) throw this.#error('syntax', `expected ${character}`)
  }

  #value(room: number): void {
    this.#values += 1
    if (this.#values > this.#bounds.maxValues)
      throw this.#error('size', `more than ${this.#bounds.maxValues} values`)
    this.#depth = this.#bounds.maxDepth - room
    const first = this.#text[this.#at]
    if (first === '{' || first === '[') {
      if (room === 0) throw this.#error('depth', `deeper than ${this.#bounds.maxDepth}`)
      if (first === '{') this.#object(room - 1)
      else this.#array(room - 1)
      return
    }
    if (first === '"') this.#string()
    else this.#scalar(literals.get(first ?? ''))
    this.#space()
  }

  #object(room: number): void {
    const keys = new Set<string>()
    this.#expect('{')
    if (this.#next('}')) return
    do {
      const start = this.#at
      const flaws = this.#flaws.length
      const key = this.#key()
      if (keys.has(key)) {
        this.#flaw('duplicate-key', `key ${JSON.stringify(key.slice(0, 80))} again`, { at: start })
      }
      keys.add(key)
      this.#expect(':')
      this.#value(room)
      if (this.#flaws.length > flaws) this.#within(key, flaws)
    } while (this.#next(','))
    this.#expect('}')
  }

  #array(room: number): void {
    this.#expect('[')
    if (this.#next(']')) return
    let index = 0
    do {
      const flaws = this.#flaws.length
      this.#value(room)
      if (this.#flaws.length > flaws) this.#within(index, flaws)
      index += 1
    } while (this.#next(','))
    this.#expect(']')
  }

  #scalar(literal: string | undefined): void {
    if (literal === undefined) return this.#number()
    if (!this.#text.startsWith(literal, this.#at)) {
      throw this.#error('syntax', `expected ${literal}`)
    }
    this.#at += literal.length
  }

  #number(): void {
    numberToken.lastIndex = this.#at
    const token = numberToken.exec(this.#text)?.[0]
    if (token === undefined) throw this.#error('syntax', 'expected a value')
    const kind = flawOfNumber(token)
    if (kind !== undefined)
      this.#flaw(kind, `${token.slice(0, 40)} is no integer of canonical JSON`, { text: token })
    this.#at += token.length
  }

  /** Steps over a key; answers what it says, however it is written. */
  #key(): string {
    const start = this.#at
    if (this.#text[start] !== '"') throw this.#error('syntax', 'expected a key')
    const escaped = this.#string()
    const end = this.#at
    this.#space()
    return escaped
      ? String(JSON.parse(this.#text.slice(start, end)))
      : this.#text.slice(start + 1, end - 1)
  }

  /** Steps over a string; answers whether it held an escape. */
  #string(): boolean {
    const text = this.#text
    let escaped = false
    let at = this.#at + 1
    for (;;) {
      let unit = text.charCodeAt(at)
      while (unit >= 0x20 && unit !== 0x22 && unit !== 0x5c) {
        at += 1
        unit = text.charCodeAt(at)
      }
      this.#at = at
      if (unit === 0x22) break
      if (unit !== 0x5c)
        throw this.#error('syntax', 'control character, or the end, within a string')
      escaped = true
      this.#escape()
      at = this.#at
    }
    this.#at = at + 1
    return escaped
  }

  #escape(): void {
    const kind = this.#text[this.#at + 1]
    if (kind === 'u') return this.#unicode()
    if (!escapes.has(kind ?? '')) throw this.#error('syntax', 'unknown escape')
    this.#at += 2
  }

  #unicode(): void {
    const start = this.#at
    const unit = this.#hex()
    if (!isHigh(unit) && !isLow(unit)) return
    const end = this.#at
    const low = isHigh(unit) && this.#text.startsWith('\\u', end) ? this.#hex() : 0
    if (isLow(low)) return
    this.#flaw('surrogate', 'lone surrogate', { at: start })
    this.#at = end
  }

  /** Steps over the `\uXXXX` that is next; answers its code unit. */
  #hex(): number {
    const digits = this.#text.slice(this.#at + 2, this.#at + 6)
    if (!hexToken.test(digits)) throw this.#error('syntax', 'expected four hexadecimal digits')
    this.#at += 6
    return Number.parseInt(digits, 16)
  }
}

function flawOfNumber(token: string): FlawKind | undefined {
  if (exponent.test(token)) return 'exponent'
  if (fraction.test(token)) return 'float'
  const value = Number(token)
  if (isCanonicalNumber(value)) return undefined
  return value === 0 ? 'negative-zero' : 'range'
}

/** Integer between -(2^53)+1 and 2^53-1, and not negative zero (appendices#canonical-json). */
export const isCanonicalNumber = (value: number): boolean =>
  Number.isSafeInteger(value) && !Object.is(value, -0)
