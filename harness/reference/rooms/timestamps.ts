import type { Placed } from '../store/store.ts'
import type { Room } from './room.ts'

/** `f`: the first event at or after the time; `b`: the last at or before it. */
export type TimeDirection = 'f' | 'b'

/** The event closest to a time in milliseconds, of those that `isShown`; of several with one time the shallowest (`f`) or deepest (`b`). */
export function closestTo(
  room: Room,
  { ts, dir }: { ts: number; dir: TimeDirection },
  isShown: (node: Placed) => boolean,
): Placed | undefined {
  const sign = dir === 'f' ? 1 : -1
  const inDirection = [...room.times].filter(([, time]) => (time - ts) * sign >= 0)
  let best: Placed | undefined
  // Events may lie on disk: only those that may be the answer are looked at.
  for (const [id, time] of inDirection.toSorted((a, b) => (a[1] - b[1]) * sign)) {
    if (best !== undefined && best.event.pdu.origin_server_ts !== time) break
    const node = room.placed(id)
    if (node === undefined || !room.isForUsers(node) || !isShown(node)) continue
    const { depth } = node.event.pdu
    if (best === undefined || (depth - best.event.pdu.depth) * sign < 0) best = node
  }
  return best
}
