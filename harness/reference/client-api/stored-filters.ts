import type { JsonObject } from '../../matrix/event.ts'
import { createHash } from 'node:crypto'
import { forbidden } from '../errors.ts'
import type { Store, Table } from '../store/store.ts'

const mostOfUser = 1_000

/** Filters that clients have made. */
export class StoredFilters {
  /** By user and id. */
  readonly #table: Table<JsonObject>
  readonly #counts = new Map<string, number>()

  constructor(store: Store) {
    this.#table = store.table('filters')
    for (const [key] of this.#table.entries()) {
      const [user = '']: readonly string[] = JSON.parse(key)
      this.#counts.set(user, (this.#counts.get(user) ?? 0) + 1)
    }
  }

  /** Answers its id: the same filter has the same one. */
  add(user: string, filter: JsonObject): string {
    const text = JSON.stringify(filter)
    const id = createHash('sha256').update(text).digest('hex').slice(0, 16)
    const key = JSON.stringify([user, id])
    if (this.#table.get(key) !== undefined) return id
    const count = (this.#counts.get(user) ?? 0) + 1
    if (count > mostOfUser) throw forbidden('too many filters')
    this.#counts.set(user, count)
    this.#table.set(key, filter)
    return id
  }

  get(user: string, id: string): JsonObject | undefined {
    return this.#table.get(JSON.stringify([user, id]))
  }
}
