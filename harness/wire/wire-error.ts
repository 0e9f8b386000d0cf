import type { Ending } from '../journal/exchange.ts'

/** A request of ours that got no complete answer. */
export class WireError extends Error {
  override readonly name = 'WireError'
  /** As in the journal; never `answered`. */
  readonly code: Exclude<Ending, 'answered'>
  /** Number of the exchange in the journal. */
  readonly exchange: number

  constructor(
    code: Exclude<Ending, 'answered'>,
    message: string,
    details: { exchange: number; cause?: unknown },
  ) {
    super(message, details.cause === undefined ? undefined : { cause: details.cause })
    this.code = code
    this.exchange = details.exchange
  }
}
