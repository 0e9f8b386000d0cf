interface Entry {
  readonly id: string
  /** When users could see it first; 0 for what was fetched from further back. */
  readonly position: number
}

interface Older extends Entry {
  readonly depth: number
}

/**
 * The events of a room in the order in which users see them. What came from 0 on is in order of arrival; what was fetched
 * later from further back has negative indices, so that an index stays valid.
 */
export class Timeline {
  readonly #entries: Entry[] = []
  readonly #older: Older[] = []
  readonly #positions = new Map<string, number>()

  /** Index of the oldest. */
  get start(): number {
    return -this.#older.length
  }

  /** Index after the newest. */
  get end(): number {
    return this.#entries.length
  }

  at(index: number): Entry | undefined {
    return index >= 0 ? this.#entries[index] : this.#older.at(index)
  }

  /** Takes up what an earlier run left, each in the order in which it was added. */
  recall(entries: readonly Entry[], older: readonly Omit<Older, 'position'>[]): void {
    for (const entry of entries) this.#entries.push(entry)
    for (const { id, depth } of older.toSorted((a, b) => a.depth - b.depth))
      this.#older.push({ id, depth, position: 0 })
    for (const { id, position } of [...this.#older, ...entries]) this.#positions.set(id, position)
  }

  add(id: string, position: number): void {
    this.#entries.push({ id, position })
    this.#positions.set(id, position)
  }

  /** Keeps what is further back in order of depth. */
  addOlder(id: string, depth: number): void {
    const place = this.#older.findIndex((entry) => entry.depth > depth)
    const entry = { id, depth, position: 0 }
    if (place < 0) this.#older.push(entry)
    else this.#older.splice(place, 0, entry)
    this.#positions.set(id, 0)
  }

  /** When users could see an event first; undefined where it is not in the timeline. */
  positionOf(id: string): number | undefined {
    return this.#positions.get(id)
  }

  /** Undefined where it is not in the timeline. */
  indexOf(id: string): number | undefined {
    const position = this.#positions.get(id)
    if (position === undefined) return undefined
    if (position === 0)
      return this.#older.findIndex((entry) => entry.id === id) - this.#older.length
    let index = this.after(position - 1)
    while (index < this.#entries.length && this.#entries[index]?.id !== id) index += 1
    return index
  }

  /** Index of the first entry after a position. */
  after(position: number): number {
    let low = 0
    let high = this.#entries.length
    while (low < high) {
      const middle = (low + high) >> 1
      if ((this.#entries[middle]?.position ?? 0) > position) high = middle
      else low = middle + 1
    }
    return low
  }
}
