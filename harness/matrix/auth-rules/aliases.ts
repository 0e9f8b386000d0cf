import { serverNameOf } from '../identifiers.ts'
import type { Deed } from './deed.ts'
import { type Refusal, refuse } from './refusal.ts'

/** Clause: rooms/v1#authorisation-rules, rule 4 */
export const judgeAliases = ({ event }: Deed): Refusal | undefined => {
  const { state_key, sender } = event.pdu
  if (state_key === undefined)
    return refuse('auth.aliases.no_state_key', 'm.room.aliases has no state key')
  const home = serverNameOf(sender)
  if (home === state_key) return undefined
  return refuse(
    'auth.aliases.domain_mismatch',
    `the state key is ${JSON.stringify(state_key)}, the sender is of ${home}`,
  )
}
