import type { JsonObject } from '../../matrix/event.ts'
import { notFound } from '../errors.ts'
import type { Table } from '../store/store.ts'

/** A device of a user of this server. */
export type Device = {
  readonly display_name?: string
  readonly last_seen_ts?: number
  /** As uploaded, with the signatures that came later. */
  readonly keys?: JsonObject
}

export type UserDevices = Readonly<Record<string, Device>>

/** `device`: undefined when it is gone. */
type Listener = (user: string, id: string, device: Device | undefined) => void

/** Of other users' devices nobody sees more. */
const maxDevices = 1_000

/** The devices of this server's users. */
export class Devices {
  readonly #table: Table<UserDevices>
  readonly #listeners = new Set<Listener>()

  constructor(table: Table<UserDevices>) {
    this.#table = table
  }

  /** Called with every change that other servers are to hear of. */
  onChange(listener: Listener): void {
    this.#listeners.add(listener)
  }

  has(user: string): boolean {
    return this.#table.get(user) !== undefined
  }

  of(user: string): UserDevices {
    return this.#table.get(user) ?? {}
  }

  find(user: string, device: string): Device | undefined {
    const all = this.of(user)
    return Object.hasOwn(all, device) ? all[device] : undefined
  }

  /** Throws M_NOT_FOUND. */
  get(user: string, device: string): Device {
    const known = this.find(user, device)
    if (known === undefined) throw notFound(`${user} has no device ${device}`)
    return known
  }

  /** Somebody has logged in: a new device, or one that is known already. */
  open(user: string, device: string, displayName?: string): void {
    if (this.find(user, device) !== undefined) return
    const all = this.of(user)
    if (Object.keys(all).length >= maxDevices) throw notFound(`${user} has too many devices`)
    this.set(user, device, displayName === undefined ? {} : { display_name: displayName })
  }

  set(user: string, device: string, value: Device): void {
    this.#table.set(user, { ...this.of(user), [device]: value })
    this.#tell(user, device, value)
  }

  /** Notes when a device was seen; nobody else hears of it. */
  seen(user: string, device: string, at: number): void {
    const known = this.find(user, device)
    if (known === undefined || at - (known.last_seen_ts ?? 0) < 60_000) return
    this.#table.set(user, { ...this.of(user), [device]: { ...known, last_seen_ts: at } })
  }

  remove(user: string, device: string): void {
    if (this.find(user, device) === undefined) return
    const { [device]: _, ...rest } = this.of(user)
    if (Object.keys(rest).length === 0) this.#table.delete(user)
    else this.#table.set(user, rest)
    this.#tell(user, device, undefined)
  }

  #tell(user: string, id: string, device: Device | undefined): void {
    for (const listener of this.#listeners) listener(user, id, device)
  }
}
