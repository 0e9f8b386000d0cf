import { createHmac, timingSafeEqual } from 'node:crypto'
import type { Json, JsonObject } from '../../matrix/event.ts'
import { MatrixError, forbidden } from '../errors.ts'
import { loggedIn } from './account-routes.ts'
import { flag, optionalText, text } from './fields.ts'
import { passwordIn } from './registration-routes.ts'
import type { Call, Route } from './routes.ts'

const path = '/_synapse/admin/v1/register'

/** Registration by who knows a secret, as Synapse has it (docs/admin_api/register_api.md there); many launchers rely on it. */
export const sharedSecretRoutes: readonly Route[] = [
  { method: 'GET', path, handle: (call) => ({ nonce: call.nonces.next() }) },
  { method: 'POST', path, handle: register },
]

async function register(call: Call): Promise<Json> {
  const { registrationSecret: secret } = call
  if (secret === undefined) throw unknown('registration by a shared secret is not enabled')
  const body = call.body()
  if (!call.nonces.use(text(body, 'nonce'))) throw unknown('no such nonce')
  const [localpart, password] = [text(body, 'username').toLowerCase(), text(body, 'password')]
  if (`${localpart}${password}`.includes('\0')) throw unknown('a NUL in username or password')
  if (!isRight(text(body, 'mac'), macOf(body, secret))) throw forbidden('the HMAC is wrong')
  const user = await call.logins.register(localpart, passwordIn(body))
  const displayname = optionalText(body, 'displayname')
  if (displayname !== undefined) await call.users.setProfile(user, 'displayname', displayname)
  return flag(body, 'inhibit_login') === true ? { user_id: user } : loggedIn(call, user, body)
}

const unknown = (message: string): MatrixError => new MatrixError(400, 'M_UNKNOWN', message)

function macOf(body: JsonObject, secret: string): string {
  const role = flag(body, 'admin') === true ? 'admin' : 'notadmin'
  const type = optionalText(body, 'user_type')
  const signed = [text(body, 'nonce'), text(body, 'username'), text(body, 'password'), role]
  return createHmac('sha1', secret)
    .update([...signed, ...(type === undefined ? [] : [type])].join('\0'))
    .digest('hex')
}

function isRight(given: string, wanted: string): boolean {
  const [one, other] = [Buffer.from(given.toLowerCase()), Buffer.from(wanted)]
  return one.length === other.length && timingSafeEqual(one, other)
}
