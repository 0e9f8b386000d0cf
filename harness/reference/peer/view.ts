import { visibleTo } from '../rooms/access.ts'
import type { Room } from '../rooms/room.ts'
import type { RoomStream } from '../users/room-stream.ts'

/** Whether a user has an event in the timeline. */
export function visibleIn(stream: RoomStream | undefined, user: string, id: string): boolean {
  const node = stream?.room.placed(id)
  if (stream === undefined || node?.standing !== 'accepted') return false
  return stream.standpoint(user) !== undefined && visibleTo(stream.room, user, node)
}

/** Each event with what is known of it. */
export function describeEvents(room: Room | undefined, ids: readonly string[]): string {
  return ids
    .map((id) => {
      const node = room?.stored(id)
      if (node === undefined) return `${id} (never came)`
      return `${id} (${node.standing}${node.refusal === undefined ? '' : `: ${node.refusal.message}`})`
    })
    .join(', ')
}
