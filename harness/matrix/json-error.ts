export type JsonErrorCode =
  | 'duplicate-key'
  | 'number'
  | 'depth'
  | 'size'
  | 'utf8'
  | 'surrogate'
  | 'syntax'

/** `offset` counts bytes from the start of the text. */
export class JsonError extends Error {
  override readonly name = 'JsonError'
  readonly code: JsonErrorCode
  readonly offset: number

  constructor(code: JsonErrorCode, offset: number, message: string) {
    super(`${message} at byte ${offset}`)
    this.code = code
    this.offset = offset
  }
}
