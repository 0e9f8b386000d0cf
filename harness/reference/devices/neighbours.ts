import { stringAt } from '../../matrix/content.ts'
import type { EventLookup } from '../../matrix/graph.ts'
import { type StateMap, splitStateKey } from '../../matrix/state-key.ts'
import { joinedIn } from '../rooms/roster.ts'
import type { Position } from '../users/operations.ts'
import type { RoomStream } from '../users/room-stream.ts'
import type { Streams } from '../users/streams.ts'

/** Users whom somebody has met in a room, or may have met for the last time. */
export interface Encounters {
  readonly met: ReadonlySet<string>
  readonly parted: ReadonlySet<string>
}

/**
 * How the company of a user of ours has changed from a position to another, room by room. Who enters a room meets everybody
 * there, oneself too: other devices of one's own get what is said there as well.
 */
export function encounters(
  streams: Streams,
  ours: string,
  { since, next }: { since: Position; next: Position },
): Encounters {
  const met = new Set<string>()
  const parted = new Set<string>()
  for (const stream of streams.all) {
    const standpoint = stream.standpoint(ours)
    if (standpoint === undefined) continue
    const { lookup } = stream.room
    const isJoined = standpoint.membership === 'join'
    if (standpoint.since > since) {
      // Who came, left and came back meets everybody anew, which does no harm.
      const all = joinedIn(stream.stateAt(isJoined ? next : since), lookup)
      for (const user of all) (isJoined ? met : parted).add(user)
    } else if (isJoined)
      compare(stream, stream.stateAt(since), stream.stateAt(next), { met, parted })
  }
  parted.delete(ours)
  return { met, parted }
}

function compare(
  { room }: RoomStream,
  before: StateMap,
  after: StateMap,
  { met, parted }: { met: Set<string>; parted: Set<string> },
): void {
  if (before === after) return
  for (const [place, id] of after) {
    const earlier = before.get(place)
    if (earlier === id) continue
    const [type, user] = splitStateKey(place)
    if (type !== 'm.room.member') continue
    const was = isJoin(earlier, room.lookup)
    const is = isJoin(id, room.lookup)
    if (was !== is) (is ? met : parted).add(user)
  }
}

const isJoin = (id: string | undefined, lookup: EventLookup): boolean =>
  id !== undefined && stringAt(lookup(id)?.pdu.content, 'membership') === 'join'
