import { isObject, JsonError } from '../matrix/json.ts'
import type { JsonObject } from '../matrix/event.ts'
import { type Matched, type OperationName, operationOf } from '../wire/endpoints.ts'
import { parseBody } from '../wire/parse-body.ts'
import type { InboundRequest, OutboundReply } from '../wire/server.ts'
import { parseAuthorization } from '../wire/x-matrix.ts'
import { MatrixError } from './errors.ts'
import { formerly } from './former-paths.ts'
import type { Handler } from './handlers/handler.ts'
import { type RequestParts, unauthorized } from './request-auth.ts'
import type { Services } from './services.ts'

const maxDepth = 200

/** Answers what comes in under /_matrix/federation and /_matrix/key: routing, authentication, body, then the handler. */
export class Federation {
  readonly #services: Services
  readonly #handlers: ReadonlyMap<string, Handler>
  readonly #parts: RequestParts

  constructor(
    services: Services,
    parts: {
      handlers: Readonly<Partial<Record<OperationName, Handler>>>
      requests: RequestParts
    },
  ) {
    this.#services = services
    this.#handlers = new Map(Object.entries(parts.handlers))
    this.#parts = parts.requests
  }

  async answer(request: InboundRequest): Promise<OutboundReply> {
    try {
      return await this.#handle(request)
    } catch (error) {
      if (!(error instanceof MatrixError)) throw error
      return { status: error.status, json: error.body }
    }
  }

  async #handle(request: InboundRequest): Promise<OutboundReply> {
    const former = request.operation === undefined ? formerly(request) : undefined
    const matched = former ?? matchedIn(request)
    if (matched === undefined) throw unrecognized(request)
    const { operation, params } = matched
    const handler = this.#handlers.get(operation.name)
    if (handler === undefined) throw new MatrixError(404, 'M_UNRECOGNIZED', 'not implemented here')
    const body = bodyOf(request)
    const origin = operation.signed
      ? await this.#authenticate(request, body)
      : (request.claimedOrigin ?? '?')
    const outcome = await handler(this.#services, {
      operation: operation.name,
      origin,
      params,
      query: request.query,
      headers: request.headers,
      body: body ?? {},
      exchange: request.exchange,
    })
    // Whoever is told that something was taken in will not send it again.
    if (request.method !== 'GET') await this.#services.store.durable()
    return former?.answered(outcome) ?? outcome
  }

  /** server-server-api#request-authentication: answers who it is. */
  async #authenticate(request: InboundRequest, content: JsonObject | undefined): Promise<string> {
    const header = request.headers['authorization']
    const claim = header === undefined ? undefined : parseAuthorization(header)
    if (claim === undefined) return this.#parts.unsigned(request)
    const { name, keys, sender, clock } = this.#services
    if (claim.destination !== undefined && claim.destination !== name)
      throw unauthorized(`the request is meant for ${claim.destination}`)
    await keys.obtain([{ server: claim.origin, keyId: claim.key, at: clock() }])
    const { method, uri } = request
    const parts = { destination: name, method, uri, ...(content === undefined ? {} : { content }) }
    if (!this.#parts.verify(claim, parts, keys.active)) throw unauthorized('the signature is wrong')
    sender.wake(claim.origin)
    return claim.origin
  }
}

const matchedIn = ({ operation, params }: InboundRequest): Matched | undefined =>
  operation === undefined ? undefined : { operation, params }

/** client-server-api#common-error-codes: 405 where the path is known with another method. */
function unrecognized({ uri }: InboundRequest): MatrixError {
  const known = ['GET', 'PUT', 'POST'].some((method) => operationOf(method, uri) !== undefined)
  return known
    ? new MatrixError(405, 'M_UNRECOGNIZED', 'the method is not supported here')
    : new MatrixError(404, 'M_UNRECOGNIZED', 'there is no such endpoint')
}

function bodyOf({ method, body, operation }: InboundRequest): JsonObject | undefined {
  if (method === 'GET') return undefined
  try {
    const json = parseBody(body, { operation: operation?.name, part: 'request', maxDepth })
    if (isObject(json)) return json
    throw new MatrixError(400, 'M_BAD_JSON', 'the body is no object')
  } catch (error) {
    if (!(error instanceof JsonError)) throw error
    const isJson = error.code !== 'syntax' && error.code !== 'utf8'
    throw new MatrixError(400, isJson ? 'M_BAD_JSON' : 'M_NOT_JSON', error.message)
  }
}
