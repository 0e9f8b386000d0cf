import type { Json, JsonObject } from '../../matrix/event.ts'
import { isUserId, serverNameOf } from '../../matrix/identifiers.ts'
import { isObject, member } from '../../matrix/json.ts'
import { MatrixError, invalidParam, notFound } from '../errors.ts'
import type { Services } from '../services.ts'
import { emit } from './emit.ts'
import { spread } from './profile-fields.ts'
import { asClientError } from './remote-refusal.ts'

/** The profile of a user of any server, or one field of it: other servers are asked for theirs. M_INVALID_PARAM, M_NOT_FOUND. */
export async function profileOf(
  { name, accounts, remote }: Services,
  user: string,
  field?: string,
): Promise<JsonObject> {
  if (!isUserId(user)) throw invalidParam(`${user} is no user id`)
  const server = serverNameOf(user)
  if (server === name) return picked(accounts.profile(user), user, field)
  const query = { user_id: user, ...(field === undefined ? {} : { field }) }
  const json = await remote.request(server, 'profile', { query }).catch((error: unknown) => {
    throw asClientError(error)
  })
  return picked(isObject(json) ? json : {}, user, field)
}

function picked(profile: JsonObject, user: string, field: string | undefined): JsonObject {
  if (field === undefined) return profile
  const value = member(profile, field)
  if (value === undefined) throw notFound(`${user} has no ${field}`)
  return { [field]: value }
}

/** Name and avatar go on to memberships and presence (client-server-api#events-on-change-of-profile-information). */
export async function setProfile(
  services: Services,
  user: string,
  { field, value }: { readonly field: string; readonly value: Json | undefined },
): Promise<void> {
  const { accounts, rooms, streams, people } = services
  if (!accounts.setField(user, field, value) || !spread.includes(field)) return
  people.presence.announce(user)
  for (const roomId of streams.joinedRooms(user)) {
    const room = rooms.joined(roomId)
    if (room === undefined) continue
    const content = { membership: 'join', ...accounts.memberContent(user) }
    try {
      await emit(services, room, { type: 'm.room.member', state_key: user, sender: user, content })
    } catch (error) {
      // A room in which the user may say nothing now keeps the old name; the others do not.
      if (!(error instanceof MatrixError)) throw error
    }
  }
}
