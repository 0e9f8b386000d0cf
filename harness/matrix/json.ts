import type { Json, JsonObject } from './event.ts'

export type JsonErrorCode =
  | 'duplicate-key'
  | 'number'
  | 'depth'
  | 'size'
  | 'utf8'
  | 'surrogate'
  | 'syntax'

/** `offset` counts bytes from the start of the text. */
export class JsonError extends Error {
  override readonly name = 'JsonError'
  readonly code: JsonErrorCode
  readonly offset: number

  constructor(code: JsonErrorCode, offset: number, message: string) {
    super(`${message} at byte ${offset}`)
    this.code = code
    this.offset = offset
  }
}

export interface JsonOptions {
  /** How deep arrays and objects may lie within each other: 100, and 1,000 at the most. */
  readonly maxDepth?: number
  readonly maxBytes?: number
  /**
   * `any` (the default): numbers as JavaScript reads them, so `1.0` becomes 1 and `1e999` Infinity.
   * `canonical`: what appendices#canonical-json does not allow is an error.
   */
  readonly numbers?: 'canonical' | 'any'
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

/** RFC 6901: where in a value something lies. */
export const jsonPointer = (path: readonly (string | number)[]): string =>
  path.map((step) => `/${String(step).replaceAll('~', '~0').replaceAll('/', '~1')}`).join('')

/**
 * Reads one JSON text (RFC 8259, UTF-8, no byte order mark) more strictly than JSON.parse; throws JsonError.
 * The text is checked first and then left to JSON.parse, whose strings do not keep the whole text in memory.
 */
export function parseJson(bytes: Uint8Array, options: JsonOptions = {}): Json {
  const { maxBytes, maxDepth = 100, numbers = 'any' } = options
  if (maxBytes !== undefined && bytes.length > maxBytes) {
    throw new JsonError('size', maxBytes, `more than ${maxBytes} bytes`)
  }
  const text = decodeUtf8(bytes)
  new Checker(text, Math.min(maxDepth, deepest), numbers).document()
  const value: Json = JSON.parse(text)
  return value
}

function decodeUtf8(bytes: Uint8Array): string {
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes)
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

const numberToken = /-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?/y
const integerToken = /^-?\d+$/
const hexToken = /^[0-9a-fA-F]{4}$/
const literals = new Map([
  ['t', 'true'],
  ['f', 'false'],
  ['n', 'null'],
])
const escapes = new Set('"\\/bfnrt')

const isHigh = (unit: number): boolean => unit >= 0xd800 && unit <= 0xdbff
const isLow = (unit: number): boolean => unit >= 0xdc00 && unit <= 0xdfff

/** Recursive descent; `room` is how much deeper it may go, so that no text can use up the stack. */
class Checker {
  readonly #text: string
  readonly #maxDepth: number
  readonly #canonical: boolean
  #at = 0

  constructor(text: string, maxDepth: number, numbers: 'canonical' | 'any') {
    this.#text = text
    this.#maxDepth = maxDepth
    this.#canonical = numbers === 'canonical'
  }

  document(): void {
    this.#space()
    this.#value(this.#maxDepth)
    if (this.#at < this.#text.length) throw this.#error('syntax', 'more after the value')
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
    const first = this.#text[this.#at]
    if (first === '{' || first === '[') {
      if (room === 0) throw this.#error('depth', `deeper than ${this.#maxDepth}`)
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
      const key = this.#key()
      if (keys.has(key)) {
        throw this.#error('duplicate-key', `key ${JSON.stringify(key.slice(0, 80))} again`, start)
      }
      keys.add(key)
      this.#expect(':')
      this.#value(room)
    } while (this.#next(','))
    this.#expect('}')
  }

  #array(room: number): void {
    this.#expect('[')
    if (this.#next(']')) return
    do this.#value(room)
    while (this.#next(','))
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
    if (this.#canonical && !(integerToken.test(token) && isCanonicalNumber(Number(token)))) {
      throw this.#error('number', `${token.slice(0, 40)} is no integer of canonical JSON`)
    }
    this.#at += token.length
  }

  /** Steps over a key; answers what it says, however it is written. */
  #key(): string {
    const start = this.#at
    if (this.#text[start] !== '"') throw this.#error('syntax', 'expected a key')
    const escaped = this.#string()
    const token = this.#text.slice(start, this.#at)
    this.#space()
    return escaped ? String(JSON.parse(token)) : token.slice(1, -1)
  }

  /** Steps over a string; answers whether it held an escape. */
  #string(): boolean {
    let escaped = false
    this.#at += 1
    for (;;) {
      const unit = this.#text.charCodeAt(this.#at)
      if (unit === 0x22) break
      if (unit === 0x5c) {
        escaped = true
        this.#escape()
      } else if (unit >= 0x20) this.#at += 1
      else throw this.#error('syntax', 'control character, or the end, within a string')
    }
    this.#at += 1
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
    const low = isHigh(unit) && this.#text.startsWith('\\u', this.#at) ? this.#hex() : 0
    if (!isLow(low)) throw this.#error('surrogate', 'lone surrogate', start)
  }

  /** Steps over the `\uXXXX` that is next; answers its code unit. */
  #hex(): number {
    const digits = this.#text.slice(this.#at + 2, this.#at + 6)
    if (!hexToken.test(digits)) throw this.#error('syntax', 'expected four hexadecimal digits')
    this.#at += 6
    return Number.parseInt(digits, 16)
  }
}

/** Integer between -(2^53)+1 and 2^53-1, and not negative zero (appendices#canonical-json). */
export const isCanonicalNumber = (value: number): boolean =>
  Number.isSafeInteger(value) && !Object.is(value, -0)
