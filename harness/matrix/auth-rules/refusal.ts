import type { Event } from '../event.ts'

/** Why an event is not allowed. */
export interface Refusal {
  /** Id of the requirement that is the rule, such as `auth.ban.low`. */
  readonly rule: string
  /** What was compared, with both values. */
  readonly message: string
  /** The event whose content decided: the power levels, the create event, the membership of the sender. */
  readonly decidedBy?: string
}

export const refuse = (rule: string, message: string, decidedBy?: Event | string): Refusal => {
  if (decidedBy === undefined) return { rule, message }
  return { rule, message, decidedBy: typeof decidedBy === 'string' ? decidedBy : decidedBy.id }
}
