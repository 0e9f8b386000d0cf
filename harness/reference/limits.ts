/** Bounds of the reference. Times in milliseconds. */
export interface Limits {
  /** For every request to another server but those with a bound of their own. */
  readonly requestMs: number
  /** For one try of a transaction. */
  readonly transactionMs: number
  /** How long a transaction's answer waits for the judgement of its events; what is not done then goes on behind it. */
  readonly judgementMs: number
  /** First pause after a failed transaction; it doubles up to `retryMaxMs`. */
  readonly retryFirstMs: number
  readonly retryMaxMs: number
  /** Failures in a row after which the pauses grow on, up to `outageMaxMs`. */
  readonly outageAfter: number
  readonly outageMaxMs: number
  /** A destination that asks for a pause gets no longer one. */
  readonly retryAfterMaxMs: number
  /** Refusals (400 and the like) of a transaction after which its parts go out one by one. */
  readonly refusalsBeforeSplit: number
  /** The same for 500, which tells far less of the transaction. */
  readonly errorsBeforeSplit: number
  /** PDUs kept for one destination; beyond, only the newest of each room. */
  readonly queued: number
  /** Messages to devices, and news of them, kept for one destination: what is lost here is lost for good, so only a destination that is gone for good gets there. */
  readonly queuedToDevices: number
  /** Events asked for with one get_missing_events or backfill. */
  readonly gapPage: number
  /** Such requests for one event. */
  readonly gapRounds: number
  /** For everything that is asked of others for one event's sake. */
  readonly searchMs: number
  /** Parents for which the state is asked for when a gap cannot be closed. */
  readonly stateFallbacks: number
  /** Events fetched one by one for one event's sake. */
  readonly singleFetches: number
  /** Transactions remembered per server, so that a repetition gets the same answer. */
  readonly transactions: number
  /** PDUs that wait to be judged in one room. */
  readonly intake: number
}

export const defaultLimits: Limits = {
  requestMs: 5_000,
  transactionMs: 8_000,
  judgementMs: 3_000,
  retryFirstMs: 100,
  retryMaxMs: 1_000,
  outageAfter: 60,
  outageMaxMs: 30_000,
  retryAfterMaxMs: 300_000,
  refusalsBeforeSplit: 5,
  errorsBeforeSplit: 30,
  queued: 1_000,
  queuedToDevices: 100_000,
  gapPage: 50,
  gapRounds: 40,
  searchMs: 30_000,
  stateFallbacks: 20,
  singleFetches: 100,
  transactions: 1_000,
  intake: 5_000,
}
