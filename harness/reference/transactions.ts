import type { JsonObject } from '../matrix/event.ts'
import type { Store, Table } from './store/store.ts'

type Answered = { readonly count: number; readonly answer: JsonObject }

/** Answers by transaction, so that a repetition gets the same one and does nothing (server-server-api#transactions). */
export class Transactions {
  readonly #limit: number
  readonly #underWay = new Map<string, Promise<JsonObject>>()
  readonly #answers: Table<Answered>
  /** The oldest first. */
  readonly #ids: Set<string>
  #count: number

  /** `limit`: how many are remembered. */
  constructor(limit: number, store: Store) {
    this.#limit = limit
    this.#answers = store.table('transactions')
    const kept = [...this.#answers.entries()].toSorted(([, a], [, b]) => a.count - b.count)
    this.#ids = new Set(kept.map(([id]) => id))
    this.#count = kept.at(-1)?.[1].count ?? 0
  }

  /** One that fails is forgotten. */
  once(id: string, work: () => Promise<JsonObject>): Promise<JsonObject> {
    const known = this.#answers.get(id)
    if (known !== undefined) return Promise.resolve(known.answer)
    const earlier = this.#underWay.get(id)
    if (earlier !== undefined) return earlier
    const answer = this.#do(id, work)
    this.#underWay.set(id, answer)
    return answer
  }

  async #do(id: string, work: () => Promise<JsonObject>): Promise<JsonObject> {
    try {
      const answer = await work()
      this.#remember(id, answer)
      return answer
    } finally {
      this.#underWay.delete(id)
    }
  }

  #remember(id: string, answer: JsonObject): void {
    this.#count += 1
    this.#answers.set(id, { count: this.#count, answer })
    this.#ids.add(id)
    for (const oldest of this.#ids) {
      if (this.#ids.size <= this.#limit) break
      this.#ids.delete(oldest)
      this.#answers.delete(oldest)
    }
  }
}
