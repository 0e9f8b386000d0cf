import { integerAt, stringAt, valueAt } from '../../matrix/content.ts'
import type { Json, JsonObject } from '../../matrix/event.ts'
import { isObject } from '../../matrix/json.ts'
import { isSignedBy, readCrossSigningKey } from './cross-signing-key.ts'
import type { CrossSigningKeys } from './cross-signing.ts'
import type { Device, UserDevices } from './devices.ts'

/** A user of another server has no more devices than this here. */
const maxDevices = 1_000
const maxIdLength = 255

/** Identity keys of a device, where they are its own: user_id and device_id name it. */
export function deviceKeys(
  json: Json | undefined,
  user: string,
  device: string,
): JsonObject | undefined {
  if (!isObject(json)) return undefined
  const fits = stringAt(json, 'user_id') === user && stringAt(json, 'device_id') === device
  return fits && isObject(valueAt(json, 'keys')) ? json : undefined
}

export const isDeviceId = (id: string | undefined): id is string =>
  id !== undefined && id !== '' && id.length <= maxIdLength

/** What another server says of one device. */
export function remoteDevice(json: Json, user: string, device: string): Device {
  const keys = deviceKeys(valueAt(json, 'keys'), user, device)
  const name = stringAt(json, 'device_display_name')
  return {
    ...(keys === undefined ? {} : { keys }),
    ...(name === undefined ? {} : { display_name: name.slice(0, maxIdLength) }),
  }
}

/** Master and self-signing key as they came, as far as they are sound: the second needs the signature of the first. */
export function remoteKeys(
  user: string,
  master: Json | undefined,
  selfSigning: Json | undefined,
): CrossSigningKeys {
  const top = readCrossSigningKey(master, user, 'master')
  if (top === undefined) return {}
  const below = readCrossSigningKey(selfSigning, user, 'self_signing')
  const isGood = below !== undefined && isSignedBy(below.json, user, top)
  return { master_key: top.json, ...(isGood ? { self_signing_key: below.json } : {}) }
}

/** The answer of GET /user/devices, checked; undefined where it makes no sense. */
export function readDeviceList(
  json: Json,
  user: string,
): { stream: number; devices: UserDevices; keys: CrossSigningKeys } | undefined {
  const stream = integerAt(json, 'stream_id')
  const list = valueAt(json, 'devices')
  if (stringAt(json, 'user_id') !== user || stream === undefined || !Array.isArray(list))
    return undefined
  const all: readonly Json[] = list
  const devices = all.slice(0, maxDevices).flatMap((one) => {
    const id = stringAt(one, 'device_id')
    return isDeviceId(id) ? [[id, remoteDevice(one, user, id)] as const] : []
  })
  const keys = remoteKeys(user, valueAt(json, 'master_key'), valueAt(json, 'self_signing_key'))
  return { stream, devices: Object.fromEntries(devices), keys }
}
