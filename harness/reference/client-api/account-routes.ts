import { randomBytes } from 'node:crypto'
import type { Json, JsonObject } from '../../matrix/event.ts'
import { MatrixError, forbidden, invalidParam } from '../errors.ts'
import type { Device } from './logins.ts'
import { optionalObject, optionalText, queried, text } from './fields.ts'
import type { Call, Route } from './routes.ts'

const DUMMY = 'm.login.dummy'
const PASSWORD = 'm.login.password'

export const accountRoutes: readonly Route[] = [
  { method: 'POST', path: '/register', handle: register },
  { method: 'GET', path: '/register/available', handle: available },
  { method: 'GET', path: '/login', handle: () => ({ flows: [{ type: PASSWORD }] }) },
  { method: 'POST', path: '/login', handle: login },
  { method: 'POST', path: '/logout', handle: logout },
  { method: 'POST', path: '/logout/all', handle: logoutEverywhere },
  { method: 'GET', path: '/account/whoami', handle: whoami },
]

async function register(call: Call): Promise<Json> {
  const body = call.body()
  if (queried(call, 'kind') === 'guest') throw forbidden('guests are not allowed here')
  demandDummyStage(body)
  const localpart = optionalText(body, 'username') ?? randomBytes(6).toString('hex')
  const password = optionalText(body, 'password') ?? randomBytes(12).toString('hex')
  const user = await call.logins.register(localpart, password)
  if (body['inhibit_login'] === true) return { user_id: user }
  return loggedIn(call.logins.login(user, ...deviceIn(body)))
}

/** Id and name of the device that logs in. */
const deviceIn = (body: JsonObject) =>
  [optionalText(body, 'device_id'), optionalText(body, 'initial_device_display_name')] as const

/** User-interactive authentication with one flow of one stage, which is done as soon as it is named. */
function demandDummyStage(body: JsonObject): void {
  const auth = optionalObject(body, 'auth')
  if (auth?.['type'] === DUMMY) return
  const fields = {
    flows: [{ stages: [DUMMY] }],
    params: {},
    session: optionalText(auth ?? {}, 'session') ?? randomBytes(12).toString('hex'),
  }
  if (auth === undefined) throw new InteractiveAuth(fields)
  throw new MatrixError(401, 'M_UNRECOGNIZED', 'no such stage of authentication', fields)
}

/** The first answer to who has not authenticated yet bears no errcode. */
class InteractiveAuth extends MatrixError {
  constructor(fields: JsonObject) {
    super(401, '', 'authentication is needed', fields)
  }

  override get body(): JsonObject {
    return this.fields
  }
}

function available(call: Call): Json {
  const localpart = queried(call, 'username')
  if (localpart === undefined) throw invalidParam('username is missing')
  call.users.checkLocalpart(localpart)
  return { available: true }
}

async function login(call: Call): Promise<Json> {
  const body = call.body()
  if (text(body, 'type') !== PASSWORD) {
    throw new MatrixError(400, 'M_UNKNOWN', 'no such way to log in')
  }
  const user = userIdOf(namedUser(body), call)
  await call.logins.check(user, text(body, 'password'))
  return loggedIn(call.logins.login(user, ...deviceIn(body)))
}

function namedUser(body: JsonObject): string {
  const identifier = optionalObject(body, 'identifier')
  if (identifier === undefined) return text(body, 'user')
  if (identifier['type'] !== 'm.id.user') throw invalidParam('no such kind of identifier')
  return text(identifier, 'user')
}

const userIdOf = (name: string, call: Call): string =>
  name.startsWith('@') ? name : `@${name}:${call.serverName}`

const loggedIn = (device: Device): Json => ({
  user_id: device.user,
  access_token: device.token,
  device_id: device.id,
})

function logout(call: Call): Json {
  call.logins.logout(call.device())
  return {}
}

function logoutEverywhere(call: Call): Json {
  call.logins.logoutEverywhere(call.device().user)
  return {}
}

function whoami(call: Call): Json {
  const { user, id } = call.device()
  return { user_id: user, device_id: id, is_guest: false }
}
