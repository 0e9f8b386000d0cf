import type { Event, Json } from '../../matrix/event.ts'
import type { FormatOptions } from '../../matrix/event-format.ts'
import { type ProofChecks, provenBy, readReceived } from '../../matrix/receipt.ts'
import type { RoomVersion } from '../../matrix/room-version.ts'
import type { KeyLookup, SignatureProblem } from '../../matrix/sign-event.ts'
import type { KeyRing } from '../keys/key-ring.ts'

/** Checks 1 to 3 of server-server-api#checks-performed-on-receipt-of-a-pdu. */
export interface ReceiptParts extends Omit<ProofChecks, 'checkSignatures'> {
  /** On other threads, so that all cores take part. */
  readonly checkSignatures: (event: Event, keys: KeyLookup) => Promise<readonly SignatureProblem[]>
}

/** `id` is absent where there is not even an event to take it from. */
export type Inspected =
  | { readonly event: Event; readonly redacted: boolean }
  | { readonly event?: never; readonly id?: string; readonly problem: string }

/** Where PDUs come from. */
export interface Provenance {
  readonly version: RoomVersion
  /** Who brought them: asked for keys that their own server does not give. */
  readonly via?: string
  readonly format?: FormatOptions
}

type Keys = Pick<KeyRing, 'lookup' | 'prepare'>

/** How many events of one inspection are with those threads at once; others in the process wait for them too. */
const atOnce = 128

/** What every event from another server goes through first, from whatever source it comes. */
export class Inspector {
  readonly #keys: Keys
  readonly #parts: ReceiptParts

  constructor(keys: Keys, parts: ReceiptParts) {
    this.#keys = keys
    this.#parts = parts
  }

  /** One answer for each PDU, in their order. A wrong content hash leaves the event redacted. */
  async inspect(
    pdus: readonly Json[],
    { version, via, format }: Provenance,
  ): Promise<readonly Inspected[]> {
    const read = pdus.map((json) => this.#read(json, version, format))
    await this.#keys.prepare(
      read.flatMap(({ event }) => event ?? []),
      via,
    )
    const inspected: Inspected[] = []
    for (let from = 0; from < read.length; from += atOnce) {
      const some = read.slice(from, from + atOnce)
      inspected.push(...(await Promise.all(some.map((one) => this.#verify(one)))))
    }
    return inspected
  }

  /** Only the good ones. */
  async accept(pdus: readonly Json[], provenance: Provenance): Promise<readonly Event[]> {
    return (await this.inspect(pdus, provenance)).flatMap(({ event }) => event ?? [])
  }

  #read(json: Json, version: RoomVersion, format?: FormatOptions): Inspected {
    const read = readReceived(json, version, {
      checks: this.#parts,
      ...(format === undefined ? {} : { format }),
    })
    return 'fate' in read ? read : { event: read, redacted: false }
  }

  async #verify(one: Inspected): Promise<Inspected> {
    const { event } = one
    if (event === undefined) return one
    const isIntact = this.#parts.checkContentHash(event)
    const problems = await this.#parts.checkSignatures(event, this.#keys.lookup)
    const proven = provenBy(event, problems, isIntact)
    return 'fate' in proven ? proven : { ...proven, event: withoutUnsigned(proven.event) }
  }
}

/** Nobody vouches for it, and clients would take it for what this server says. */
function withoutUnsigned(event: Event): Event {
  const { unsigned, ...pdu } = event.pdu
  return unsigned === undefined ? event : { ...event, pdu }
}
