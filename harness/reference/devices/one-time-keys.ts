import type { Json } from '../../matrix/event.ts'
import { invalidParam } from '../errors.ts'
import type { Table } from '../store/store.ts'
import type { DeviceName } from './inbox.ts'

type Fallback = { readonly id: string; readonly key: Json; readonly used: boolean }

/** What a device has put down for others: one-time keys by id in the order of upload, fallback keys by algorithm. */
export type KeyStock = {
  readonly oneTime: readonly (readonly [id: string, key: Json])[]
  readonly fallback: Readonly<Record<string, Fallback>>
}

export interface ClaimedKey {
  readonly id: string
  readonly key: Json
}

/** One-time keys that a device may have in store; clients hold to fifty or a hundred. */
const maxKeys = 1_000
const keyId = /^([a-z0-9_.]{1,64}):(.{1,255})$/s

const nameOf = ({ user, device }: DeviceName): string => `${user} ${device}`
const empty: KeyStock = { oneTime: [], fallback: {} }

/** One-time and fallback keys of this server's devices (client-server-api#one-time-and-fallback-keys). */
export class OneTimeKeys {
  readonly #table: Table<KeyStock>

  constructor(table: Table<KeyStock>) {
    this.#table = table
  }

  #of(device: DeviceName): KeyStock {
    return this.#table.get(nameOf(device)) ?? empty
  }

  /** A key id stands for one key for good: M_INVALID_PARAM where it comes with another. */
  add(device: DeviceName, keys: Readonly<Record<string, Json>>): void {
    const stock = this.#of(device)
    const known = new Map(stock.oneTime)
    const added: (readonly [string, Json])[] = []
    for (const [id, key] of Object.entries(keys)) {
      algorithmOf(id)
      const earlier = known.get(id)
      if (earlier === undefined) added.push([id, key])
      else if (JSON.stringify(earlier) !== JSON.stringify(key))
        throw invalidParam(`there is another one-time key ${id} already`)
    }
    const oneTime = [...stock.oneTime, ...added]
    if (oneTime.length > maxKeys) throw invalidParam(`a device has at most ${maxKeys} keys`)
    if (added.length > 0) this.#table.set(nameOf(device), { ...stock, oneTime })
  }

  /** Each takes the place of the one with the same algorithm. */
  setFallback(device: DeviceName, keys: Readonly<Record<string, Json>>): void {
    const stock = this.#of(device)
    const fallback = { ...stock.fallback }
    for (const [id, key] of Object.entries(keys)) {
      const algorithm = algorithmOf(id)
      if (fallback[algorithm]?.id !== id) fallback[algorithm] = { id, key, used: false }
    }
    this.#table.set(nameOf(device), { ...stock, fallback })
  }

  /** The oldest key of that algorithm, never to be given again; else the fallback key. */
  claim(device: DeviceName, algorithm: string): ClaimedKey | undefined {
    const stock = this.#of(device)
    const index = stock.oneTime.findIndex(([id]) => id.startsWith(`${algorithm}:`))
    const found = stock.oneTime[index]
    if (found !== undefined) {
      this.#table.set(nameOf(device), { ...stock, oneTime: stock.oneTime.toSpliced(index, 1) })
      return { id: found[0], key: found[1] }
    }
    const spare = Object.hasOwn(stock.fallback, algorithm) ? stock.fallback[algorithm] : undefined
    if (spare === undefined) return undefined
    if (!spare.used) {
      const fallback = { ...stock.fallback, [algorithm]: { ...spare, used: true } }
      this.#table.set(nameOf(device), { ...stock, fallback })
    }
    return { id: spare.id, key: spare.key }
  }

  /** Unclaimed keys by algorithm. Zero is said of the one that clients replenish by this number. */
  counts(device: DeviceName): Readonly<Record<string, number>> {
    const counts: Record<string, number> = { signed_curve25519: 0 }
    for (const [id] of this.#of(device).oneTime) {
      const algorithm = algorithmOf(id)
      counts[algorithm] = (counts[algorithm] ?? 0) + 1
    }
    return counts
  }

  /** Algorithms of fallback keys that nobody has got yet. */
  unusedFallbacks(device: DeviceName): readonly string[] {
    const all = Object.entries(this.#of(device).fallback)
    return all.flatMap(([algorithm, { used }]) => (used ? [] : [algorithm]))
  }

  forget(device: DeviceName): void {
    this.#table.delete(nameOf(device))
  }
}

function algorithmOf(id: string): string {
  const algorithm = keyId.exec(id)?.[1]
  if (algorithm === undefined) throw invalidParam(`${id} is no key id with an algorithm`)
  return algorithm
}
