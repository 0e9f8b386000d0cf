import type { Refusal } from '../auth-rules/refusal.ts'

/** Which of the passes of an algorithm: of version 2 the first two, of version 1 the others. */
export type Pass =
  | 'power events'
  | 'other events'
  | 'power levels'
  | 'join rules'
  | 'memberships'
  | 'other state'

/** Is told what happens in a resolution, by whoever wants to know why it ends as it does. */
export interface Observer {
  /** The turns that events get in a pass; `rank` says in words by what they were sorted. */
  ordered(pass: Pass, ids: readonly string[], rank: (id: string) => string): void
  /** An event's turn has come: it is allowed, or refused. */
  judged(id: string, refusal: Refusal | undefined): void
}
