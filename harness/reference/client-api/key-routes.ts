import type { Json, JsonObject } from '../../matrix/event.ts'
import { isInteger } from '../../matrix/content.ts'
import { isObject } from '../../matrix/json.ts'
import { isSameObject, withSignatures } from '../devices/cross-signing-key.ts'
import { deviceKeys } from '../devices/remote-list.ts'
import { invalidParam, MatrixError } from '../errors.ts'
import { demandPassword } from './account-routes.ts'
import { missing, object, optionalObject, queried } from './fields.ts'
import type { Device } from './logins.ts'
import type { Call, Route } from './routes.ts'
import { streamPosition } from './tokens.ts'

/** client-server-api#key-management-api, #cross-signing */
export const keyRoutes: readonly Route[] = [
  { method: 'POST', path: '/keys/upload', handle: upload },
  // An old form that names the device, which the token does as well.
  { method: 'POST', path: '/keys/upload/:deviceId', handle: upload },
  { method: 'POST', path: '/keys/query', handle: query },
  { method: 'POST', path: '/keys/claim', handle: claim },
  { method: 'GET', path: '/keys/changes', handle: changes },
  { method: 'POST', path: '/keys/device_signing/upload', handle: uploadCrossSigning },
  { method: 'POST', path: '/keys/signatures/upload', handle: uploadSignatures },
]

const defaultWaitMs = 10_000
const mostUsers = 10_000

function upload(call: Call): Json {
  const device = call.device()
  const body = call.body()
  const [keys, oneTime, fallback] = ['device_keys', 'one_time_keys', 'fallback_keys'].map((name) =>
    optionalObject(body, name),
  )
  const { people } = call
  const name = { user: device.user, device: device.id }
  if (oneTime !== undefined) people.oneTimeKeys.add(name, oneTime)
  if (fallback !== undefined) people.oneTimeKeys.setFallback(name, fallback)
  if (keys !== undefined) setIdentity(call, device, keys)
  return { one_time_key_counts: people.oneTimeKeys.counts(name) }
}

/** What has been signed since by the user's other devices stays with keys that are the same. */
function setIdentity({ people }: Call, { user, id }: Device, json: JsonObject): void {
  const keys = deviceKeys(json, user, id)
  if (keys === undefined) {
    const isOwn = json['user_id'] === user && json['device_id'] === id
    throw isOwn
      ? badJson('the keys lack something')
      : invalidParam('the keys are of another device')
  }
  const known = people.devices.get(user, id)
  const had = known.keys
  if (had === undefined || !isSameObject(had, keys)) {
    people.devices.set(user, id, { ...known, keys })
    return
  }
  const signatures = keys['signatures']
  const ours = isObject(signatures) ? signatures[user] : undefined
  const merged = isObject(ours) ? withSignatures(had, user, ours) : had
  if (JSON.stringify(merged) !== JSON.stringify(had))
    people.devices.set(user, id, { ...known, keys: merged })
}

async function query(call: Call): Promise<Json> {
  const { user } = call.device()
  const body = call.body()
  const wanted = usersIn(body, 'device_keys').map(([of, ids]) => {
    if (!Array.isArray(ids)) throw badJson(`the devices of ${of} are no list`)
    return [of, ids.filter((id): id is string => typeof id === 'string')] as const
  })
  return { ...(await call.people.keyQueries.query(user, new Map(wanted), waitIn(body))) }
}

async function claim(call: Call): Promise<Json> {
  call.device()
  const body = call.body()
  const wanted = usersIn(body, 'one_time_keys').map(([of, devices]) => {
    if (!isObject(devices)) throw badJson(`the devices of ${of} are no object`)
    return [of, devices] as const
  })
  return { ...(await call.people.keyQueries.claim(new Map(wanted), waitIn(body))) }
}

function usersIn(body: JsonObject, name: string): readonly (readonly [string, Json])[] {
  const users = Object.entries(object(body, name))
  if (users.length > mostUsers)
    throw new MatrixError(413, 'M_TOO_LARGE', `at most ${mostUsers} users can be asked about`)
  return users
}

function waitIn(body: JsonObject): { timeoutMs: number } {
  const timeout = body['timeout']
  return { timeoutMs: isInteger(timeout) && timeout > 0 ? timeout : defaultWaitMs }
}

function changes(call: Call): Json {
  const { user } = call.device()
  const [from, to] = [queried(call, 'from'), queried(call, 'to')]
  if (from === undefined) throw missing('from')
  if (to === undefined) throw missing('to')
  const span = { since: streamPosition(from), next: streamPosition(to) }
  return call.people.extras.deviceLists(user, span)
}

async function uploadCrossSigning(call: Call): Promise<Json> {
  const device = call.device()
  const body = call.body()
  const { crossSigning, devices } = call.people
  if (crossSigning.replaces(device.user, body)) await demandPassword(call, device, 'cross-signing')
  crossSigning.upload(device.user, body, Object.keys(devices.of(device.user)))
  return {}
}

async function uploadSignatures(call: Call): Promise<Json> {
  return call.people.signatures.take(call.device().user, call.body())
}

const badJson = (message: string): MatrixError => new MatrixError(400, 'M_BAD_JSON', message)
