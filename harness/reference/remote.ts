import { integerAt, stringAt } from '../matrix/content.ts'
import type { Json, JsonObject } from '../matrix/event.ts'
import { isServerName } from '../matrix/identifiers.ts'
import { isObject } from '../matrix/json.ts'
import type { WireClient, WireReply, WireRequest } from '../wire/client.ts'
import type { OperationName, Query } from '../wire/endpoints.ts'
import { WireError } from '../wire/wire-error.ts'

interface Reply {
  readonly status?: number
  readonly json?: Json | undefined
  readonly headers?: Readonly<Record<string, string>>
  readonly ending?: WireError['code']
}

/** Another server said no, or nothing. */
export class RemoteError extends Error {
  override readonly name = 'RemoteError'
  readonly code = 'remote'
  readonly server: string
  /** Absent: there was no complete answer. */
  readonly status: number | undefined
  readonly errcode: string | undefined
  readonly body: JsonObject | undefined
  /** Why there was no complete answer. */
  readonly ending: WireError['code'] | undefined
  /** How long not to ask again, where the server said so. */
  readonly retryAfterMs: number | undefined

  constructor(server: string, message: string, reply: Reply = {}) {
    super(message)
    this.server = server
    this.status = reply.status
    this.retryAfterMs = retryAfterOf(reply)
    this.ending = reply.ending
    this.body = isObject(reply.json) ? reply.json : undefined
    this.errcode = stringAt(this.body, 'errcode')
  }
}

/** RFC 9110, Retry-After: seconds or a date, which is taken by the other server's own clock where that is told. */
function retryAfterOf({ status, json, headers = {} }: Reply): number | undefined {
  if (status !== 429 && status !== 503) return undefined
  const said = headers['retry-after']
  if (said === undefined) return integerAt(isObject(json) ? json : undefined, 'retry_after_ms')
  if (/^\d{1,9}$/.test(said)) return Number(said) * 1_000
  const now = Date.parse(headers['date'] ?? '')
  const then = Date.parse(said)
  return Number.isNaN(then) ? undefined : Math.max(0, then - (Number.isNaN(now) ? Date.now() : now))
}

export interface RemoteRequest {
  readonly params?: Readonly<Record<string, string>>
  readonly query?: Query
  readonly body?: JsonObject
  readonly timeoutMs?: number
  readonly signal?: AbortSignal
}

/** Requests of this server to others. */
export class Remote {
  readonly name: string
  readonly #client: WireClient
  readonly #timeoutMs: number

  constructor(client: WireClient, timeoutMs: number) {
    this.name = client.name
    this.#client = client
    this.#timeoutMs = timeoutMs
  }

  /** The body of a 200; throws RemoteError for everything else. */
  async request(
    server: string,
    operation: OperationName,
    request: RemoteRequest = {},
  ): Promise<Json> {
    const reply = await this.reply({ ...request, destination: server, operation })
    if (reply.status === 200 && reply.json !== undefined) return reply.json
    const what = reply.status === 200 ? 'an answer that is not JSON' : `status ${reply.status}`
    throw new RemoteError(server, `${operation} at ${server}: ${what}`, reply)
  }

  /** Whatever was answered; throws RemoteError where nothing was, or nothing whole. */
  async reply(request: WireRequest): Promise<WireReply> {
    const { destination, operation = 'a request' } = request
    if (!isServerName(destination))
      throw new RemoteError(destination, `${destination} is no server name`)
    return this.#client
      .request({ timeoutMs: this.#timeoutMs, ...request })
      .catch((error: unknown) => {
        if (error instanceof WireError)
          throw new RemoteError(destination, `${operation} at ${destination}: ${error.message}`, {
            ending: error.code,
          })
        throw error
      })
  }

  /** JSON behind an HTTPS URL that somebody else named, unsigned; undefined where there is none. */
  async tryUrl(text: string): Promise<Json | undefined> {
    const url = URL.canParse(text) ? new URL(text) : undefined
    if (url?.protocol !== 'https:' || url.username !== '') return undefined
    const reply = await this.#client
      .request({
        timeoutMs: this.#timeoutMs,
        destination: url.port === '' ? `${url.host}:443` : url.host,
        method: 'GET',
        uri: `${url.pathname}${url.search}`,
        sign: false,
      })
      .catch((error: unknown) => {
        if (!(error instanceof WireError)) throw error
      })
    return reply?.status === 200 ? reply.json : undefined
  }

  /** Undefined instead of a RemoteError. */
  async tryRequest(
    server: string,
    operation: OperationName,
    request: RemoteRequest = {},
  ): Promise<Json | undefined> {
    try {
      return await this.request(server, operation, request)
    } catch (error) {
      if (error instanceof RemoteError) return undefined
      throw error
    }
  }
}
