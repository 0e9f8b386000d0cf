import { createHash, randomBytes } from 'node:crypto'
import type { Table } from '../store/store.ts'

type Granted = { readonly user: string; readonly until: number }

/** Tokens that are good at the same time; the oldest end early. */
const maxTokens = 10_000
export const openidSeconds = 3_600

const hashOf = (token: string): string => createHash('sha256').update(token).digest('base64url')

/** Tokens by which a third party learns who somebody is, good for nothing else (client-server-api#openid). */
export class OpenIds {
  /** By hash: the token itself nobody has to read again. */
  readonly #table: Table<Granted>
  readonly #clock: () => number

  constructor(table: Table<Granted>, clock: () => number) {
    this.#table = table
    this.#clock = clock
  }

  grant(user: string): string {
    this.#prune()
    const token = randomBytes(24).toString('base64url')
    this.#table.set(hashOf(token), { user, until: this.#clock() + openidSeconds * 1_000 })
    return token
  }

  /** Undefined for an unknown token and one that has run out. */
  userOf(token: string): string | undefined {
    const granted = this.#table.get(hashOf(token))
    return granted !== undefined && granted.until > this.#clock() ? granted.user : undefined
  }

  #prune(): void {
    const now = this.#clock()
    const all = [...this.#table.entries()].toSorted(([, a], [, b]) => a.until - b.until)
    const surplus = all.length - maxTokens + 1
    for (const [index, [key, { until }]] of all.entries())
      if (index < surplus || until <= now) this.#table.delete(key)
  }
}
