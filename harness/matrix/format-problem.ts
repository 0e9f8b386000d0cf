import type { Json } from './event.ts'

/** One way in which something is no event of its room version. */
export interface FormatProblem {
  /** Id of the requirement that its author broke; absent where the text demands nothing. */
  readonly requirement?: string
  /** Where, as a JSON pointer; empty for the whole. */
  readonly pointer: string
  readonly problem: string
}

export function kind(value: Json | undefined): string {
  if (value === undefined) return 'nothing'
  if (value === null) return 'null'
  return Array.isArray(value) ? 'an array' : `a value of type ${typeof value}`
}

/** Scalars are shown, cut short; of the rest only what it is. */
export const shown = (value: Json): string =>
  typeof value === 'string' || typeof value === 'number'
    ? JSON.stringify(typeof value === 'string' ? value.slice(0, 80) : value)
    : kind(value)
