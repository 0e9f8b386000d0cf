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
    if (refusal === undefined) state.put(event, graph.placeOf(node))
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
    const isOfSender = type === 'm.room.member' && key === event.pdu.sender
    const place = isOfSender ? graph.senderPlaceOf(node) : graph.places.numberOf(type, key)
    if (state.has(place)) return state.eventAt(place)
    const create = graph.impliedCreateOf(event)
    const isCreate = create?.pdu.type === type && create.pdu.state_key === key
    return isCreate && !context.rejected(create.id) ? create : graph.soundCitedAt(node, type, key)
  }
