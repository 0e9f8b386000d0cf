import { canonicalMember, sortedKeys } from './canonical-json.ts'
import type { Event, JsonObject, Json, Pdu } from './event.ts'
import { isObject, member } from './json.ts'
import { redactContent } from './redact.ts'
import type { RoomVersion } from './room-version.ts'
import { numbersIn } from './strictness.ts'

/**
 * The texts that the hashes and signatures of an event are made of. They have most members in common, and each is put
 * into canonical form once. Throws CanonicalJsonError where a text is asked for that has no such form.
 */
export class EventTexts {
  readonly #event: JsonObject
  readonly #version: RoomVersion
  /** Of the members that any of the texts may hold. */
  readonly #keys: readonly string[]
  readonly #members = new Map<string, string>()
  #hashed: string | undefined
  #redacted: string | undefined

  constructor(event: Pdu | JsonObject, version: RoomVersion) {
    // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- a Pdu is one, which an interface cannot say
    this.#event = event as JsonObject & Pdu
    this.#version = version
    this.#keys = sortedKeys(this.#event).filter((key) => key !== 'signatures' && key !== 'unsigned')
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
    const { topLevel } = this.#version.redaction
    this.#redacted ??= this.#joined(
      (key) => topLevel.has(key) && this.#event[key] !== undefined,
      (key) => (key === 'content' ? this.#redactedContent() : this.#member(key)),
    )
    return this.#redacted
  }

  #joined(stays: (key: string) => boolean, text: (key: string) => string): string {
    let joined = ''
    for (const key of this.#keys) {
      if (!stays(key)) continue
      joined += joined === '' ? text(key) : `,${text(key)}`
    }
    return `{${joined}}`
  }

  #redactedContent(): string {
    const content = this.#event['content']
    if (!isObject(content)) return this.#member('content')
    const kept = redactContent(member(this.#event, 'type'), content, this.#version)
    return kept === content ? this.#member('content') : this.#written('content', kept)
  }

  #member(key: string): string {
    const known = this.#members.get(key)
    if (known !== undefined) return known
    const text = this.#written(key, this.#event[key])
    this.#members.set(key, text)
    return text
  }

  #written(key: string, value: Json | undefined): string {
    return canonicalMember(key, value, numbersIn(this.#version))
  }
}

/** The texts of the event looked at last: the checks of an event follow each other, and each needs one of them. */
let latest:
  | { readonly pdu: Pdu; readonly version: RoomVersion; readonly texts: EventTexts }
  | undefined

export const textsOf = ({ pdu, version }: Pick<Event, 'pdu' | 'version'>): EventTexts => {
  if (latest?.pdu !== pdu || latest.version !== version)
    latest = { pdu, version, texts: new EventTexts(pdu, version) }
  return latest.texts
}
