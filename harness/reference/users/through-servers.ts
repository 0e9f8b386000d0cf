import { MatrixError, notFound } from '../errors.ts'
import { asClientError } from './remote-refusal.ts'

/**
 * Does through one server after the other what one of them has to do. Throws what the last one said that said anything; where
 * none answered, that.
 */
export async function throughServers<T>(
  roomId: string,
  servers: readonly string[],
  attempt: (server: string) => Promise<T>,
): Promise<T> {
  let refusal: MatrixError | undefined
  for (const server of servers) {
    try {
      return await attempt(server)
    } catch (error) {
      const told = asClientError(error)
      if (!(told instanceof MatrixError)) throw error
      if (refusal === undefined || told.status !== badGateway) refusal = told
    }
  }
  throw refusal ?? notFound(`no server is known for ${roomId}`)
}

const badGateway = 502
