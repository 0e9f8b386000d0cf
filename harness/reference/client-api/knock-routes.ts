import type { Json } from '../../matrix/event.ts'
import { optionalText, param } from './fields.ts'
import { serversIn } from './membership-routes.ts'
import type { Call, Route } from './routes.ts'

export const knockRoutes: readonly Route[] = [
  { method: 'POST', path: '/knock/:roomIdOrAlias', handle: knock },
]

async function knock(call: Call): Promise<Json> {
  const { user } = call.device()
  const reason = optionalText(call.body(), 'reason')
  const place = param(call, 'roomIdOrAlias')
  return { room_id: await call.users.knock(place, user, serversIn(call), reason) }
}
