import { invalidParam, notFound } from '../errors.ts'
import { closestTo } from '../rooms/timestamps.ts'
import { type Handler, ok, queried, roomFor } from './handler.ts'

/** server-server-api#get_matrixfederationv1timestamp_to_eventroomid */
export const timestampToEvent: Handler = (services, inbound) => {
  const ts = queried(inbound, 'ts')
  const dir = queried(inbound, 'dir')
  if (!/^-?\d{1,15}$/.test(ts)) throw invalidParam('ts is no time in milliseconds')
  if (dir !== 'f' && dir !== 'b') throw invalidParam('dir is neither f nor b')
  const room = roomFor(services, inbound)
  const { access } = services.parts
  const node = closestTo(
    room,
    { ts: Number(ts), dir },
    (one) => access.shownTo(room, inbound.origin, one) === one.event,
  )
  if (node === undefined) throw notFound('there is no event in that direction')
  return ok({ event_id: node.event.id, origin_server_ts: node.event.pdu.origin_server_ts })
}
