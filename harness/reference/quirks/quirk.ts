import type { RequirementId } from '../../../fixtures/requirements/index.ts'
import type { Parts } from '../parts.ts'

/** The reference with something changed, as a target that the suites are tried on. */
export interface Mutant {
  readonly id: string
  /** What it does differently, in one sentence. */
  readonly wording: string
  apply(parts: Parts): Parts
}

/** Legal, if odd: no check may fail with it. */
export interface NearMiss extends Mutant {
  /** Page and anchor of the clause that leaves it open. */
  readonly leftOpenBy: string
}

/** One deliberate fault: the checks of a requirement that it breaks have to find it. */
export interface Quirk extends Mutant {
  readonly breaks: readonly RequirementId[]
  /** Requirements whose checks may fail with it too; `all`: nothing that it takes part in works any more. */
  readonly topples?: readonly RequirementId[] | 'all'
  /** The whole suite is tried on it every time, and not only what could find it. */
  readonly thorough?: true
  /** No scenario proves yet what it breaks, so that only tests of ours show it. The self-test says when that has changed. */
  readonly awaits?: 'suite'
  /** The room versions in which it can be seen. Absent: 11. */
  readonly versions?: readonly string[]
}
