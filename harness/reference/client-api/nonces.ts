import { randomBytes } from 'node:crypto'

const nonceMs = 60_000
const mostNonces = 1_000

/** Each is good for one attempt within a minute. */
export class Nonces {
  readonly #clock: () => number
  readonly #made = new Map<string, number>()

  constructor(clock: () => number) {
    this.#clock = clock
  }

  next(): string {
    const nonce = randomBytes(32).toString('hex')
    this.#made.set(nonce, this.#clock())
    const [oldest] = this.#made.keys()
    if (this.#made.size > mostNonces && oldest !== undefined) this.#made.delete(oldest)
    return nonce
  }

  /** Whether it was good until now. */
  use(nonce: string): boolean {
    const made = this.#made.get(nonce)
    this.#made.delete(nonce)
    return made !== undefined && this.#clock() - made <= nonceMs
  }
}
