import type { Limits } from '../limits.ts'
import type { Shelf } from './shelf.ts'
import type { Result, Transaction } from './transaction.ts'

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
