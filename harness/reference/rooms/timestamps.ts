import type { Placed } from '../store/store.ts'
import { isPlaced } from '../store/store.ts'
import type { Room } from './room.ts'

/** `f`: the first event at or after the time; `b`: the last at or before it. */
export type TimeDirection = 'f' | 'b'

/** The event closest to a time in milliseconds, of those that `isShown`; of several with one time the shallowest (`f`) or deepest (`b`). */
export function closestTo(
  room: Room,
  time: { ts: number; dir: TimeDirection },
  isShown: (node: Placed) => boolean,
): Placed | undefined {
  let best: Placed | undefined
  for (const node of room.nodes) {
    if (!isPlaced(node) || !isBetter(node, best, time)) continue
    if (room.isForUsers(node) && isShown(node)) best = node
  }
  return best
}

function isBetter(
  { event: { pdu } }: Placed,
  best: Placed | undefined,
  { ts, dir }: { ts: number; dir: TimeDirection },
): boolean {
  const sign = dir === 'f' ? 1 : -1
  if ((pdu.origin_server_ts - ts) * sign < 0) return false
  if (best === undefined) return true
  const later = (pdu.origin_server_ts - best.event.pdu.origin_server_ts) * sign
  return later < 0 || (later === 0 && (pdu.depth - best.event.pdu.depth) * sign < 0)
}
