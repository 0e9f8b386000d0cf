import { stringAt } from '../../matrix/content.ts'
import { forbidden, MatrixError, notFound } from '../errors.ts'
import { isSubjectToPolicy, policyOf } from '../policy/policy.ts'
import type { Room } from '../rooms/room.ts'
import type { Services } from '../services.ts'
import { type Handler, type Inbound, ok } from './handler.ts'

/** server-server-api#post_matrixpolicyv1sign */
export const policySign: Handler = async (services, inbound) => {
  const { service } = services.parts.policy
  if (service === undefined)
    throw new MatrixError(404, 'M_UNRECOGNIZED', 'this server is no policy server')
  const room = protectedRoom(services, inbound)
  const [read] = await services.inspector.inspect([inbound.body], {
    version: room.version,
    via: inbound.origin,
  })
  if (read?.event === undefined) {
    // With an id it was an event, but its signature is bad.
    const errcode = read?.id === undefined ? 'M_BAD_JSON' : 'M_FORBIDDEN'
    throw new MatrixError(400, errcode, read?.problem ?? 'there is no event')
  }
  if (!isSubjectToPolicy(read.event) || read.redacted)
    throw new MatrixError(400, 'M_FORBIDDEN', 'such an event is not signed here')
  return ok(await service(read.event, services.name))
}

function protectedRoom(services: Services, { body, origin }: Inbound): Room {
  const roomId = stringAt(body, 'room_id')
  if (roomId === undefined) throw new MatrixError(400, 'M_BAD_JSON', 'the event names no room')
  const room = services.rooms.joined(roomId)
  if (room === undefined || policyOf(room)?.server !== services.name)
    throw notFound('this server does not protect that room')
  if (!services.parts.access.allowed(room, origin))
    throw forbidden(`the room's access list denies ${origin}`)
  return room
}
