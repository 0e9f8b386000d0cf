import type { EventLookup } from '../graph.ts'
import type { RoomVersion } from '../room-version.ts'
import type { StateMap } from '../state-key.ts'
import { NodeSet } from '../numbered-graph.ts'
import { AuthGraph } from './auth-graph.ts'
import { fullConflictedSet } from './conflicted-set.ts'
import { applyAllowed } from './iterative-auth.ts'
import { mainlineOrder } from './mainline.ts'
import { powerLevelsPlace } from './places.ts'
import { powerOrder, powerEventsWithChain } from './power-order.ts'
import { ResolvedState } from './resolved-state.ts'
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
  const separation = separate(sets)
  const { unconflicted, conflictedIn } = separation
  if (conflictedIn.every((ids) => ids.length === 0)) return unconflicted
  const graph = new AuthGraph(separation, context)
  const full = fullConflictedSet(graph, context)

  const first = powerOrder(powerEventsWithChain(full, graph, context), graph, context)
  const start = context.version.stateResolution === 'v2.1' ? nothing : unconflicted
  const state = new ResolvedState(start, context.lookup, graph.places.names)
  applyAllowed(first, { state, graph, context })

  const done = new NodeSet(graph.size, first)
  const rest = full.nodes.filter((node) => !done.has(node))
  const powerLevels = state.eventAt(powerLevelsPlace)
  applyAllowed(mainlineOrder(rest, powerLevels, { graph, context }), { state, graph, context })
  return state.around(unconflicted)
}

const nothing: StateMap = new Map()
