import { type Handler, missing, ok } from './handler.ts'
import { pdusOf } from '../../matrix/write-body.ts'
import { checkVersion, template } from './joining.ts'
import { membershipIn, residentRoom, takeIn, userOfOrigin } from './membership.ts'

/** server-server-api#get_matrixfederationv1make_knockroomiduserid */
export const makeKnock: Handler = (services, inbound) => {
  const versions = inbound.query['ver']
  if (versions === undefined) throw missing('ver')
  const room = residentRoom(services, inbound)
  const user = userOfOrigin(inbound)
  checkVersion(room, versions)
  return ok(template(services, room, { user, content: { membership: 'knock' } }))
}

/** server-server-api#put_matrixfederationv1send_knockroomideventid */
export const sendKnock: Handler = async (services, inbound) => {
  const room = residentRoom(services, inbound)
  const wanted = { version: room.version, membership: 'knock', json: inbound.body }
  const event = await membershipIn(services, inbound, wanted)
  await takeIn(services, room, { event, origin: inbound.origin })
  return ok({ knock_room_state: pdusOf(services.parts.making.invitationState(room)) })
}
