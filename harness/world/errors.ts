interface NonconformanceEvidence {
  readonly expected?: string
  readonly actual?: string
  readonly reasons?: readonly string[]
  readonly exchanges?: readonly number[]
}

/** The target did something that a requirement forbids. Anything else that is thrown is the harness's own fault. */
export class Nonconformance extends Error {
  override readonly name = 'Nonconformance'
  readonly code = 'nonconformance'
  readonly expected: string | undefined
  readonly actual: string | undefined
  /** Why it is expected, step by step, where that is not plain. */
  readonly reasons: readonly string[]
  /** Numbers of the exchanges that show it. */
  readonly exchanges: readonly number[]

  constructor(message: string, evidence: NonconformanceEvidence = {}) {
    super(message)
    this.expected = evidence.expected
    this.actual = evidence.actual
    this.reasons = evidence.reasons ?? []
    this.exchanges = evidence.exchanges ?? []
  }
}

/** The target does not offer what the scenario needs. `reason` is a code such as `missing-capability:restart`. */
export class Unsupported extends Error {
  override readonly name = 'Unsupported'
  readonly code = 'unsupported'
  readonly reason: string

  constructor(reason: string, message: string) {
    super(message)
    this.reason = reason
  }
}

/** The experiment itself did not work out, so that nothing can be said about the target. */
export class Inconclusive extends Error {
  override readonly name = 'Inconclusive'
  readonly code = 'inconclusive'
}

/** A server refused what its user asked for. */
export class Refused extends Error {
  override readonly name = 'Refused'
  readonly code = 'refused'
  readonly status: number
  readonly errcode: string
  /** A peer refused its own user, without having asked another server: no deed of the target. */
  readonly byPeer: boolean

  constructor(status: number, errcode: string, message: string, byPeer = false) {
    super(`${message}: ${status} ${errcode}`)
    this.status = status
    this.errcode = errcode
    this.byPeer = byPeer
  }
}
