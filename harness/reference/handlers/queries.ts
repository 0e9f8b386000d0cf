import { serverNameOf } from '../../matrix/identifiers.ts'
import { invalidParam, MatrixError, notFound } from '../errors.ts'
import { type Handler, ok, param, queried } from './handler.ts'

/** server-server-api#get_matrixfederationv1querydirectory */
export const directory: Handler = (services, inbound) => {
  const alias = queried(inbound, 'room_alias')
  const roomId = services.aliases.roomOf(alias)
  if (roomId === undefined) throw notFound(`there is no alias ${alias}`)
  const servers = services.rooms.get(roomId)?.servers ?? []
  return ok({ room_id: roomId, servers: [...new Set([services.name, ...servers])] })
}

/** server-server-api#get_matrixfederationv1queryprofile */
export const profile: Handler = (services, inbound) => {
  const user = queried(inbound, 'user_id')
  const field = inbound.query['field']?.[0]
  if (serverNameOf(user) !== services.name) throw invalidParam(`${user} is no user of this server`)
  const all = services.accounts.profile(user)
  if (field === undefined) return ok(all)
  const value = Object.hasOwn(all, field) ? all[field] : undefined
  if (value === undefined) throw notFound(`${user} has no ${field}`)
  return ok({ [field]: value })
}

/** server-server-api#get_matrixfederationv1queryquerytype: no other query than those above is known. */
export const query: Handler = (_, inbound) => {
  const type = param(inbound, 'queryType')
  throw new MatrixError(404, 'M_UNRECOGNIZED', `${type} is no query that is answered here`)
}

/** server-server-api#get_matrixfederationv1openiduserinfo */
export const openidUserinfo: Handler = ({ people }, inbound) => {
  const user = people.openid.userOf(queried(inbound, 'access_token'))
  if (user === undefined)
    throw new MatrixError(401, 'M_UNKNOWN_TOKEN', 'no such token, or one that has run out')
  return ok({ sub: user })
}
