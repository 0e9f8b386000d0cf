import { authorize } from '../auth-rules/authorize.ts'
import type { AuthState } from '../auth-rules/deed.ts'
import type { Event } from '../event.ts'
import type { AuthGraph } from './auth-graph.ts'
import type { ResolvedState } from './resolved-state.ts'
import type { Resolution } from './resolution.ts'

/** The iterative auth checks: adds to `state` every event of `nodes` that is allowed when its turn comes. */
export const applyAllowed = (nodes: readonly number[], circumstances: Circumstances): void => {
  const { state, graph, context } = circumstances
  const { version, observer } = context
  for (const node of nodes) {
    const event = graph.eventAt(node)
    if (event === undefined) continue
    const refusal = authorize(event, stateFor(event, node, circumstances), version)
    observer?.judged(event.id, refusal)
    if (refusal === undefined) state.put(event)
  }
}

interface Circumstances {
  readonly state: ResolvedState
  readonly graph: AuthGraph
  readonly context: Resolution
}

/** The state so far, and for places that it lacks what the event cites, unless that was rejected. */
const stateFor =
  (event: Event, node: number, { state, graph, context }: Circumstances): AuthState =>
  (type, key) => {
    const place = state.at(type, key)
    if (place !== undefined) return place.event
    const create = graph.impliedCreateOf(event)
    const isCreate = create?.pdu.type === type && create.pdu.state_key === key
    return isCreate && !context.rejected(create.id) ? create : graph.soundCitedAt(node, type, key)
  }
