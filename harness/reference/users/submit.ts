import type { Json } from '../../matrix/event.ts'
import { uriOf } from '../../wire/endpoints.ts'
import { RemoteError, type RemoteRequest } from '../remote.ts'
import type { Services } from '../services.ts'

/**
 * Hands a signed membership to a server of its room, and answers what it says. Servers from before the second form of the
 * endpoints are given it by the first, which wraps its answer. Throws RemoteError.
 */
export async function submit(
  { remote }: Services,
  { server, operation }: { server: string; operation: 'sendJoin' | 'sendLeave' },
  request: RemoteRequest,
): Promise<Json> {
  try {
    return await remote.request(server, operation, request)
  } catch (error) {
    if (!isUnknown(error)) throw error
  }
  const { params, query, body = {} } = request
  const uri = uriOf(operation, params, query).replace('/v2/', '/v1/')
  const reply = await remote.reply({ destination: server, method: 'PUT', uri, body })
  const answer = Array.isArray(reply.json) && reply.json[0] === 200 ? reply.json[1] : undefined
  if (reply.status === 200 && answer !== undefined) return answer
  throw new RemoteError(server, `${operation} at ${server}: status ${reply.status}`, reply)
}

/** client-server-api#common-error-codes; servers of that time said nothing but the status. */
const isUnknown = (error: unknown): boolean =>
  error instanceof RemoteError &&
  [400, 404, 405].includes(error.status ?? 0) &&
  (error.errcode === 'M_UNRECOGNIZED' || (error.status === 404 && error.errcode === undefined))
