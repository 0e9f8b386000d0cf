import { stringAt, valueAt } from '../../matrix/content.ts'
import type { JsonObject } from '../../matrix/event.ts'
import { serverNameOf } from '../../matrix/identifiers.ts'
import { namedLevel, powerLevelOf } from '../../matrix/power.ts'
import { forbidden, MatrixError } from '../errors.ts'
import type { Room } from '../rooms/room.ts'
import type { Rooms } from '../rooms/rooms.ts'

/** Where a join is prepared: the room, and the server that answers for it. */
interface JoinScene {
  readonly room: Room
  readonly rooms: Rooms
  readonly own: string
}

/** The content of a join of `user`. Throws MatrixError where the join rules cannot be met here. */
export type JoinContentPart = (scene: JoinScene, user: string) => JsonObject

/** server-server-api#restricted-rooms */
export const joinContent: JoinContentPart = (scene, user) => {
  const authorisedBy = authoriserFor(scene, user)
  return authorisedBy === undefined
    ? { membership: 'join' }
    : { membership: 'join', join_authorised_via_users_server: authorisedBy }
}

/** The user of ours who vouches for a join by condition; undefined where the join needs none. */
function authoriserFor(scene: JoinScene, user: string): string | undefined {
  const { room } = scene
  const rules = room.stateEvent('m.room.join_rules', '')?.pdu.content
  const rule = stringAt(rules, 'join_rule')
  const byCondition =
    (rule === 'restricted' && room.version.restrictedJoin) ||
    (rule === 'knock_restricted' && room.version.knockRestricted)
  // Who is banned is refused by the rules, whatever the conditions.
  if (!byCondition || ['join', 'invite', 'ban'].includes(room.membership(user))) return undefined
  checkConditions(scene, user, valueAt(rules, 'allow'))
  const inviter = localInviter(scene)
  if (inviter === undefined)
    throw new MatrixError(400, 'M_UNABLE_TO_GRANT_JOIN', 'no user of this server may invite')
  return inviter
}

function checkConditions({ rooms }: JoinScene, user: string, allow: unknown): void {
  const conditions: unknown[] = Array.isArray(allow) ? allow : []
  let unknown = false
  for (const condition of conditions) {
    const roomId = allowedRoom(condition)
    if (roomId === undefined) continue
    const allowed = rooms.joined(roomId)
    if (allowed === undefined) unknown = true
    else if (allowed.membership(user) === 'join') return
  }
  if (unknown)
    throw new MatrixError(
      400,
      'M_UNABLE_TO_AUTHORISE_JOIN',
      'this server is not in the rooms whose members may join',
    )
  throw forbidden(`${user} meets none of the conditions for joining`)
}

function allowedRoom(condition: unknown): string | undefined {
  if (typeof condition !== 'object' || condition === null) return undefined
  if (!('type' in condition) || condition.type !== 'm.room_membership') return undefined
  return 'room_id' in condition && typeof condition.room_id === 'string'
    ? condition.room_id
    : undefined
}

function localInviter({ room, own }: JoinScene): string | undefined {
  const powerLevels = room.stateEvent('m.room.power_levels', '')
  const needed = namedLevel('invite', powerLevels)
  return [...room.joined].find(
    (user) =>
      serverNameOf(user) === own &&
      powerLevelOf(user, powerLevels, room.create, room.version) >= needed,
  )
}
