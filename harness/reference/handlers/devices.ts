import type { Json, JsonObject } from '../../matrix/event.ts'
import { serverNameOf } from '../../matrix/identifiers.ts'
import { isObject } from '../../matrix/json.ts'
import { emptyAnswer } from '../devices/own-keys.ts'
import { invalidParam, MatrixError, notFound } from '../errors.ts'
import type { Services } from '../services.ts'
import { type Handler, type Inbound, missing, ok, param } from './handler.ts'

/** Users in one query or claim. */
const maxUsers = 10_000

/** server-server-api#get_matrixfederationv1userdevicesuserid */
export const devices: Handler = (services, inbound) => {
  const user = param(inbound, 'userId')
  demandOwn(services, user)
  if (!services.accounts.has(user)) throw notFound(`there is no user ${user}`)
  const { people } = services
  const { master_key, self_signing_key } = people.crossSigning.of(user)
  return ok({
    user_id: user,
    stream_id: people.updates.position(user),
    devices: Object.entries(people.devices.of(user)).flatMap(([id, { keys, display_name }]) =>
      keys === undefined
        ? []
        : [
            {
              device_id: id,
              keys,
              ...(display_name === undefined ? {} : { device_display_name: display_name }),
            },
          ],
    ),
    ...(master_key === undefined ? {} : { master_key }),
    ...(self_signing_key === undefined ? {} : { self_signing_key }),
  })
}

/** server-server-api#post_matrixfederationv1userkeysquery */
export const keysQuery: Handler = (services, inbound) => {
  const answer = emptyAnswer()
  for (const [user, wanted] of usersIn(services, inbound, 'device_keys')) {
    if (!Array.isArray(wanted)) throw badJson(`${user} has no list of devices`)
    const ids = wanted.filter((id): id is string => typeof id === 'string')
    services.people.ownKeys.query(answer, { user, wanted: ids, viewer: '' })
  }
  const { user_signing_keys: _, ...open } = answer
  return ok({ ...open })
}

/** server-server-api#post_matrixfederationv1userkeysclaim */
export const keysClaim: Handler = async (services, inbound) => {
  const keys: Record<string, JsonObject> = {}
  for (const [user, wanted] of usersIn(services, inbound, 'one_time_keys')) {
    if (!isObject(wanted)) throw badJson(`${user} has no devices`)
    const claimed = services.people.ownKeys.claim(user, wanted)
    if (claimed !== undefined) keys[user] = claimed
  }
  // A key that comes back after a crash would be given twice.
  await services.store.durable()
  return ok({ one_time_keys: keys })
}

/** What is asked about users of this server that there are: M_INVALID_PARAM where a user is another server's. */
function usersIn(
  services: Services,
  { body }: Inbound,
  name: string,
): readonly (readonly [string, Json])[] {
  const users = body[name]
  if (users === undefined) throw missing(name)
  if (!isObject(users)) throw badJson(`${name} is no object`)
  const entries = Object.entries(users)
  if (entries.length > maxUsers)
    throw new MatrixError(413, 'M_TOO_LARGE', `at most ${maxUsers} users can be asked about`)
  for (const [user] of entries) demandOwn(services, user)
  return entries.filter(([user]) => services.accounts.has(user))
}

function demandOwn({ name }: Services, user: string): void {
  if (serverNameOf(user) !== name) throw invalidParam(`${user} is no user of this server`)
}

const badJson = (message: string): MatrixError => new MatrixError(400, 'M_BAD_JSON', message)
