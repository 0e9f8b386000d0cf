import { stringAt } from '../../matrix/content.ts'
import { MatrixError, PassedOn } from '../errors.ts'
import { RemoteError } from '../remote.ts'

/** These say that our own request was wrong, so the user is told of a fault that is not theirs (server-server-api#joining-rooms). */
const ourFault = new Set(['M_MISSING_PARAM', 'M_INVALID_PARAM'])

/** What a user is told when another server refused or did not answer; anything but a RemoteError is answered as it is. */
export function asClientError(error: unknown): unknown {
  if (!(error instanceof RemoteError)) return error
  const { status, errcode, body } = error
  const isRefusal = status !== undefined && status >= 400 && status < 500 && status !== 401
  if (!isRefusal || errcode === undefined || ourFault.has(errcode))
    return new MatrixError(502, 'M_UNKNOWN', error.message)
  const version = stringAt(body, 'room_version')
  return new PassedOn(
    status,
    errcode,
    stringAt(body, 'error') ?? error.message,
    version === undefined ? {} : { room_version: version },
  )
}
