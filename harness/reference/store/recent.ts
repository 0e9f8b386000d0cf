/** Keeps what was used last, up to a weight: older things go in halves, which costs nothing when they are looked up. */
export class Recent<Value> {
  readonly #half: number
  #young = new Map<string, { value: Value; weight: number }>()
  #old = new Map<string, { value: Value; weight: number }>()
  #weight = 0

  constructor(maxWeight: number) {
    this.#half = maxWeight / 2
  }

  get(key: string): Value | undefined {
    const young = this.#young.get(key)
    if (young !== undefined) return young.value
    const old = this.#old.get(key)
    if (old === undefined) return undefined
    this.set(key, old.value, old.weight)
    return old.value
  }

  set(key: string, value: Value, weight: number): void {
    this.#old.delete(key)
    this.#weight += weight - (this.#young.get(key)?.weight ?? 0)
    this.#young.set(key, { value, weight })
    if (this.#weight <= this.#half) return
    this.#old = this.#young
    this.#young = new Map()
    this.#weight = 0
  }
}
