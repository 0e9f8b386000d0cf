import { stringAt } from '../matrix/content.ts'
import type { Json, JsonObject } from '../matrix/event.ts'
import { isServerName } from '../matrix/identifiers.ts'
import { isObject } from '../matrix/json.ts'
import type { SigningKey } from '../matrix/signing-key.ts'
import type { WireClient } from '../wire/client.ts'
import type { OperationName, Query } from '../wire/endpoints.ts'
import { WireError } from '../wire/wire-error.ts'

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

  constructor(
    server: string,
    message: string,
    reply: { status?: number; json?: Json | undefined; ending?: WireError['code'] } = {},
  ) {
    super(message)
    this.server = server
    this.status = reply.status
    this.ending = reply.ending
    this.body = isObject(reply.json) ? reply.json : undefined
    this.errcode = stringAt(this.body, 'errcode')
  }
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
  readonly key: SigningKey
  readonly #client: WireClient
  readonly #timeoutMs: number

  constructor(client: WireClient, key: SigningKey, timeoutMs: number) {
    this.name = client.name
    this.key = key
    this.#client = client
    this.#timeoutMs = timeoutMs
  }

  /** The body of a 200; throws RemoteError for everything else. */
  async request(
    server: string,
    operation: OperationName,
    request: RemoteRequest = {},
  ): Promise<Json> {
    if (!isServerName(server)) throw new RemoteError(server, `${server} is no server name`)
    const reply = await this.#client
      .request({ timeoutMs: this.#timeoutMs, ...request, destination: server, operation })
      .catch((error: unknown) => {
        if (error instanceof WireError)
          throw new RemoteError(server, `${operation} at ${server}: ${error.message}`, {
            ending: error.code,
          })
        throw error
      })
    if (reply.status === 200 && reply.json !== undefined) return reply.json
    const what = reply.status === 200 ? 'an answer that is not JSON' : `status ${reply.status}`
    throw new RemoteError(server, `${operation} at ${server}: ${what}`, reply)
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
