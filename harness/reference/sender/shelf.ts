import type { Event, JsonObject } from '../../matrix/event.ts'
import type { Store, Table } from '../store/store.ts'
import type { Transaction } from './transaction.ts'

type Item = { readonly pdu: string } | { readonly edu: JsonObject; readonly key?: string }

type KeptTransaction = {
  readonly id: string
  readonly made: number
  /** Event ids: the events are in the store. */
  readonly pdus: readonly string[]
  readonly edus: readonly JsonObject[]
}

/** What waits, in the order of `place`. */
export type Shelved = { readonly place: number } & (
  | { readonly event: Event }
  | { readonly edu: JsonObject; readonly key?: string }
)

/** Where the queue of one destination is kept over restarts. */
export interface Shelf {
  items(): readonly Shelved[]
  keep(item: Shelved): void
  drop(place: number): void
  transactions(): readonly Transaction[]
  keepTransactions(all: readonly Transaction[]): void
}

/** The shelves of all destinations, in two tables. */
export class Shelves {
  readonly #store: Store
  readonly #items: Table<Item>
  readonly #transactions: Table<readonly KeptTransaction[]>
  /** What an earlier run left, by destination. */
  readonly #left = new Map<string, Shelved[]>()

  constructor(store: Store) {
    this.#store = store
    this.#items = store.table('queue')
    this.#transactions = store.table('sending')
    for (const [key, item] of this.#items.entries()) {
      const end = key.indexOf(' ')
      const server = key.slice(0, end)
      const all = this.#left.get(server) ?? []
      this.#left.set(server, all)
      all.push(...this.#shelved(Number(key.slice(end + 1)), item))
    }
  }

  /** Destinations for which something is kept. */
  get servers(): readonly string[] {
    const sending = [...this.#transactions.entries()].map(([server]) => server)
    return [...new Set([...this.#left.keys(), ...sending])]
  }

  of(server: string): Shelf {
    const keyOf = (place: number) => `${server} ${place}`
    return {
      items: () => {
        const items = this.#left.get(server) ?? []
        this.#left.delete(server)
        return items.toSorted((a, b) => a.place - b.place)
      },
      keep: ({ place, ...item }) =>
        this.#items.set(keyOf(place), 'event' in item ? { pdu: item.event.id } : item),
      drop: (place) => this.#items.delete(keyOf(place)),
      transactions: () => (this.#transactions.get(server) ?? []).map((one) => this.#restored(one)),
      keepTransactions: (all) => {
        if (all.length === 0) this.#transactions.delete(server)
        else this.#transactions.set(server, all.map(keptForm))
      },
    }
  }

  #shelved(place: number, item: Item): readonly Shelved[] {
    if (!('pdu' in item)) return [{ place, ...item }]
    const event = this.#store.get(item.pdu)?.event
    return event === undefined ? [] : [{ place, event }]
  }

  /** An event that has been redacted since goes out redacted: all else is as it was when it was tried first. */
  #restored({ pdus, ...rest }: KeptTransaction): Transaction {
    return { ...rest, pdus: pdus.flatMap((id) => this.#store.get(id)?.event ?? []) }
  }
}

const keptForm = ({ pdus, ...rest }: Transaction): KeptTransaction => ({
  ...rest,
  pdus: pdus.map(({ id }) => id),
})
