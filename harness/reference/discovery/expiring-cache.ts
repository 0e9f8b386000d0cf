/** Values that hold for a time, by key; the one used longest ago goes when there are too many. */
export class ExpiringCache<Value> {
  readonly #entries = new Map<string, { readonly value: Value; readonly until: number }>()
  readonly #size: number

  constructor(size: number) {
    this.#size = size
  }

  /** `now`: milliseconds, by the clock of `set`. */
  get(key: string, now: number): Value | undefined {
    const entry = this.#entries.get(key)
    if (entry === undefined || entry.until <= now) return undefined
    this.#entries.delete(key)
    this.#entries.set(key, entry)
    return entry.value
  }

  /** The last value, also where it does not hold any more. */
  last(key: string): Value | undefined {
    return this.#entries.get(key)?.value
  }

  set(key: string, value: Value, until: number): void {
    this.#entries.delete(key)
    const [oldest] = this.#entries.keys()
    if (this.#entries.size >= this.#size && oldest !== undefined) this.#entries.delete(oldest)
    this.#entries.set(key, { value, until })
  }
}
