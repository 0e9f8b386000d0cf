import type { QueueSetup } from './queue-setup.ts'
import type { Transaction } from './transaction.ts'

/** Answers that say that the transaction itself is bad, not its time, its sender or the way to there. */
const refusals = new Set([400, 413, 414, 415, 422])

interface Doubt {
  /** How often in a row it was refused. */
  refused: number
  /** How often others arrived since it stands alone; absent: it has not been taken apart. */
  others?: number
}

/**
 * Transactions of one destination that may hold what it chokes on: taken apart, each part waits its turn while other
 * things go out in between. A part that stays refused while others arrive is given up; as long as nothing arrives,
 * nothing is, since then it is the destination that is broken.
 */
export class Suspects {
  readonly #setup: Pick<QueueSetup, 'nextId' | 'limits' | 'tell'>
  readonly #queue: Transaction[] = []
  readonly #doubts = new Map<Transaction, Doubt>()
  #wasSuspect = false

  constructor(setup: Pick<QueueSetup, 'nextId' | 'limits' | 'tell'>) {
    this.#setup = setup
  }

  get pdus(): number {
    return this.#queue.reduce((sum, { pdus }) => sum + pdus.length, 0)
  }

  get all(): readonly Transaction[] {
    return this.#queue
  }

  add(transaction: Transaction): void {
    this.#queue.push(transaction)
    this.#doubts.set(transaction, { refused: 0, others: 0 })
  }

  /** One whose turn it is: in turns with what else waits. */
  next(nothingElse: boolean): Transaction | undefined {
    this.#wasSuspect = this.#queue.length > 0 && (nothingElse || !this.#wasSuspect)
    return this.#wasSuspect ? this.#queue.shift() : undefined
  }

  passed(transaction: Transaction): void {
    this.#doubts.delete(transaction)
    for (const doubt of this.#doubts.values()) if (doubt.others !== undefined) doubt.others += 1
  }

  /** Notes a failure. True: the transaction has been taken apart, put back or given up, and another one comes next. */
  refused(transaction: Transaction, status: number | undefined): boolean {
    const limit = this.#limitFor(status)
    if (limit === undefined) return false
    const doubt = this.#doubts.get(transaction) ?? { refused: 0 }
    doubt.refused += 1
    this.#doubts.set(transaction, doubt)
    if (doubt.others === undefined) return doubt.refused >= limit && this.#takeApart(transaction)
    if (doubt.refused >= limit && doubt.others > 0) this.#giveUp(transaction, status)
    else this.#queue.push(transaction)
    return true
  }

  #limitFor(status: number | undefined): number | undefined {
    if (status === 500) return this.#setup.limits.errorsBeforeSplit
    return status !== undefined && refusals.has(status)
      ? this.#setup.limits.refusalsBeforeSplit
      : undefined
  }

  #takeApart(transaction: Transaction): true {
    const { made, pdus, edus } = transaction
    this.#doubts.delete(transaction)
    if (pdus.length + edus.length === 1) this.add(transaction)
    else {
      for (const pdu of pdus) this.add({ id: this.#setup.nextId(), made, pdus: [pdu], edus: [] })
      for (const edu of edus) this.add({ id: this.#setup.nextId(), made, pdus: [], edus: [edu] })
    }
    return true
  }

  #giveUp(transaction: Transaction, status: number | undefined): void {
    this.#doubts.delete(transaction)
    const [event] = transaction.pdus
    const what = event?.id ?? `an EDU ${JSON.stringify(transaction.edus[0]?.['edu_type'])}`
    this.#setup.tell(`${what} is given up: it alone was answered with ${status} time and again`)
  }

  clear(): void {
    this.#queue.length = 0
    this.#doubts.clear()
  }
}
