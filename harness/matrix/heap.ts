/** A binary heap: `pop` answers the first of its items by `compare`. */
export class Heap<T> {
  readonly #compare: (a: T, b: T) => number
  readonly #items: T[] = []

  constructor(compare: (a: T, b: T) => number) {
    this.#compare = compare
  }

  push(item: T): void {
    const items = this.#items
    let at = items.push(item) - 1
    while (at > 0) {
      const up = (at - 1) >> 1
      const parent = items[up]
      if (parent === undefined || this.#compare(item, parent) >= 0) break
      items[at] = parent
      at = up
    }
    items[at] = item
  }

  /** Undefined when empty. */
  pop(): T | undefined {
    const items = this.#items
    const first = items[0]
    const last = items.pop()
    if (items.length > 0 && last !== undefined) this.#sink(last)
    return first
  }

  #sink(item: T): void {
    const items = this.#items
    let at = 0
    for (;;) {
      const child = this.#firstChild(at)
      const below = items[child]
      if (below === undefined || this.#compare(item, below) <= 0) break
      items[at] = below
      at = child
    }
    items[at] = item
  }

  /** The index of the child that goes first; past the end where there is none. */
  #firstChild(at: number): number {
    const left = 2 * at + 1
    const [a, b] = [this.#items[left], this.#items[left + 1]]
    return a !== undefined && b !== undefined && this.#compare(b, a) < 0 ? left + 1 : left
  }
}
