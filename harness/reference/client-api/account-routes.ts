import type { Json, JsonObject } from '../../matrix/event.ts'
import { MatrixError, forbidden, invalidParam } from '../errors.ts'
import { flag, optionalObject, optionalText, text } from './fields.ts'
import type { Device } from './logins.ts'
import type { Call, Route } from './routes.ts'

const PASSWORD = 'm.login.password'

export const accountRoutes: readonly Route[] = [
  { method: 'GET', path: '/login', handle: () => ({ flows: [{ type: PASSWORD }] }) },
  { method: 'POST', path: '/login', handle: login },
  { method: 'POST', path: '/logout', handle: logout },
  { method: 'POST', path: '/logout/all', handle: logoutEverywhere },
  { method: 'GET', path: '/account/whoami', handle: whoami },
  { method: 'POST', path: '/account/password', handle: changePassword },
  { method: 'POST', path: '/account/deactivate', handle: deactivate },
  { method: 'GET', path: '/account/3pid', handle: contacts },
]

async function login(call: Call): Promise<Json> {
  const body = call.body()
  if (text(body, 'type') !== PASSWORD) {
    throw new MatrixError(400, 'M_UNKNOWN', 'no such way to log in')
  }
  const user = userIdOf(namedUser(body), call)
  await call.logins.check(user, text(body, 'password'))
  return loggedIn(call, user, body)
}

/** Logs in on the device that a body names and answers what the client has to know. */
export function loggedIn(call: Call, user: string, body: JsonObject): Json {
  const name = optionalText(body, 'initial_device_display_name')
  const device = call.logins.login(user, optionalText(body, 'device_id'), name)
  return {
    user_id: device.user,
    access_token: device.token,
    device_id: device.id,
    home_server: call.serverName,
  }
}

/** client-server-api#identifier-types. Nobody here has an address outside of Matrix. */
function namedUser(body: JsonObject): string {
  const identifier = optionalObject(body, 'identifier')
  if (identifier === undefined) {
    const isContact = optionalText(body, 'user') === undefined && 'address' in body
    if (isContact) throw forbidden('wrong user or password')
    return text(body, 'user')
  }
  const type = text(identifier, 'type')
  if (type === 'm.id.user') return text(identifier, 'user')
  if (type === 'm.id.thirdparty' || type === 'm.id.phone') throw forbidden('wrong user or password')
  throw invalidParam('no such kind of identifier')
}

/** Accounts have no capitals in their names, while people may write them. */
function userIdOf(name: string, call: Call): string {
  const localpart = /^@([^:]*):(.*)$/.exec(name)
  const [, own = name, server = call.serverName] = localpart ?? []
  return `@${own.toLowerCase()}:${server}`
}

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

function contacts(call: Call): Json {
  call.device()
  return { threepids: [] }
}

/** Has the user of a device show the password, for what `purpose` names. Throws 401 until that is done. */
export async function demandPassword(call: Call, device: Device, purpose: string): Promise<void> {
  await call.interactive.demand(call.body(), {
    purpose: JSON.stringify([purpose, device.user]),
    flows: [[PASSWORD]],
    check: async (_, auth) => {
      if (userIdOf(namedUser(auth), call) !== device.user) throw forbidden('that is another user')
      await call.logins.check(device.user, text(auth, 'password'))
    },
  })
}

async function changePassword(call: Call): Promise<Json> {
  const device = call.device()
  const body = call.body()
  const others = flag(body, 'logout_devices') ?? true
  await demandPassword(call, device, 'password')
  await call.logins.changePassword(device.user, text(body, 'new_password'))
  if (others) call.logins.logoutEverywhere(device.user, device)
  return {}
}

async function deactivate(call: Call): Promise<Json> {
  const device = call.device()
  await demandPassword(call, device, 'deactivate')
  call.logins.deactivate(device.user)
  await call.users.leaveEverything(device.user)
  return { id_server_unbind_result: 'no-support' }
}
