import { CanonicalJsonError, canonicalJson } from '../matrix/canonical-json.ts'
import type { Json } from '../matrix/event.ts'
import { isObject } from '../matrix/json.ts'
import type { KeyLookup } from '../matrix/sign-event.ts'
import { type SigningKey, verifySignature } from '../matrix/signing-key.ts'

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
  /** The content as `contentText` writes it, where that is at hand. */
  readonly text?: string
  readonly origin: string
  readonly key: SigningKey
}

/** The value of the Authorization header (server-server-api#request-authentication). */
export function signRequest(request: Signing): string {
  const { origin, destination, key } = request
  const signature = key.sign(signedText(origin, request))
  const said = { origin, destination, key: key.keyId, sig: signature }
  // One space, lower case, no space around commas: what older servers need.
  const list = Object.entries(said).map(([name, value]) => `${name}=${quoted(value)}`)
  return `X-Matrix ${list.join(',')}`
}

function quoted(value: string): string {
  return `"${value.replace(/["\\]/g, '\\$&')}"`
}

/** The text under the signature: canonical JSON, its keys in order. */
function signedText(origin: string, request: SignedParts & Pick<Signing, 'text'>): string {
  const { content, destination, method, uri } = request
  const rest = canonicalJson({ destination, method, origin, uri })
  const { text = content === undefined ? undefined : contentText(content) } = request
  return text === undefined ? rest : `{"content":${text},${rest.slice(1)}`
}

/**
 * A body in the form that is signed: canonical JSON, with such numbers as events of old room versions hold. A body that has
 * no canonical form (a lone surrogate) still has to be signed, so that a receiver refuses it for what it holds: keys sorted,
 * values as JSON.stringify writes them.
 */
export function contentText(content: Json): string {
  try {
    return canonicalJson(content, 'any')
  } catch (error) {
    if (!(error instanceof CanonicalJsonError) || error.code === 'depth') throw error
    return sorted(content)
  }
}

function sorted(value: Json): string {
  if (Array.isArray(value)) return `[${value.map(sorted).join(',')}]`
  if (!isObject(value)) return JSON.stringify(value)
  const keys = Object.keys(value).toSorted((a, b) => Buffer.compare(Buffer.from(a), Buffer.from(b)))
  return `{${keys.map((key) => `${JSON.stringify(key)}:${sorted(value[key] ?? null)}`).join(',')}}`
}

/** `X-Matrix` and at least one space; schemes are case insensitive (RFC 9110 11.1). */
const scheme = /^x-matrix +/i

/** One auth-param of RFC 9110 11.2 with what may stand around it. A value may hold colons without quotes: so demands the clause. */
const parameter =
  /([!#$%&'*+.^_`|~\w-]+)[ \t]*=[ \t]*(?:"((?:[^"\\]|\\.)*)"|([!#$%&'*+.^_`|~\w:-]+))[ \t]*(?:,|$)/y
const emptyElement = /[ \t]*(?:,|$)/y

/** Undefined when the header is of another scheme, malformed, or lacks origin, key or signature. */
export function parseAuthorization(header: string): XMatrix | undefined {
  const start = scheme.exec(header)
  if (start === null) return undefined
  const found = parameters(header, start[0].length)
  const origin = found?.get('origin')
  const key = found?.get('key')
  // The clause's list says `signature`, its example and every server `sig`.
  const signature = found?.get('sig') ?? found?.get('signature')
  if (!origin || !key || !signature) return undefined
  const destination = found?.get('destination')
  return { origin, key, signature, ...(destination !== undefined && { destination }) }
}

/** Undefined where the list is malformed or names a parameter twice. */
function parameters(header: string, start: number): Map<string, string> | undefined {
  const found = new Map<string, string>()
  for (let at = start; at < header.length; ) {
    const match = sticky(parameter, header, at) ?? sticky(emptyElement, header, at)
    if (match === null) return undefined
    at += match[0].length
    // Zero or more spaces and tabs after a comma.
    while (header[at] === ' ' || header[at] === '\t') at += 1
    const name = match[1]?.toLowerCase()
    if (name === undefined) continue
    if (found.has(name)) return undefined
    found.set(name, match[2]?.replace(/\\(.)/g, '$1') ?? match[3] ?? '')
  }
  return found
}

function sticky(pattern: RegExp, text: string, at: number): RegExpExecArray | null {
  pattern.lastIndex = at
  return pattern.exec(text)
}

/** Whether the request is meant for `destination` and signed by its origin with a key that `keys` knows and that is not retired. */
export function verifyRequest(claim: XMatrix, request: SignedParts, keys: KeyLookup): boolean {
  if (claim.destination !== undefined && claim.destination !== request.destination) return false
  const key = keys(claim.origin, claim.key)
  if (key === undefined || key.expired !== undefined) return false
  return verifySignature(key.publicKey, signedText(claim.origin, request), claim.signature)
}
