import type { JsonObject } from '../matrix/event.ts'

/** Answers by transaction, so that a repetition gets the same one and does nothing (server-server-api#transactions). */
export class Transactions {
  readonly #limit: number
  readonly #answers = new Map<string, Promise<JsonObject>>()

  /** `limit`: how many are remembered. */
  constructor(limit: number) {
    this.#limit = limit
  }

  /** One that fails is forgotten. */
  once(id: string, work: () => Promise<JsonObject>): Promise<JsonObject> {
    const known = this.#answers.get(id)
    if (known !== undefined) return known
    const answer = work()
    this.#answers.set(id, answer)
    answer.catch(() => this.#answers.delete(id))
    for (const oldest of this.#answers.keys()) {
      if (this.#answers.size <= this.#limit) break
      this.#answers.delete(oldest)
    }
    return answer
  }
}
