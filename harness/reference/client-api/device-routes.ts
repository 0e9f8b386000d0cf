import type { Json, JsonObject } from '../../matrix/event.ts'
import type { Device as KnownDevice } from '../devices/devices.ts'
import { demandPassword } from './account-routes.ts'
import { missing, optionalText, param, texts } from './fields.ts'
import type { Call, Route } from './routes.ts'

/** client-server-api#device-management */
export const deviceRoutes: readonly Route[] = [
  { method: 'GET', path: '/devices', handle: list },
  { method: 'GET', path: '/devices/:deviceId', handle: one },
  { method: 'PUT', path: '/devices/:deviceId', handle: rename },
  { method: 'DELETE', path: '/devices/:deviceId', handle: remove },
  { method: 'POST', path: '/delete_devices', handle: removeSeveral },
]

const longestName = 100

function list(call: Call): Json {
  const { user } = call.device()
  const all = Object.entries(call.people.devices.of(user))
  return { devices: all.map(([id, device]) => shown(id, device)) }
}

function one(call: Call): Json {
  const id = param(call, 'deviceId')
  return shown(id, call.people.devices.get(call.device().user, id))
}

function shown(id: string, device: KnownDevice): JsonObject {
  const { keys: _, ...rest } = device
  return { device_id: id, ...rest }
}

function rename(call: Call): Json {
  const { user } = call.device()
  const id = param(call, 'deviceId')
  const name = optionalText(call.body(), 'display_name')
  const device = call.people.devices.get(user, id)
  if (name !== undefined && name !== device.display_name)
    call.people.devices.set(user, id, { ...device, display_name: name.slice(0, longestName) })
  return {}
}

async function remove(call: Call): Promise<Json> {
  const device = call.device()
  await demandPassword(call, device, 'delete devices')
  call.people.devices.remove(device.user, param(call, 'deviceId'))
  return {}
}

async function removeSeveral(call: Call): Promise<Json> {
  const device = call.device()
  const body = call.body()
  if (body['devices'] === undefined) throw missing('devices')
  const ids = texts(body, 'devices')
  await demandPassword(call, device, 'delete devices')
  for (const id of ids) call.people.devices.remove(device.user, id)
  return {}
}
