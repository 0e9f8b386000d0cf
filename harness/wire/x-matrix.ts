import type { Json } from '../matrix/event.ts'
import type { KeyLookup } from '../matrix/sign-event.ts'
import type { SigningKey } from '../matrix/signing-key.ts'

/** What an Authorization header of scheme X-Matrix says. */
export interface XMatrix {
  readonly origin: string
  /** Absent from servers older than v1.3. */
  readonly destination?: string
  /** Key id with its algorithm: `ed25519:a`. */
  readonly key: string
  /** Unpadded base64. */
  readonly signature: string
}

/** A request as it is signed. `uri` is path and query exactly as on the wire; `content` the body's JSON, absent without a body. */
export interface SignedParts {
  readonly destination: string
  readonly method: string
  readonly uri: string
  readonly content?: Json
}

export interface Signing extends SignedParts {
  readonly origin: string
  readonly key: SigningKey
}

/** The value of the Authorization header (server-server-api#request-authentication). */
export function signRequest(_request: Signing): string {
  throw new Error('not yet')
}

/** Undefined when the header is of another scheme, malformed, or lacks origin, key or signature. */
export function parseAuthorization(_header: string): XMatrix | undefined {
  throw new Error('not yet')
}

/** Whether the request is meant for `destination` and signed by its origin with a key that `keys` knows and that is not retired. */
export function verifyRequest(_claim: XMatrix, _request: SignedParts, _keys: KeyLookup): boolean {
  throw new Error('not yet')
}
