import type { Part } from '../../fixtures/schemas/lookup.ts'
import type { Body, Exchange } from '../journal/exchange.ts'
import type { Json } from '../matrix/event.ts'
import { JsonError, type JsonErrorCode } from '../matrix/json.ts'
import { operationOf } from '../wire/endpoints.ts'
import { parseBody } from '../wire/parse-body.ts'

/** What a body turned out to be. `unread`: cut in the journal, or beyond what the harness reads. */
export type Content =
  | { readonly kind: 'none' }
  | { readonly kind: 'unread' }
  | { readonly kind: 'json'; readonly value: Json }
  | { readonly kind: 'broken'; readonly code: JsonErrorCode; readonly message: string }

/** An exchange with its bodies parsed once. */
export interface Reading {
  readonly exchange: Exchange
  /** Path parameters of a known operation, unescaped. */
  readonly params: Readonly<Record<string, string>>
  readonly query: Readonly<Record<string, readonly string[]>>
  readonly request: Content
  readonly response: Content
}

/** What one server said in an exchange. */
export interface Side {
  readonly reading: Reading
  readonly part: Part
  /** Server name of who said it. */
  readonly speaker: string
  readonly content: Content
  readonly headers: Readonly<Record<string, string>>
  /** Of an answer. */
  readonly status: number | undefined
}

/** Paths where the standards of the server-server API hold, known operation or not (server-server-api#api-standards). */
const federation = /^\/_matrix\/(?:federation|key|policy)\//

export const isFederation = ({ exchange }: Reading): boolean => federation.test(exchange.uri)

/** Bodies and query of an exchange; whatever they hold, this does not throw. */
export function readExchange(exchange: Exchange): Reading {
  const { method, operation, uri, request, response } = exchange
  return {
    exchange,
    params: operationOf(method, uri)?.params ?? {},
    query: readQuery(uri),
    request: readContent(request.body, 'request', operation),
    response:
      response === undefined ? { kind: 'none' } : readContent(response.body, 'response', operation),
  }
}

/** The two sides, the request first. An answer that the fabric gave or touched is nobody's. */
export function sidesOf(reading: Reading): readonly Side[] {
  const { exchange, request, response } = reading
  const asked: Side = {
    reading,
    part: 'request',
    speaker: exchange.from,
    content: request,
    headers: exchange.request.headers,
    status: undefined,
  }
  if (exchange.response === undefined || exchange.fault !== undefined) return [asked]
  const { status, headers } = exchange.response
  return [
    asked,
    { reading, part: 'response', speaker: exchange.to, content: response, headers, status },
  ]
}

/** The value of a side that is JSON, else undefined. */
export const jsonOf = ({ content }: Side): Json | undefined =>
  content.kind === 'json' ? content.value : undefined

function readContent(body: Body, part: Part, operation: string | undefined): Content {
  if (body.length === 0) return { kind: 'none' }
  if (body.truncated || body.bytes.length < body.length) return { kind: 'unread' }
  try {
    return { kind: 'json', value: parseBody(body.bytes, { operation, part }) }
  } catch (error) {
    if (!(error instanceof JsonError)) throw error
    const { code, message } = error
    return code === 'depth' || code === 'size'
      ? { kind: 'unread' }
      : { kind: 'broken', code, message }
  }
}

function readQuery(uri: string): Record<string, readonly string[]> {
  const start = uri.indexOf('?')
  if (start < 0) return {}
  const pairs = new URLSearchParams(uri.slice(start + 1))
  return Object.fromEntries([...new Set(pairs.keys())].map((key) => [key, pairs.getAll(key)]))
}
