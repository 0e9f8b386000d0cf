import type { EventLookup } from '../graph.ts'
import type { RoomVersion } from '../room-version.ts'
import type { StateMap } from '../state-key.ts'
import { fullConflictedSet } from './conflicted-set.ts'
import { applyAllowed } from './iterative-auth.ts'
import { mainlineOrder } from './mainline.ts'
import { powerOrder, powerEventsWithChain } from './power-order.ts'
import type { Resolution } from './resolution.ts'
import { separate } from './separate.ts'
import { resolveFirst } from './version-1.ts'

/**
 * The resolution of a set of room states; one state is its own resolution.
 *
 * `lookup` has to know the auth chain of every event in `sets`. What it does not know takes no part: whoever cannot
 * vouch for the history being complete must not trust the result. `rejected` tells the events that may not stand in for
 * absent state. The order of `sets` does not matter.
 * Clause: rooms/v1#state-resolution, rooms/v2#state-resolution, rooms/v12#state-resolution
 */
export const resolveState = (
  sets: readonly StateMap[],
  lookup: EventLookup,
  version: RoomVersion,
  rejected: (id: string) => boolean = () => false,
): StateMap => resolveIn(sets, { lookup, version, rejected })

/** `resolveState`, for whoever wants it by the other reading. */
export const resolveIn = (sets: readonly StateMap[], context: Resolution): StateMap => {
  if (context.version.stateResolution === 'v1') return resolveFirst(sets, context)
  const { unconflicted, conflicted } = separate(sets)
  if (conflicted.size === 0) return unconflicted
  const full = fullConflictedSet(sets, conflicted, context)

  const first = powerOrder(powerEventsWithChain(full, context), context)
  const start =
    context.version.stateResolution === 'v2.1' ? new Map<string, string>() : unconflicted
  const partial = applyAllowed(start, first, context)

  const done = new Set(first)
  const rest = [...full].filter((id) => !done.has(id))
  const resolved = applyAllowed(partial, mainlineOrder(rest, partial, context), context)

  for (const [key, id] of unconflicted) resolved.set(key, id)
  return resolved
}
