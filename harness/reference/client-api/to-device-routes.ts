import type { Json } from '../../matrix/event.ts'
import { object, param } from './fields.ts'
import type { Call, Route } from './routes.ts'

/** client-server-api#send-to-device-messaging */
export const toDeviceRoutes: readonly Route[] = [
  { method: 'PUT', path: '/sendToDevice/:type/:txnId', handle: send },
]

async function send(call: Call): Promise<Json> {
  const device = call.device()
  const type = param(call, 'type')
  const messages = object(call.body(), 'messages')
  await call.sent.once(device, ['sendToDevice', type, param(call, 'txnId')], async () => {
    call.people.toDevice.send({ sender: device.user, type, messages })
    return ''
  })
  return {}
}
