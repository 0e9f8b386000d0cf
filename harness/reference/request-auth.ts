import type { InboundRequest } from '../wire/server.ts'
import type { verifyRequest } from '../wire/x-matrix.ts'
import { MatrixError } from './errors.ts'

export interface RequestParts {
  /** Whether the signature of a request is good. */
  readonly verify: typeof verifyRequest
  /** The origin of a request that says nothing of it; throws MatrixError. */
  readonly unsigned: (request: InboundRequest) => string
}

export const unauthorized = (message: string): MatrixError =>
  new MatrixError(401, 'M_UNAUTHORIZED', message)

/** server-server-api#request-authentication: there is nothing for who does not say who it is. */
export function refuseUnsigned(): never {
  throw unauthorized('there is no X-Matrix authorization')
}
