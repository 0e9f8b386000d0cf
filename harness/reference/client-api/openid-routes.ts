import type { Json } from '../../matrix/event.ts'
import { forbidden } from '../errors.ts'
import { openidSeconds } from '../users/openid.ts'
import { param } from './fields.ts'
import type { Call, Route } from './routes.ts'

/** client-server-api#openid */
export const openidRoutes: readonly Route[] = [
  { method: 'POST', path: '/user/:userId/openid/request_token', handle: requestToken },
]

function requestToken(call: Call): Json {
  const { user } = call.device()
  if (user !== param(call, 'userId')) throw forbidden('that is another user')
  return {
    access_token: call.people.openid.grant(user),
    token_type: 'Bearer',
    matrix_server_name: call.serverName,
    expires_in: openidSeconds,
  }
}
