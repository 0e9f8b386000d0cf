export type TargetErrorCode =
  /** No such target specification. */
  | 'unknown'
  /** A known server that has not been fetched yet. */
  | 'not-installed'
  /** Fetching a known server did not work. */
  | 'install-failed'
  /** It ended before it was ready. */
  | 'exited'
  /** It did not answer within the bound. */
  | 'silent'
  /** It answers, but not as a homeserver does. */
  | 'not-matrix'
  /** It speaks HTTP without TLS. */
  | 'plain-http'
  /** Its certificate is not the one that it was given. */
  | 'tls'

/** The target could not be fetched or started, so nothing was measured. */
export class TargetError extends Error {
  override readonly name = 'TargetError'
  readonly code: TargetErrorCode
  /** The last lines that it wrote; empty when there are none. */
  readonly logTail: string
  /** What to do about it, in a sentence or two. */
  readonly advice: string

  constructor(
    code: TargetErrorCode,
    message: string,
    help: { readonly advice: string; readonly logTail?: string },
  ) {
    super(message)
    this.code = code
    this.advice = help.advice
    this.logTail = help.logTail ?? ''
  }
}

/** The target's process ended in the middle of the run. */
export class TargetGone extends Error {
  override readonly name = 'TargetGone'
  readonly code = 'target-gone'
  readonly serverName: string

  constructor(serverName: string, why: string) {
    super(`the target ${serverName} is gone: ${why}`)
    this.serverName = serverName
  }
}
