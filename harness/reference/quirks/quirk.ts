import type { Parts } from '../parts.ts'

/** One deliberate fault of the reference, for tests of the suites themselves. */
export interface Quirk {
  readonly id: string
  /** What it does wrong, in one sentence. */
  readonly wording: string
  /** Requirements that it breaks. */
  readonly breaks: readonly string[]
  apply(parts: Parts): Parts
}
