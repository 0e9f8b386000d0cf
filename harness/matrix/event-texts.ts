import { CanonicalJsonError, canonicalMember, type Numbers, sortedKeys } from './canonical-json.ts'
import type { Json, JsonObject, Pdu } from './event.ts'
import { isObject, member } from './json.ts'
import { redactContent } from './redact.ts'
import type { RoomVersion } from './room-version.ts'

/** What an event of that room version may hold: rooms/v6#canonical-json, rooms/v1#canonical-json. */
export const numbersIn = ({ strictJson }: RoomVersion): Numbers =>
  strictJson ? 'canonical' : 'any'

/** Members that neither hash nor signature is of. */
const isOutside = (key: string): boolean => key === 'signatures' || key === 'unsigned'

/**
 * The texts that the hashes and signatures of an event are made of. They have most members in common, and each is put
 * into canonical form once. Throws CanonicalJsonError where a text is asked for that has no such form.
 */
export class EventTexts {
  readonly #event: JsonObject
  readonly #version: RoomVersion
  readonly #keys: readonly string[]
  readonly #members = new Map<string, string>()
  #hashed: string | undefined
  #redacted: string | undefined

  constructor(event: Pdu | JsonObject, version: RoomVersion) {
    // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- a Pdu is one, which an interface cannot say
    this.#event = event as JsonObject & Pdu
    this.#version = version
    this.#keys = sortedKeys(this.#event)
  }

  /**
   * How long the whole event is in canonical form, in code units; undefined where it has none, or holds what its room
   * version does not allow.
   */
  get length(): number | undefined {
    const numbers = this.#version.strictJson ? 'strict' : 'any'
    let length = 1
    try {
      for (const key of this.#keys) length += 1 + this.#member(key, numbers).length
      this.#hashed = this.hashed
    } catch (error) {
      if (error instanceof CanonicalJsonError) return undefined
      throw error
    }
    return Math.max(length, 2)
  }

  /** All but `unsigned`, `signatures` and `hashes`: what the content hash is of. */
  get hashed(): string {
    this.#hashed ??= this.#joined(
      (key) => key !== 'hashes',
      (key) => this.#member(key),
    )
    return this.#hashed
  }

  /** The redacted event but for `unsigned` and `signatures`: what is signed, and what the reference hash is of. */
  get redacted(): string {
    this.#redacted ??=
      this.#hashed === undefined
        ? this.#joined(
            (key) => this.#outlives(key),
            (key) => this.#redactedMember(key),
          )
        : this.#cutFrom(this.#hashed)
    return this.#redacted
  }

  #joined(stays: (key: string) => boolean, text: (key: string) => string): string {
    let joined = '{'
    for (const key of this.#keys) {
      if (isOutside(key) || !stays(key)) continue
      joined += joined === '{' ? text(key) : `,${text(key)}`
    }
    return `${joined}}`
  }

  /** The redacted text out of pieces of the other, as few as there can be: the fewer, the sooner they are one. */
  #cutFrom(hashed: string): string {
    let text = '{'
    let start = 1
    let end = 1
    for (const key of this.#keys) {
      if (isOutside(key)) continue
      const own = this.#outlives(key) ? this.#redactedMember(key) : undefined
      const length = key === 'hashes' ? 0 : this.#member(key).length + 1
      if (length > 0 && own === this.#members.get(key)) {
        end += length
        continue
      }
      text += hashed.slice(start, end)
      end += length
      start = end
      if (own !== undefined) text += `${own},`
    }
    text += hashed.slice(start, end)
    if (text.endsWith(',')) return `${text.slice(0, -1)}}`
    return text === '{' ? '{}' : text
  }

  /** Whether the member is there after redaction. */
  #outlives(key: string): boolean {
    return this.#version.redaction.topLevel.has(key) && this.#event[key] !== undefined
  }

  #redactedMember(key: string): string {
    const value = this.#event[key]
    if (key !== 'content' || !isObject(value)) return this.#member(key)
    const kept = redactContent(member(this.#event, 'type'), value, this.#version)
    return kept === value ? this.#member(key) : this.#written(key, kept)
  }

  #member(key: string, numbers?: Numbers): string {
    const known = this.#members.get(key)
    if (known !== undefined) return known
    const text = this.#written(key, this.#event[key], numbers)
    this.#members.set(key, text)
    return text
  }

  #written(key: string, value: Json | undefined, numbers = numbersIn(this.#version)): string {
    return canonicalMember(key, value, numbers)
  }
}

interface Of {
  readonly pdu: Pdu | JsonObject
  readonly version: RoomVersion
}

/** The texts of the event looked at last: the checks of an event follow each other, and each needs one of them. */
let latest:
  | (Of & { readonly texts: EventTexts })
  | undefined

export const textsOf = ({ pdu, version }: Of): EventTexts => {
  if (latest?.pdu !== pdu || latest.version !== version)
    latest = { pdu, version, texts: new EventTexts(pdu, version) }
  return latest.texts
}
