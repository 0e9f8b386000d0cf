import { crc32 } from 'node:zlib'
import type { ClassicLevel } from 'classic-level'
import { StoreError } from './store-error.ts'

/** What is to stand under a key; undefined: nothing. A function is called when it is written. */
type Value = string | (() => string) | undefined

interface Batch {
  readonly values: Map<string, Value>
  readonly written: Promise<void>
  readonly settle: (error?: StoreError) => void
}

/** Each batch leaves its number and takes away that of the one before: two numbers mean that one between was lost. */
const batchPrefix = 'b'

/**
 * Writes behind, in the order in which it was told. What is told in one turn of the event loop stands in one batch, which
 * is written whole or not at all; while a batch is written, everything else gathers in the next.
 */
export class Writer {
  readonly #database: ClassicLevel
  #next = newBatch()
  #current: Batch | undefined
  #number: number
  #scheduled = false

  /** `number`: of the last batch that was written. */
  constructor(database: ClassicLevel, number: number) {
    this.#database = database
    this.#number = number
  }

  put(key: string, value: Exclude<Value, undefined>): void {
    this.#next.values.set(key, value)
    this.#schedule()
  }

  delete(key: string): void {
    this.#next.values.set(key, undefined)
    this.#schedule()
  }

  /** What stands under a key, or soon will. Throws StoreError where it is damaged. */
  read(key: string): string | undefined {
    for (const batch of [this.#next, this.#current]) {
      if (batch === undefined || !batch.values.has(key)) continue
      return textOf(batch.values.get(key))
    }
    const stored = this.#database.getSync(key)
    return stored === undefined ? undefined : unsealed(stored, key)
  }

  /** Comes back when all that was told so far is on the disk. Throws StoreError. */
  durable(): Promise<void> {
    if (this.#next.values.size > 0) {
      this.#schedule()
      return this.#next.written
    }
    return this.#current?.written ?? Promise.resolve()
  }

  #schedule(): void {
    if (this.#scheduled || this.#current !== undefined) return
    this.#scheduled = true
    setImmediate(() => {
      this.#scheduled = false
      void this.#write()
    })
  }

  async #write(): Promise<void> {
    const batch = this.#next
    this.#current = batch
    this.#next = newBatch()
    try {
      await this.#batchOf(batch.values).write({ sync: true })
      this.#number += 1
      this.#current = undefined
      batch.settle()
      if (this.#next.values.size > 0) this.#schedule()
    } catch (error) {
      this.#current = undefined
      // It is tried again with the next that comes; what is newer stays.
      for (const [key, value] of batch.values)
        if (!this.#next.values.has(key)) this.#next.values.set(key, value)
      batch.settle(new StoreError('write', `cannot write: ${String(error)}`, error))
    }
  }

  /** One by one: a list of operations would be looked at and copied first, which costs more than the writing. */
  #batchOf(values: Batch['values']) {
    const batch = this.#database.batch()
    for (const [key, value] of values) {
      const text = textOf(value)
      if (text === undefined) batch.del(key)
      else batch.put(key, sealed(text))
    }
    return batch.put(batchKey(this.#number + 1), sealed('')).del(batchKey(this.#number))
  }
}

function newBatch(): Batch {
  let settle: Batch['settle']
  const written = new Promise<void>((resolve, reject) => {
    settle = (error) => {
      if (error === undefined) resolve()
      else reject(error)
    }
  })
  // Not everybody waits for it.
  written.catch(() => undefined)
  return { values: new Map(), written, settle: settle! }
}

const textOf = (value: Value): string | undefined => (typeof value === 'function' ? value() : value)

const batchKey = (number: number): string => `${batchPrefix}${number}`

/** Number of the last batch that was written. Throws StoreError where one before it is lost. */
export async function lastBatch(database: ClassicLevel): Promise<number> {
  const keys = await database.keys({ gte: batchPrefix, lt: 'c', limit: 2 }).all()
  if (keys.length > 1) throw new StoreError('damaged', 'something that was written is lost')
  return Number(keys[0]?.slice(1) ?? 0)
}

const sumLength = 8

/** The database does not look at its own checksums when it reads. */
const sealed = (text: string): string => sumOf(text) + text

const sumOf = (text: string): string => crc32(text).toString(16).padStart(sumLength, '0')

export function unsealed(stored: string, key: string): string {
  const text = stored.slice(sumLength)
  if (stored.slice(0, sumLength) === sumOf(text)) return text
  throw new StoreError('damaged', `what stands under ${key} is damaged`)
}
