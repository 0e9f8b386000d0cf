import type { Event, Json } from '../../matrix/event.ts'
import type { FormatOptions } from '../../matrix/event-format.ts'
import { type ProofChecks, prove, readReceived } from '../../matrix/receipt.ts'
import type { RoomVersion } from '../../matrix/room-version.ts'
import type { KeyRing } from '../keys/key-ring.ts'

/** Checks 1 to 3 of server-server-api#checks-performed-on-receipt-of-a-pdu. */
export type ReceiptParts = ProofChecks

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

/** What every event from another server goes through first, from whatever source it comes. */
export class Inspector {
  readonly #keys: KeyRing
  readonly #parts: ReceiptParts

  constructor(keys: KeyRing, parts: ReceiptParts) {
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
    return read.map((one) => (one.event === undefined ? one : this.#verify(one.event)))
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

  #verify(event: Event): Inspected {
    const proven = prove(event, this.#keys.lookup, this.#parts)
    return 'fate' in proven ? proven : { ...proven, event: withoutUnsigned(proven.event) }
  }
}

/** Nobody vouches for it, and clients would take it for what this server says. */
function withoutUnsigned(event: Event): Event {
  const { unsigned, ...pdu } = event.pdu
  return unsigned === undefined ? event : { ...event, pdu }
}
