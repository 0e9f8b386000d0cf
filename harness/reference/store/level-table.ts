import type { Json } from '../../matrix/event.ts'
import type { Table } from './store.ts'
import type { Writer } from './writer.ts'

/** A table whose rows are written behind. */
export class LevelTable<Value extends Json> implements Table<Value> {
  readonly #prefix: string
  readonly #writer: Writer
  readonly #values = new Map<string, Value>()

  /** `stored`: JSON by key, as it was when the store was opened. */
  constructor(name: string, writer: Writer, stored: ReadonlyMap<string, string> = new Map()) {
    this.#prefix = `t${name}\0`
    this.#writer = writer
    for (const [key, text] of stored) this.#values.set(key, JSON.parse(text))
  }

  get(key: string): Value | undefined {
    return this.#values.get(key)
  }

  set(key: string, value: Value): void {
    this.#values.set(key, value)
    this.#writer.put(this.#prefix + key, () => JSON.stringify(value))
  }

  delete(key: string): void {
    if (this.#values.delete(key)) this.#writer.delete(this.#prefix + key)
  }

  entries(): Iterable<readonly [string, Value]> {
    return this.#values.entries()
  }
}
