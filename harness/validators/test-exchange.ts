import type { Body, Exchange } from '../journal/exchange.ts'
import { roomVersion } from '../matrix/room-version.ts'
import { type OperationName, operations, uriOf } from '../wire/endpoints.ts'
import type { ValidationContext } from './validate.ts'
import { keyOf, keys, peer, target } from './test-story.ts'

export interface TestExchange {
  readonly operation: OperationName
  /** Absent: the peer asks the target. */
  readonly from?: string
  readonly params?: Readonly<Record<string, string>>
  readonly query?: Readonly<Record<string, string | readonly string[]>>
  /** Objects are written as JSON, strings are taken as they are. */
  readonly request?: unknown
  readonly response?: unknown
  readonly status?: number
  readonly headers?: Readonly<Record<string, string>>
  readonly requestHeaders?: Readonly<Record<string, string>>
  readonly deliberate?: boolean
  readonly fault?: string
}

const json = { 'content-type': 'application/json' }
let last = 0

/** A complete exchange between peer and target. */
export function exchangeOf(test: TestExchange): Exchange {
  const { operation, from = peer, params, query, status = 200 } = test
  const { method } = operations[operation]
  const request = bodyOf(test.request)
  last += 1
  return {
    kind: 'exchange',
    id: last,
    from,
    to: from === peer ? target : peer,
    seenBy: from === peer ? 'requester' : 'receiver',
    method,
    uri: uriOf(operation, params, query),
    operation,
    request: { headers: test.requestHeaders ?? (request.length > 0 ? json : {}), body: request },
    response: { status, headers: test.headers ?? json, body: bodyOf(test.response) },
    startedAt: last,
    endedAt: last + 1,
    ending: 'answered',
    ...(test.deliberate === undefined ? {} : { deliberate: test.deliberate }),
    ...(test.fault === undefined ? {} : { fault: test.fault }),
  }
}

function bodyOf(value: unknown): Body {
  const bytes = value instanceof Uint8Array ? value : Buffer.from(textOf(value))
  return { bytes, length: bytes.length, truncated: false }
}

function textOf(value: unknown): string {
  if (value === undefined) return ''
  return typeof value === 'string' ? value : JSON.stringify(value)
}

/** One target, one peer of ours, whose keys are known. */
export const context: ValidationContext = {
  targets: [target],
  ours: [peer],
  roomVersionOf: () => undefined,
  keys: (server, keyId) =>
    keys[server]?.keyId === keyId
      ? { publicKey: keyOf(server).publicKey, validUntil: Number.MAX_SAFE_INTEGER }
      : undefined,
}

/** The context in which every room is of that version. */
export const contextOf = (version: string): ValidationContext => ({
  ...context,
  roomVersionOf: () => roomVersion(version),
})
