import { serverNameOf } from '../../matrix/identifiers.ts'
import { invalidParam, notFound } from '../errors.ts'
import { type Handler, ok, queried } from './handler.ts'

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
