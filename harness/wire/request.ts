import type { Dispatcher } from 'undici'
import type { Journal } from '../journal/journal.ts'
import type { Json } from '../matrix/event.ts'
import { JsonError, parseJson } from '../matrix/json.ts'
import type { SigningKey } from '../matrix/signing-key.ts'
import type { Place } from './destination.ts'
import type { Dialling } from './dialling.ts'
import { operationNamed, operationOf, type Query, uriOf } from './endpoints.ts'
import type { Gatekeeper } from './gatekeeper.ts'
import type { Headers } from './headers.ts'
import { contentText, signRequest } from './x-matrix.ts'

export interface ClientLimits {
  /** Bytes of an answer's body; more is garbage. */
  readonly bodyBytes: number
  /** Bytes of an answer's status line and headers; more is garbage. */
  readonly headerBytes: number
  readonly connectMs: number
  /** Milliseconds until the answer's headers are there. */
  readonly headersMs: number
  /** Milliseconds between two pieces of an answer's body. */
  readonly bodyMs: number
  /** Milliseconds for the whole exchange, unless the request says otherwise. */
  readonly totalMs: number
  /** Connections per destination. */
  readonly connections: number
}

export interface ClientOptions extends Dialling {
  /** Our server name: the origin of every request. */
  readonly name: string
  readonly key: SigningKey
  readonly journal: Journal
  readonly check?: string
  readonly gatekeeper?: Gatekeeper
  /** Asked first; undefined: names with a port and IP literals are used as they are, others are refused. */
  readonly resolve?: (destination: string) => Promise<Place | undefined>
  readonly limits?: Partial<ClientLimits>
}

export interface WireRequest {
  readonly destination: string
  /** Name in endpoints.ts; for another path give `method` and `uri`. */
  readonly operation?: string
  readonly method?: Dispatcher.HttpMethod
  /** Path and query as they go on the wire, instead of `params` and `query`. */
  readonly uri?: string
  readonly params?: Readonly<Record<string, string>>
  readonly query?: Query
  readonly body?: Json
  /** Body as it is, for one that is no JSON; never together with `body`. */
  readonly bytes?: Uint8Array
  /** Absent: as the operation demands; unknown operations are signed. */
  readonly sign?: boolean
  /** Sign with this key, and in this name where one is given, instead of our own. */
  readonly signer?: { readonly key: SigningKey; readonly origin?: string }
  readonly timeoutMs?: number
  /** The request breaks a rule on purpose. */
  readonly deliberate?: boolean
  readonly signal?: AbortSignal
  /** Changes the headers after signing. */
  readonly mangle?: (headers: Headers) => Headers
}

export interface WireReply {
  readonly status: number
  /** Names in lower case; repeated headers joined by commas. */
  readonly headers: Readonly<Record<string, string>>
  readonly body: Uint8Array
  /** The parsed body; undefined where it is not JSON. */
  readonly json: Json | undefined
  /** Why `json` is undefined though the body claims to be JSON. */
  readonly jsonError?: string
  readonly exchange: number
}

/** A request as it goes on the wire. */
export interface Prepared {
  readonly operation?: string
  readonly method: Dispatcher.HttpMethod
  readonly uri: string
  readonly headers: Headers
  readonly bytes: Uint8Array
}

/** Escapes, serialises and signs. Throws TypeError for an unknown operation or a missing parameter. */
export function prepare(client: ClientOptions, request: WireRequest): Prepared {
  const { signed, ...line } = lineOf(request)
  const text = request.body === undefined ? undefined : contentText(request.body)
  const bytes = text === undefined ? (request.bytes ?? new Uint8Array()) : Buffer.from(text)
  const headers: Headers = {
    host: request.destination,
    ...(bytes.length > 0 && { 'content-type': 'application/json' }),
    ...((request.sign ?? signed) && {
      authorization: authorization(client, request, { ...line, text }),
    }),
  }
  return {
    ...line,
    headers: request.mangle?.(headers) ?? headers,
    bytes,
  }
}

function authorization(
  { key, name }: ClientOptions,
  request: WireRequest,
  { method, uri, text }: Pick<Line, 'method' | 'uri'> & { readonly text: string | undefined },
): string {
  return signRequest({
    origin: request.signer?.origin ?? name,
    key: request.signer?.key ?? key,
    destination: request.destination,
    method,
    uri,
    ...(text === undefined ? contentOf(request) : { text }),
  })
}

interface Line extends Pick<Prepared, 'operation' | 'method' | 'uri'> {
  readonly signed: boolean
}

function lineOf({ method, operation, params, query, uri }: WireRequest): Line {
  if (operation !== undefined) {
    const known = operationNamed(operation)
    if (known === undefined) throw new TypeError(`there is no operation ${operation}`)
    return {
      operation,
      method: method ?? known.method,
      uri: uri ?? uriOf(known, params, query),
      signed: known.signed,
    }
  }
  if (uri === undefined) throw new TypeError('a request needs an operation or a uri')
  const matched = operationOf(method ?? 'GET', uri)?.operation
  return {
    ...(matched && { operation: matched.name }),
    method: method ?? 'GET',
    uri,
    signed: matched?.signed ?? true,
  }
}

/** What is signed of a body of bytes; nothing of one that is not JSON. */
function contentOf({ bytes }: WireRequest): { content?: Json } {
  if (bytes === undefined || bytes.length === 0) return {}
  try {
    return { content: parseJson(bytes, { refuse: 'nothing' }) }
  } catch (error) {
    if (error instanceof JsonError) return {}
    throw error
  }
}
