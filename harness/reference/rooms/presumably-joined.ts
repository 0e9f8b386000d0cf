import { serverNameOf } from '../../matrix/identifiers.ts'
import type { Room } from './room.ts'

/** Whether a user is in a room; where most memberships are not known yet, all users of servers that are in it may be. */
export function isPresumablyJoined(room: Room, user: string): boolean {
  if (room.membership(user) === 'join') return true
  const { partial } = room
  if (partial === undefined || room.stateEvent('m.room.member', user) !== undefined) return false
  return [partial.server, ...partial.servers].includes(serverNameOf(user))
}
