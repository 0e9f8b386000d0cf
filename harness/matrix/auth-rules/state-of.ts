import type { Event } from '../event.ts'
import { type StateKey, stateKey } from '../state-key.ts'
import type { AuthState } from './deed.ts'

/**
 * The state that `events` make up, the last of a kind counting. For the state by an event's own auth events, in the
 * versions whose events do not cite the create event, that has to be among `events` too.
 */
export const authStateOf = (events: Iterable<Event>): AuthState => {
  const state = new Map<StateKey, Event>()
  for (const event of events) {
    const { type, state_key } = event.pdu
    if (state_key !== undefined) state.set(stateKey(type, state_key), event)
  }
  return (type, key) => state.get(stateKey(type, key))
}
