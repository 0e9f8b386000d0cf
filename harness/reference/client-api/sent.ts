import type { Store, Table } from '../store/store.ts'
import type { Device } from './logins.ts'

/** Remembered requests of one device: a repetition comes soon after the original. */
const remembered = 1_000

type Request = { readonly txnId: string; readonly eventId: string }

/** What each device has already sent, so that it is done once (client-server API, "Transaction identifiers"). */
export class Sent {
  readonly #table: Table<Request>
  readonly #underWay = new Map<string, Promise<string>>()
  /** Device → keys of its requests, the oldest first. */
  readonly #ofDevice = new Map<string, Set<string>>()
  /** Device and event → transaction id. */
  readonly #txnIds = new Map<string, string>()

  constructor(store: Store) {
    this.#table = store.table('sent')
    for (const [key, request] of this.#table.entries()) this.#index(key, request)
  }

  /** Does a deed once for a device and an identifier of its choice at an endpoint. Answers the event id that the deed answered. */
  once(device: Device, path: readonly string[], deed: () => Promise<string>): Promise<string> {
    const key = JSON.stringify([device.user, device.id, ...path])
    const known = this.#table.get(key)
    if (known !== undefined) return Promise.resolve(known.eventId)
    const earlier = this.#underWay.get(key)
    if (earlier !== undefined) return earlier
    const done = this.#do(key, path.at(-1) ?? '', deed)
    this.#underWay.set(key, done)
    return done
  }

  async #do(key: string, txnId: string, deed: () => Promise<string>): Promise<string> {
    try {
      const eventId = await deed()
      const request = { txnId, eventId }
      this.#table.set(key, request)
      this.#index(key, request)
      return eventId
    } finally {
      this.#underWay.delete(key)
    }
  }

  /** With what transaction id the device sent an event, for `unsigned.transaction_id`. */
  txnIdOf(device: Device, eventId: string): string | undefined {
    return this.#txnIds.get(JSON.stringify([device.user, device.id, eventId]))
  }

  #index(key: string, { txnId, eventId }: Request): void {
    const device = deviceOf(key)
    const keys = this.#ofDevice.get(device) ?? new Set<string>()
    this.#ofDevice.set(device, keys.add(key))
    this.#txnIds.set(eventKey(device, eventId), txnId)
    const [oldest] = keys
    if (keys.size <= remembered || oldest === undefined) return
    keys.delete(oldest)
    const gone = this.#table.get(oldest)
    if (gone !== undefined) this.#txnIds.delete(eventKey(device, gone.eventId))
    this.#table.delete(oldest)
  }
}

const partsOf = (key: string): readonly string[] => JSON.parse(key)
const deviceOf = (key: string): string => JSON.stringify(partsOf(key).slice(0, 2))
const eventKey = (device: string, eventId: string): string =>
  JSON.stringify([...partsOf(device), eventId])
