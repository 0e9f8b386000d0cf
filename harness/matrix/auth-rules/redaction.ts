import { serverNameOf } from '../identifiers.ts'
import { type Deed, levelNamed, powerSource, senderLevel, told } from './deed.ts'
import { type Refusal, refuse } from './refusal.ts'

/** Clause: rooms/v1#authorisation-rules, rule 11 */
export const judgeRedaction = (deed: Deed): Refusal | undefined => {
  const { id, pdu } = deed.event
  const level = senderLevel(deed)
  const needed = levelNamed(deed, 'redact')
  if (level >= needed) return undefined
  const own = serverNameOf(id)
  const others = typeof pdu.redacts === 'string' ? serverNameOf(pdu.redacts) : 'nowhere'
  if (own === others) return undefined
  return refuse(
    'auth.redaction.otherwise',
    `the sender has power ${told(level)}, the redact level is ${needed}; the redaction's id is of ${own}, the redacted event's of ${others}`,
    powerSource(deed),
  )
}
