import { createSecureContext } from 'node:tls'
import { Pool, errors } from 'undici'
import type { Dispatcher } from 'undici'
import type { Json } from '../matrix/event.ts'
import { isObject, JsonError, member, parseJson } from '../matrix/json.ts'

const ANSWER_BYTES = 64 * 1024 * 1024
const HEADER_BYTES = 64 * 1024
const TIMEOUT_MS = 60_000
const MOST_DEEP = 200

export type Method = 'GET' | 'POST' | 'PUT' | 'DELETE'

export interface Call {
  readonly method: Method
  /** Path and query, escaped. */
  readonly path: string
  readonly token?: string
  readonly body?: Json
  /** For everything from the request to the last byte; absent: a minute. */
  readonly timeoutMs?: number
  readonly signal?: AbortSignal
}

export interface Answered {
  readonly status: number
  readonly headers: Readonly<Record<string, string | readonly string[] | undefined>>
  /** Undefined where the body is not JSON. */
  readonly json: Json | undefined
  /** Why it is not. */
  readonly problem?: string
}

export type CallFailure = 'unreachable' | 'tls' | 'timeout' | 'too-large' | 'abandoned'

/** There was no complete answer. */
export class CallError extends Error {
  override readonly name = 'CallError'
  readonly code: CallFailure

  constructor(code: CallFailure, message: string, cause: unknown) {
    super(message, { cause })
    this.code = code
  }
}

/** HTTPS to one server, trusting one authority. Every answer is bounded in size and time. */
export class ClientApi {
  readonly #pool: Pool

  /** `baseUrl` as in `https://127.1.2.3:8448`; `ca` in PEM. */
  constructor(baseUrl: string, ca: string) {
    this.#pool = new Pool(baseUrl, {
      connect: { secureContext: createSecureContext({ ca }), timeout: 10_000 },
      connections: 128,
      pipelining: 1,
      maxHeaderSize: HEADER_BYTES,
      maxResponseSize: ANSWER_BYTES,
    })
  }

  async call(call: Call): Promise<Answered> {
    const deadline = AbortSignal.timeout(Math.ceil(call.timeoutMs ?? TIMEOUT_MS))
    const signal = call.signal ? AbortSignal.any([call.signal, deadline]) : deadline
    try {
      const answer = await this.#pool.request({
        method: call.method,
        path: call.path,
        headers: headersOf(call),
        body: call.body === undefined ? null : JSON.stringify(call.body),
        headersTimeout: 0,
        bodyTimeout: 0,
        signal,
      })
      return { status: answer.statusCode, headers: answer.headers, ...(await readJson(answer)) }
    } catch (error) {
      throw asCallError(error, call)
    }
  }

  async close(): Promise<void> {
    await this.#pool.destroy()
  }
}

/** A value inside an answer; undefined where there is none. */
export function valueIn(json: Json | undefined, ...path: readonly string[]): Json | undefined {
  return path.reduce<Json | undefined>(
    (value, key) => (isObject(value) ? member(value, key) : undefined),
    json,
  )
}

/** The same for a text. */
export function textIn(json: Json | undefined, ...path: readonly string[]): string | undefined {
  const value = valueIn(json, ...path)
  return typeof value === 'string' ? value : undefined
}

function headersOf(call: Call): Record<string, string> {
  return {
    ...(call.token === undefined ? {} : { authorization: `Bearer ${call.token}` }),
    ...(call.body === undefined ? {} : { 'content-type': 'application/json' }),
  }
}

async function readJson(
  answer: Dispatcher.ResponseData,
): Promise<Pick<Answered, 'json' | 'problem'>> {
  const bytes = new Uint8Array(await answer.body.arrayBuffer())
  try {
    return { json: parseJson(bytes, { maxDepth: MOST_DEEP, refuse: 'nothing' }) }
  } catch (error) {
    if (!(error instanceof JsonError)) throw error
    return { json: undefined, problem: bytes.length === 0 ? 'it is empty' : error.message }
  }
}

function asCallError(error: unknown, call: Call): CallError {
  const what = `${call.method} ${call.path.split('?', 1)[0]}`
  const failure = failureOf(error, call)
  if (failure === 'timeout') {
    const bound = Math.round(call.timeoutMs ?? TIMEOUT_MS)
    return new CallError(failure, `${what}: no complete answer within ${bound} ms`, error)
  }
  const reason = error instanceof Error ? error.message : String(error)
  return new CallError(failure, `${what}: ${reason}`, error)
}

function failureOf(error: unknown, call: Call): CallFailure {
  if (call.signal?.aborted) return 'abandoned'
  if (error instanceof Error && (error.name === 'TimeoutError' || error.name === 'AbortError')) {
    return 'timeout'
  }
  if (error instanceof errors.ResponseExceededMaxSizeError) return 'too-large'
  const code = error instanceof Error && 'code' in error ? error.code : undefined
  return typeof code === 'string' && /SSL|CERT|TLS|EPROTO|SELF_SIGNED|VERIFY/.test(code)
    ? 'tls'
    : 'unreachable'
}
