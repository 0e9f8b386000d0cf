import { stringAt, valueAt } from '../../matrix/content.ts'
import type { Json, JsonObject } from '../../matrix/event.ts'
import { serverNameOf } from '../../matrix/identifiers.ts'
import { isObject } from '../../matrix/json.ts'
import { forbidden, invalidParam, MatrixError, notFound } from '../errors.ts'
import { RemoteError } from '../remote.ts'
import type { Services } from '../services.ts'
import { redeem, redeemHere, signedIn, type ThirdPartyInvite } from '../users/third-party.ts'
import { type Handler, type Inbound, missing, ok, param } from './handler.ts'
import { residentRoom } from './membership.ts'

/** server-server-api#put_matrixfederationv1exchange_third_party_inviteroomid */
export const exchangeThirdPartyInvite: Handler = async (services, inbound) => {
  const invitation = invitationIn(services, inbound)
  const room = residentRoom(services, inbound)
  await redeem(services, room, invitation)
  return ok({})
}

function invitationIn(services: Services, inbound: Inbound): ThirdPartyInvite {
  const { body, origin } = inbound
  const [type, roomId, sender, mxid] = ['type', 'room_id', 'sender', 'state_key'].map((name) =>
    text(body, name),
  )
  const content = body['content']
  if (content === undefined) throw missing('content')
  const third = valueAt(content, 'third_party_invite')
  if (third === undefined) throw missing('content.third_party_invite')
  if (type !== 'm.room.member') throw invalidParam('the type is not m.room.member')
  if (roomId !== param(inbound, 'roomId')) throw invalidParam('the room is not the one in the path')
  if (stringAt(content, 'membership') !== 'invite')
    throw invalidParam('the membership is not invite')
  const signed = signedIn(valueAt(third, 'signed'))
  if (sender === undefined || serverNameOf(sender) !== services.name)
    throw forbidden('the inviter is no user of this server')
  if (mxid === undefined || serverNameOf(mxid) !== origin)
    throw forbidden(`the invited user is none of ${origin}`)
  return { sender, mxid, signed }
}

/** A field that has to be there, as text: M_MISSING_PARAM, M_BAD_JSON. */
function text(body: JsonObject, name: string): string {
  const value = body[name]
  if (value === undefined) throw missing(name)
  if (typeof value !== 'string') throw new MatrixError(400, 'M_BAD_JSON', `${name} is no string`)
  return value
}

const maxInvites = 50

/** server-server-api#put_matrixfederationv13pidonbind: called by identity servers. One invitation that fails does not stop the others. */
export const onBind: Handler = async (services, { body }) => {
  for (const name of ['medium', 'address']) text(body, name)
  const mxid = text(body, 'mxid')
  const { invites } = body
  if (invites === undefined) throw missing('invites')
  if (!Array.isArray(invites)) throw new MatrixError(400, 'M_BAD_JSON', 'invites is no list')
  if (!services.accounts.has(mxid)) throw notFound(`there is no user ${mxid}`)
  const all = invites.slice(0, maxInvites).map((one: Json) => boundIn(one, mxid))
  for (const { roomId, ...invitation } of all) {
    await redeemHere(services, roomId, invitation).catch((error: unknown) => {
      if (!(error instanceof MatrixError) && !(error instanceof RemoteError)) throw error
    })
  }
  return ok({})
}

function boundIn(json: Json, mxid: string): ThirdPartyInvite & { roomId: string } {
  const invitation = isObject(json) ? json : {}
  for (const name of ['medium', 'address']) text(invitation, name)
  if (text(invitation, 'mxid') !== mxid)
    throw invalidParam('an invitation is for another than who has the address')
  return {
    roomId: text(invitation, 'room_id'),
    sender: text(invitation, 'sender'),
    mxid,
    signed: signedIn(invitation['signed']),
  }
}
