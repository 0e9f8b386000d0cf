export type ServeErrorCode =
  | 'name'
  | 'listen'
  | 'client-listen'
  | 'proxy'
  | 'tls'
  | 'quirk'
  | 'inspector'
  | 'well-known'

/** The options do not fit, or not this machine. */
export class ServeError extends Error {
  override readonly name = 'ServeError'
  readonly code: ServeErrorCode

  constructor(code: ServeErrorCode, message: string, cause?: unknown) {
    super(message, cause === undefined ? undefined : { cause })
    this.code = code
  }
}
