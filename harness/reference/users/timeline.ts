interface Entry {
  readonly id: string
  /** When users could see it first; 0 for what was fetched from further back. */
  readonly position: number
}

interface Older extends Entry {
  readonly depth: number
}

/** An entry that comes after everything that is known. */
export interface Newest extends Entry {
  readonly depth: number
  /** Something before it is missing. */
  readonly isEdge: boolean
}

/** Room for what is missing in the middle, as after a rejoin: it is filled from its end, in order of depth. */
interface Gap {
  readonly start: number
  readonly size: number
  readonly position: number
  /** What fits in is deeper than `from` and no deeper than `to`. */
  readonly from: number
  readonly to: number
  readonly filled: { readonly id: string; readonly depth: number }[]
}

/** A place in a gap to which nothing has come yet. */
const free = ''
const maxGap = 1_000
/** Of one room: others choose the depth of their events. */
const maxGaps = 10

/**
 * The events of a room in the order in which users see them. What came from 0 on is in order of arrival; what was fetched
 * later from further back has negative indices, so that an index stays valid; what was missing in between has its indices kept.
 */
export class Timeline {
  readonly #entries: Entry[] = []
  readonly #older: Older[] = []
  readonly #gaps: Gap[] = []
  readonly #positions = new Map<string, number>()
  #depth = 0

  /** Index of the oldest. */
  get start(): number {
    return -this.#older.length
  }

  /** Index after the newest. */
  get end(): number {
    return this.#entries.length
  }

  at(index: number): Entry | undefined {
    if (index < 0) return this.#older.at(index)
    return this.isFree(index) ? undefined : this.#entries[index]
  }

  /** Takes up what an earlier run left, each in the order in which it was added. */
  recall(entries: readonly Newest[], older: readonly Omit<Older, 'position'>[]): void {
    for (const entry of entries) this.add(entry)
    const inGaps = older.filter(({ id, depth }) => !this.#fill(id, depth))
    for (const { id, depth } of inGaps.toSorted((a, b) => a.depth - b.depth)) {
      this.#older.push({ id, depth, position: 0 })
      this.#positions.set(id, 0)
    }
  }

  add({ id, position, depth, isEdge }: Newest): void {
    if (isEdge && this.#entries.length > 0) this.#open(position, depth)
    this.#entries.push({ id, position })
    this.#positions.set(id, position)
    this.#depth = Math.max(this.#depth, depth)
  }

  /** There may be more events than steps in depth, since the graph may have forked. */
  #open(position: number, depth: number): void {
    const missing = depth - this.#depth - 1
    if (missing <= 0 || this.#gaps.length === maxGaps) return
    const size = Math.min(2 * missing, maxGap)
    const start = this.#entries.length
    this.#gaps.push({ start, size, position, from: this.#depth, to: depth, filled: [] })
    for (let count = 0; count < size; count += 1) this.#entries.push({ id: free, position })
  }

  /** Whether something may be missing at an index. */
  isFree(index: number): boolean {
    return this.#entries[index]?.id === free
  }

  /** Index at which the gap begins that an index lies in; the index itself where it lies in none. */
  startOfGap(index: number): number {
    return (
      this.#gaps.find(({ start, size }) => index >= start && index < start + size)?.start ?? index
    )
  }

  #fill(id: string, depth: number): boolean {
    const gap = this.#gaps.find(
      ({ from, to, filled, size }) => depth > from && depth <= to && filled.length < size,
    )
    if (gap === undefined) return false
    const { filled, start, size, position } = gap
    const place = filled.findIndex((one) => one.depth > depth)
    filled.splice(place < 0 ? filled.length : place, 0, { id, depth })
    const first = start + size - filled.length
    for (const [index, one] of filled.entries())
      this.#entries[first + index] = { id: one.id, position }
    this.#positions.set(id, position)
    return true
  }

  /** Keeps what is further back in order of depth. */
  addOlder(id: string, depth: number): void {
    if (this.#fill(id, depth)) return
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
