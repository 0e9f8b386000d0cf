import { stringAt } from '../../matrix/content.ts'
import { serverNameOf } from '../../matrix/identifiers.ts'
import type { Room } from '../rooms/room.ts'
import { membershipIn, serversIn } from '../rooms/roster.ts'
import type { Placed } from '../store/store.ts'

/**
 * Servers that an event of ours goes to: those with a joined user before or after it, and for a membership the server of
 * the user who is removed or whose invitation is taken back. May name this server and name one twice.
 */
export function destinationsOf(room: Room, { event, before, after }: Placed): readonly string[] {
  const servers = new Set([
    ...serversIn(before, room.lookup),
    ...serversIn(after, room.lookup),
    ...room.servers,
  ])
  const { type, state_key, content } = event.pdu
  if (type === 'm.room.member' && state_key !== undefined) {
    const removed = ['leave', 'ban'].includes(stringAt(content, 'membership') ?? '')
    const was = membershipIn(before, state_key, room.lookup)
    if (removed && was !== 'leave' && was !== 'ban') servers.add(serverNameOf(state_key))
  }
  return [...servers]
}
