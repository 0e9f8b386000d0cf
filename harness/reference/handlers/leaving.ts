import { forbidden } from '../errors.ts'
import { type Handler, ok } from './handler.ts'
import { template } from './joining.ts'
import { membershipIn, residentRoom, takeIn, userOfOrigin } from './membership.ts'

/** server-server-api#get_matrixfederationv1make_leaveroomiduserid */
export const makeLeave: Handler = (services, inbound) => {
  const room = residentRoom(services, inbound)
  const user = userOfOrigin(inbound)
  if (!['join', 'invite', 'knock'].includes(room.membership(user)))
    throw forbidden(`${user} is not in the room`)
  return ok(template(services, room, { user, content: { membership: 'leave' } }))
}

/** server-server-api#put_matrixfederationv2send_leaveroomideventid */
export const sendLeave: Handler = async (services, inbound) => {
  const room = residentRoom(services, inbound)
  const wanted = { version: room.version, membership: 'leave', json: inbound.body }
  const event = await membershipIn(services, inbound, wanted)
  await takeIn(services, room, { event, origin: inbound.origin })
  return ok({})
}
