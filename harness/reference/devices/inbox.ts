import type { JsonObject } from '../../matrix/event.ts'
import type { Table } from '../store/store.ts'
import type { Position } from '../users/operations.ts'
import type { Streams } from '../users/streams.ts'

export interface DeviceName {
  readonly user: string
  readonly device: string
}

type Kept = {
  readonly user: string
  readonly device: string
  readonly position: number
  readonly message: JsonObject
}

/** For one device; the oldest give way. No client leaves so many unread and still makes sense of them. */
const maxKept = 20_000

const nameOf = ({ user, device }: DeviceName): string => `${user} ${device}`
const keyOf = ({ position }: Kept): string => String(position).padStart(16, '0')

/** Messages to devices of this server, kept until a later sync shows that they have arrived. */
export class Inbox {
  readonly #table: Table<Kept>
  readonly #streams: Streams
  readonly #byDevice = new Map<string, Kept[]>()

  constructor(table: Table<Kept>, streams: Streams) {
    this.#table = table
    this.#streams = streams
    const kept = [...table.entries()].map(([, one]) => one)
    for (const one of kept.toSorted((a, b) => a.position - b.position)) this.#file(one)
    streams.startAfter(kept.reduce((last, { position }) => Math.max(last, position), 0))
  }

  /** `message`: type, sender, content. */
  put({ user, device }: DeviceName, message: JsonObject): void {
    const position = this.#streams.advance((waiting) => waiting === user)
    const one = { user, device, position, message }
    this.#table.set(keyOf(one), one)
    const all = this.#file(one)
    if (all.length > maxKept) for (const old of all.splice(0, 1)) this.#table.delete(keyOf(old))
  }

  #file(one: Kept): Kept[] {
    const all = this.#byDevice.get(nameOf(one)) ?? []
    this.#byDevice.set(nameOf(one), all)
    all.push(one)
    return all
  }

  isAny(device: DeviceName, since: Position): boolean {
    return (this.#byDevice.get(nameOf(device))?.at(-1)?.position ?? 0) > since
  }

  /** Forgets what has arrived by `since` and answers what came from there to `next`. */
  collect(device: DeviceName, since: Position, next: Position): readonly JsonObject[] {
    const all = this.#byDevice.get(nameOf(device)) ?? []
    const waiting = all.filter((one) => one.position > since)
    for (const one of all) if (one.position <= since) this.#table.delete(keyOf(one))
    if (waiting.length > 0) this.#byDevice.set(nameOf(device), waiting)
    else this.#byDevice.delete(nameOf(device))
    return waiting.flatMap(({ position, message }) => (position <= next ? [message] : []))
  }

  /** The device is no more. */
  forget(device: DeviceName): void {
    this.collect(device, Number.MAX_SAFE_INTEGER, 0)
  }
}
