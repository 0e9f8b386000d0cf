import { authorize } from '../auth-rules/authorize.ts'
import type { AuthState } from '../auth-rules/deed.ts'
import { authStateOf } from '../auth-rules/state-of.ts'
import { createIdOf } from '../auth-rules/cited.ts'
import type { Event } from '../event.ts'
import { citedIds } from '../references.ts'
import { type StateKey, type StateMap, stateKey } from '../state-key.ts'
import type { Resolution } from './resolution.ts'

/** The iterative auth checks: `start` with every event of `ids` that is allowed when its turn comes. */
export const applyAllowed = (
  start: StateMap,
  ids: readonly string[],
  context: Resolution,
): Map<StateKey, string> => {
  const state = new Map(start)
  for (const id of ids) {
    const event = context.lookup(id)
    if (event?.pdu.state_key === undefined) continue
    const refusal = authorize(event, stateFor(event, state, context), context.version)
    context.observer?.judged(id, refusal)
    if (refusal !== undefined) continue
    state.set(stateKey(event.pdu.type, event.pdu.state_key), id)
  }
  return state
}

/** The state so far, and for places that it lacks what the event cites, unless that was rejected. */
const stateFor = (event: Event, state: StateMap, context: Resolution): AuthState => {
  const { lookup, rejected, version } = context
  const cited = version.createInAuthEvents
    ? citedIds(event)
    : [...citedIds(event), createIdOf(event.roomId)]
  const sound = cited.filter((id) => !rejected(id)).map(lookup)
  const fallback = authStateOf(sound.filter((found) => found !== undefined))
  return (type, key) => {
    const id = state.get(stateKey(type, key))
    return id === undefined ? fallback(type, key) : lookup(id)
  }
}
