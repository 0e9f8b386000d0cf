import type { Store, Table } from '../store/store.ts'

/** Which rooms this server publishes (client-server-api#published-room-directory). */
export class Directory {
  readonly #table: Table<boolean>

  constructor(store: Store) {
    this.#table = store.table('published-rooms')
  }

  publish(roomId: string): void {
    this.#table.set(roomId, true)
  }

  withdraw(roomId: string): void {
    this.#table.delete(roomId)
  }

  has(roomId: string): boolean {
    return this.#table.get(roomId) === true
  }

  /** Ids of all published rooms. */
  get rooms(): readonly string[] {
    return [...this.#table.entries()].map(([roomId]) => roomId)
  }
}
