import type { Json } from '../../matrix/event.ts'
import { member } from '../../matrix/json.ts'
import { forbidden } from '../errors.ts'
import { checkFieldName, spread } from '../users/profile-fields.ts'
import { missing, param } from './fields.ts'
import type { Call, Route } from './routes.ts'

export const profileRoutes: readonly Route[] = [
  { method: 'GET', path: '/profile/:userId', handle: profile },
  { method: 'GET', path: '/profile/:userId/:field', handle: field },
  { method: 'PUT', path: '/profile/:userId/:field', handle: setField },
  { method: 'DELETE', path: '/profile/:userId/:field', handle: removeField },
]

function profile(call: Call): Promise<Json> {
  return call.users.profile(param(call, 'userId'))
}

function field(call: Call): Promise<Json> {
  return call.users.profile(param(call, 'userId'), param(call, 'field'))
}

/** null takes away what has to be text, as clients did before there was DELETE. */
async function setField(call: Call): Promise<Json> {
  const user = ownUser(call)
  const name = param(call, 'field')
  checkFieldName(name)
  const value = member(call.body(), name)
  if (value === undefined) throw missing(name)
  const isGone = value === null && spread.includes(name)
  await call.users.setProfile(user, name, isGone ? undefined : value)
  return {}
}

async function removeField(call: Call): Promise<Json> {
  await call.users.setProfile(ownUser(call), param(call, 'field'), undefined)
  return {}
}

function ownUser(call: Call): string {
  const { user } = call.device()
  if (user !== param(call, 'userId')) throw forbidden('the profile is another user’s')
  return user
}
