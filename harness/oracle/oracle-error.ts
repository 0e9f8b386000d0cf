/** What keeps the oracle from an answer: the history that it was given does not allow one. */
export type OracleErrorCode =
  /** An event is cited or asked for that is not among those given. */
  | 'missing-event'
  /** Events come after each other in a ring. */
  | 'cycle'
  /** A parent is of another room than its child. */
  | 'other-room'

export class OracleError extends Error {
  override readonly name = 'OracleError'
  readonly code: OracleErrorCode
  /** The events in question, sorted. */
  readonly events: readonly string[]

  constructor(code: OracleErrorCode, events: readonly string[], message: string) {
    super(`${message}: ${told(events)}`)
    this.code = code
    this.events = events
  }
}

const maxTold = 10

const told = (events: readonly string[]): string => {
  const more = events.length - maxTold
  return events.slice(0, maxTold).join(', ') + (more > 0 ? ` and ${more} more` : '')
}
