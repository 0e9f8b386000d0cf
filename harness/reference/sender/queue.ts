import type { Event, JsonObject } from '../../matrix/event.ts'
import { Backoff } from './backoff.ts'
import type { QueueSetup } from './queue-setup.ts'
import { Suspects } from './suspects.ts'
import type { EduOrder, Transaction } from './transaction.ts'
import { Waiting } from './waiting.ts'

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
    this.#waiting = new Waiting(setup.shelf, setup.limits)
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
