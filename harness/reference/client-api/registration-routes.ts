import { randomBytes } from 'node:crypto'
import type { Json, JsonObject } from '../../matrix/event.ts'
import { MatrixError, forbidden } from '../errors.ts'
import { loggedIn } from './account-routes.ts'
import { flag, missing, optionalText, queried, text } from './fields.ts'
import type { Call, Route } from './routes.ts'

const DUMMY = 'm.login.dummy'
const TOKEN = 'm.login.registration_token'
const longestPassword = 512

export const registrationRoutes: readonly Route[] = [
  { method: 'POST', path: '/register', handle: register },
  { method: 'GET', path: '/register/available', handle: available },
  { method: 'GET', path: `/_matrix/client/v1/register/${TOKEN}/validity`, handle: validity },
]

async function register(call: Call): Promise<Json> {
  const body = call.body()
  const kind = queried(call, 'kind') ?? 'user'
  if (kind !== 'user') throw forbidden(`accounts of the kind ${kind} are not allowed here`)
  if (call.registration.kind === 'closed') throw closed()
  // appendices#user-identifiers: what is asked for is where the localpart comes from, and that has no capitals.
  const localpart = optionalText(body, 'username')?.toLowerCase()
  if (localpart !== undefined) call.users.checkLocalpart(localpart)
  const password = passwordIn(body)
  const isInhibited = flag(body, 'inhibit_login') ?? false
  await demandStage(call, body)
  const user = await call.logins.register(localpart ?? randomBytes(6).toString('hex'), password)
  return isInhibited ? { user_id: user } : loggedIn(call, user, body)
}

export function passwordIn(body: JsonObject): string {
  const password = optionalText(body, 'password') ?? randomBytes(12).toString('hex')
  if (password.length <= longestPassword) return password
  throw new MatrixError(400, 'M_INVALID_PARAM', 'the password is too long')
}

const closed = (): MatrixError => forbidden('registration is closed')

function demandStage(call: Call, body: JsonObject): Promise<void> {
  const { registration } = call
  return call.interactive.demand(body, {
    purpose: 'register',
    flows: [[registration.kind === 'token' ? TOKEN : DUMMY]],
    check: (_, auth) => {
      if (registration.kind === 'token' && text(auth, 'token') !== registration.token)
        throw new MatrixError(401, 'M_UNAUTHORIZED', 'no such registration token')
    },
  })
}

function available(call: Call): Json {
  const localpart = queried(call, 'username')?.toLowerCase()
  if (localpart === undefined) throw missing('username')
  if (call.registration.kind === 'closed') throw closed()
  call.users.checkLocalpart(localpart)
  return { available: true }
}

function validity(call: Call): Json {
  const { registration } = call
  const token = queried(call, 'token')
  if (token === undefined) throw missing('token')
  if (registration.kind === 'closed') throw closed()
  return { valid: registration.kind === 'token' && registration.token === token }
}
