import type { Event, JsonObject } from '../../matrix/event.ts'
import type { Limits } from '../limits.ts'

export interface SendingParts {
  /** Pause in milliseconds after so many failures in a row. */
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

/** True when it was answered with 200. */
type Transmit = (transaction: Transaction) => Promise<boolean>

export interface QueueSetup {
  readonly transmit: Transmit
  readonly nextId: () => string
  readonly clock: () => number
  readonly parts: SendingParts
  readonly limits: Limits
}

/** What waits for one destination: one transaction under way, the same one again until it is answered with 200. */
export class Queue {
  readonly #setup: QueueSetup
  #pdus: Event[] = []
  #edus: JsonObject[] = []
  #current: Transaction | undefined
  #failures = 0
  #running = false
  #stopped = false
  #givenUp = false
  /** Ends the pause. */
  #wake: (() => void) | undefined

  constructor(setup: QueueSetup) {
    this.#setup = setup
  }

  /** PDUs that have not arrived. */
  get waiting(): number {
    return this.#pdus.length + (this.#current?.pdus.length ?? 0)
  }

  add(event: Event): void {
    if (this.#givenUp) return
    this.#pdus.push(event)
    if (this.#pdus.length > this.#setup.limits.queued) this.#pdus = newestOfEachRoom(this.#pdus)
    this.#start()
  }

  addEdu(edu: JsonObject): void {
    if (this.#givenUp) return
    this.#edus.push(edu)
    if (this.#edus.length > this.#setup.limits.queued) this.#edus.shift()
    this.#start()
  }

  /** The destination is alive: no reason to wait. */
  wake(): void {
    this.#failures = 0
    this.#givenUp = false
    this.#wake?.()
  }

  stop(): void {
    this.#stopped = true
    this.#wake?.()
  }

  #start(): void {
    if (this.#running || this.#stopped) return
    this.#running = true
    void this.#run().finally(() => {
      this.#running = false
      if (this.#next() !== undefined) this.#start()
    })
  }

  async #run(): Promise<void> {
    for (let one = this.#next(); one !== undefined && !this.#stopped; one = this.#next()) {
      if (await this.#setup.transmit(one)) {
        this.#current = undefined
        this.#failures = 0
        continue
      }
      this.#failures += 1
      if (this.#setup.parts.afterFailure(this.#failures) === 'forget') this.#forget()
      else await this.#pause()
    }
  }

  #next(): Transaction | undefined {
    if (this.#current !== undefined) return this.#current
    if (this.#pdus.length === 0 && this.#edus.length === 0) return undefined
    const { nextId, clock, parts } = this.#setup
    const pdus = this.#pdus.splice(0, parts.maxPdus)
    const edus = this.#edus.splice(0, parts.maxEdus)
    this.#current = { id: nextId(), made: clock(), pdus, edus }
    return this.#current
  }

  #forget(): void {
    this.#givenUp = true
    this.#current = undefined
    this.#pdus = []
    this.#edus = []
  }

  #pause(): Promise<void> {
    if (this.#stopped || this.#failures === 0) return Promise.resolve()
    const { parts, limits } = this.#setup
    return new Promise((resolve) => {
      const end = () => {
        clearTimeout(timer)
        this.#wake = undefined
        resolve()
      }
      const timer = setTimeout(end, parts.pause(this.#failures, limits))
      this.#wake = end
    })
  }
}

/** Receivers fetch the rest: server-server-api#transactions leaves it open how an outage is made up for. */
function newestOfEachRoom(events: readonly Event[]): Event[] {
  return [...new Map(events.map((event) => [event.roomId, event])).values()]
}

/** Doubles from `retryFirstMs` to `retryMaxMs`; after a long outage on to `outageMaxMs`. */
export function pause(failures: number, limits: Limits): number {
  const short = Math.min(limits.retryFirstMs * 2 ** Math.min(failures - 1, 30), limits.retryMaxMs)
  const over = failures - limits.outageAfter
  return over <= 0 ? short : Math.min(short * 2 ** Math.min(over, 30), limits.outageMaxMs)
}
