import type { Event, JsonObject } from '../../matrix/event.ts'
import type { Limits } from '../limits.ts'
import { Backoff } from './backoff.ts'
import type { Shelf } from './shelf.ts'
import { Suspects } from './suspects.ts'
import { Waiting } from './waiting.ts'

export interface SendingParts {
  /** Pause in milliseconds after so many failures in a row, at most; chance takes up to half of it away. */
  readonly pause: (failures: number, limits: Limits) => number
  /**
   * After a transaction that was not answered with 200: `keep` tries again; `forget` drops it with all that waits behind it,
   * and what is added until the destination is heard of.
   */
  readonly afterFailure: (failures: number) => 'keep' | 'forget'
  /** The most that one transaction holds. */
  readonly maxPdus: number
  readonly maxEdus: number
}

export interface Transaction {
  readonly id: string
  /** When it was put together. */
  readonly made: number
  readonly pdus: readonly Event[]
  readonly edus: readonly JsonObject[]
}

/** `status`: what was answered instead of 200; absent: there was no complete answer. */
export type Result =
  | 'arrived'
  | { readonly status?: number | undefined; readonly retryAfterMs?: number | undefined }

/** How an EDU waits. */
export interface EduOrder {
  /**
   * `always`: it is kept until it has arrived, over outages and restarts, however long the queue grows. `latest`: it is worth
   * something only for now, and goes first where too much waits.
   */
  readonly keep: 'always' | 'latest'
  /** Takes the place of what waits under the same key. */
  readonly key?: string
}

export interface QueueSetup {
  readonly transmit: (transaction: Transaction) => Promise<Result>
  readonly nextId: () => string
  readonly clock: () => number
  /** 0 ≤ x < 1 */
  readonly random: () => number
  readonly parts: SendingParts
  readonly limits: Limits
  readonly shelf: Shelf
  /** Something is given up for good. */
  readonly tell: (what: string) => void
}

/**
 * What waits for one destination: one transaction under way, the same one again until it is answered with 200. One that
 * the destination refuses time and again is taken apart, so that what it chokes on does not hold up the rest.
 */
export class Queue {
  readonly #setup: QueueSetup
  readonly #waiting: Waiting
  readonly #suspects: Suspects
  readonly #backoff: Backoff
  #current: Transaction | undefined
  #running = false
  #stopped = false
  #givenUp = false

  /** Goes on with what is on the shelf, once it is resumed. */
  constructor(setup: QueueSetup) {
    this.#setup = setup
    this.#waiting = new Waiting(setup.shelf, setup.limits.queued)
    this.#suspects = new Suspects(setup)
    this.#backoff = new Backoff(setup)
    const [current, ...suspects] = setup.shelf.transactions()
    this.#current = current
    for (const transaction of suspects) this.#suspects.add(transaction)
  }

  /** PDUs that have not arrived. */
  get waiting(): number {
    return this.#waiting.pdus + this.#suspects.pdus + (this.#current?.pdus.length ?? 0)
  }

  add(event: Event): void {
    if (this.#givenUp) return
    this.#waiting.addPdu(event)
    this.#start()
  }

  addEdu(edu: JsonObject, order: EduOrder = { keep: 'latest' }): void {
    if (this.#givenUp) return
    this.#waiting.addEdu(edu, order)
    this.#start()
  }

  /** Takes up what an earlier run left. */
  resume(): void {
    this.#start()
  }

  /** The destination is alive: no reason to wait. */
  wake(): void {
    this.#givenUp = false
    this.#backoff.end()
  }

  stop(): void {
    this.#stopped = true
    this.#backoff.stop()
  }

  #start(): void {
    // Then the pause is for a suspect, which is not to hold up what has come now.
    if (this.#current === undefined) this.#backoff.skip()
    if (this.#running || this.#stopped) return
    this.#running = true
    void this.#run().finally(() => {
      this.#running = false
      if (!this.#stopped && this.#next() !== undefined) this.#start()
    })
  }

  async #run(): Promise<void> {
    for (let one = this.#next(); one !== undefined && !this.#stopped; one = this.#next()) {
      const result = await this.#setup.transmit(one)
      if (result === 'arrived') {
        this.#suspects.passed(one)
        this.#current = undefined
        this.#backoff.reset()
        this.#shelve()
        continue
      }
      if (this.#stopped) return
      this.#backoff.failed()
      if (this.#setup.parts.afterFailure(this.#backoff.failures) === 'forget') this.#forget()
      else {
        this.#doubt(one, result.status)
        await this.#backoff.pause(result.retryAfterMs)
      }
    }
  }

  /** Something of it may be what the destination chokes on. */
  #doubt(transaction: Transaction, status: number | undefined): void {
    if (!this.#suspects.refused(transaction, status)) return
    this.#current = undefined
    this.#shelve()
  }

  #next(): Transaction | undefined {
    if (this.#current !== undefined) return this.#current
    const suspect = this.#suspects.next(this.#waiting.isEmpty)
    this.#current = suspect ?? this.#fresh()
    return this.#current
  }

  #fresh(): Transaction | undefined {
    if (this.#waiting.isEmpty) return undefined
    const { nextId, clock, parts } = this.#setup
    const content = this.#waiting.take(parts.maxPdus, parts.maxEdus)
    const transaction = { id: nextId(), made: clock(), ...content }
    this.#current = transaction
    this.#shelve()
    return transaction
  }

  /** What has been tried once goes out the same after a restart. */
  #shelve(): void {
    const current = this.#current
    const suspects = this.#suspects.all.filter((one) => one !== current)
    this.#setup.shelf.keepTransactions(current === undefined ? suspects : [current, ...suspects])
  }

  #forget(): void {
    this.#givenUp = true
    this.#current = undefined
    this.#suspects.clear()
    this.#waiting.clear()
    this.#shelve()
  }
}

/** Doubles from `retryFirstMs` to `retryMaxMs`; after a long outage on to `outageMaxMs`. */
export function pause(failures: number, limits: Limits): number {
  const short = Math.min(limits.retryFirstMs * 2 ** Math.min(failures - 1, 30), limits.retryMaxMs)
  const over = failures - limits.outageAfter
  return over <= 0 ? short : Math.min(short * 2 ** Math.min(over, 30), limits.outageMaxMs)
}
