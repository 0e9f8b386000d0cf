import { CanonicalJsonError, canonicalMember, type Numbers, sortedKeys } from './canonical-json.ts'
import type { JsonObject, Pdu } from './event.ts'
import { isObject, member } from './json.ts'
import { redactContent } from './redact.ts'
import type { RoomVersion } from './room-version.ts'

/** What an event of that room version may hold: rooms/v6#canonical-json, rooms/v1#canonical-json. */
export const numbersIn = ({ strictJson }: RoomVersion): Numbers =>
  strictJson ? 'canonical' : 'any'

/** Members that neither hash nor signature is of. */
const isOutside = (key: string | undefined): boolean => key === 'signatures' || key === 'unsigned'

/** What is there of an object in canonical form, from its brace on, and more of it, if there is more. */
function joined(text: string, more: string): string {
  if (more === '') return text
  return text === '{' ? `{${more}` : `${text},${more}`
}

/**
 * The texts that the hashes and signatures of an event are made of. They have most members in common, and each is put
 * into canonical form once. Throws CanonicalJsonError where a text is asked for that has no such form.
 */
export class EventTexts {
  readonly #event: JsonObject
  readonly #version: RoomVersion
  readonly #keys: readonly string[]
  /** In the order of the keys. */
  readonly #members: (string | undefined)[]
  #hashed: string | undefined
  #redacted: string | undefined

  constructor(event: Pdu | JsonObject, version: RoomVersion) {
    // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- a Pdu is one, which an interface cannot say
    this.#event = event as JsonObject & Pdu
    this.#version = version
    this.#keys = sortedKeys(this.#event)
    this.#members = this.#keys.map(() => undefined)
  }

  /**
   * How long the whole event is in canonical form, in code units; undefined where it has none, or holds what its room
   * version does not allow.
   */
  get length(): number | undefined {
    const numbers = this.#version.strictJson ? 'strict' : 'any'
    let length = 1
    try {
      for (let at = 0; at < this.#keys.length; at++) length += 1 + this.#member(at, numbers).length
      this.#hashed = this.hashed
    } catch (error) {
      if (error instanceof CanonicalJsonError) return undefined
      throw error
    }
    return Math.max(length, 2)
  }

  /** All but `unsigned`, `signatures` and `hashes`: what the content hash is of. */
  get hashed(): string {
    this.#hashed ??= this.#joined((at) => (this.#keys[at] === 'hashes' ? '' : this.#member(at)))
    return this.#hashed
  }

  /** The redacted event but for `unsigned` and `signatures`: what is signed, and what the reference hash is of. */
  get redacted(): string {
    this.#redacted ??=
      this.#hashed === undefined
        ? this.#joined((at) => this.#redactedMember(at))
        : this.#cutFrom(this.#hashed)
    return this.#redacted
  }

  #joined(part: (at: number) => string): string {
    let text = '{'
    for (let at = 0; at < this.#keys.length; at++)
      if (!isOutside(this.#keys[at])) text = joined(text, part(at))
    return `${text}}`
  }

  /** The redacted text out of pieces of the other, as few as there can be: the fewer, the sooner they are one. */
  #cutFrom(hashed: string): string {
    let text = '{'
    let start = 1
    let end = 1
    for (let at = 0; at < this.#keys.length; at++) {
      const key = this.#keys[at]
      if (isOutside(key)) continue
      const own = this.#redactedMember(at)
      const length = key === 'hashes' ? 0 : this.#member(at).length + 1
      if (length > 0 && own === this.#member(at)) {
        end += length
        continue
      }
      text = joined(text, hashed.slice(start, end - 1))
      text = joined(text, own)
      end += length
      start = end
    }
    return `${joined(text, hashed.slice(start, end - 1))}}`
  }

  /** Empty where redaction takes the member away. */
  #redactedMember(at: number): string {
    const key = this.#keys[at] ?? ''
    const value = this.#event[key]
    if (value === undefined || !this.#version.redaction.topLevel.has(key)) return ''
    if (key !== 'content' || !isObject(value)) return this.#member(at)
    const kept = redactContent(member(this.#event, 'type'), value, this.#version)
    if (kept === value) return this.#member(at)
    return canonicalMember({ content: kept }, key, numbersIn(this.#version))
  }

  #member(at: number, numbers = numbersIn(this.#version)): string {
    const known = this.#members[at]
    if (known !== undefined) return known
    const text = canonicalMember(this.#event, this.#keys[at] ?? '', numbers)
    this.#members[at] = text
    return text
  }
}

interface Of {
  readonly pdu: Pdu | JsonObject
  readonly version: RoomVersion
}

/** The texts of the event looked at last: the checks of an event follow each other, and each needs one of them. */
let latest: (Of & { readonly texts: EventTexts }) | undefined

export const textsOf = ({ pdu, version }: Of): EventTexts => {
  if (latest?.pdu !== pdu || latest.version !== version)
    latest = { pdu, version, texts: new EventTexts(pdu, version) }
  return latest.texts
}
