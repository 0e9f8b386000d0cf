import type { JsonObject } from '../matrix/event.ts'

/** A refusal in the standard form of the specification: status, errcode, words, further fields of the body. */
export class MatrixError extends Error {
  override readonly name = 'MatrixError'
  readonly code = 'matrix'
  readonly status: number
  readonly errcode: string
  readonly fields: JsonObject

  constructor(status: number, errcode: string, message: string, fields: JsonObject = {}) {
    super(message)
    this.status = status
    this.errcode = errcode
    this.fields = fields
  }

  /** The body of the answer. */
  get body(): JsonObject {
    return { ...this.fields, errcode: this.errcode, error: this.message }
  }
}

/** The refusal of another server, passed on to the user. */
export class PassedOn extends MatrixError {}

export const forbidden = (message: string): MatrixError =>
  new MatrixError(403, 'M_FORBIDDEN', message)

export const notFound = (message: string): MatrixError =>
  new MatrixError(404, 'M_NOT_FOUND', message)

export const invalidParam = (message: string): MatrixError =>
  new MatrixError(400, 'M_INVALID_PARAM', message)
