import type { Json } from '../../matrix/event.ts'
import { member } from '../../matrix/json.ts'
import { forbidden, notFound } from '../errors.ts'
import { optionalText, param } from './fields.ts'
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

async function field(call: Call): Promise<Json> {
  const name = param(call, 'field')
  const value = member(await call.users.profile(param(call, 'userId')), name)
  if (value === undefined) throw notFound(`no ${name} is set`)
  return { [name]: value }
}

async function setField(call: Call): Promise<Json> {
  const name = param(call, 'field')
  await call.users.setProfile(ownUser(call), name, optionalText(call.body(), name))
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
