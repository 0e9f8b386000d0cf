import type { Level } from '../../fixtures/requirements/define.ts'

/** What supports a failure. Texts are ready to print; exchanges are numbers in the journal. */
export interface Evidence {
  readonly message: string
  readonly expected?: string
  readonly actual?: string
  /** Why it is expected, step by step; absent where that is plain. */
  readonly reasons?: readonly string[]
  readonly exchanges: readonly number[]
  /** Stable words for the baseline, free of ids, ports and times. */
  readonly fingerprint: string
}

export interface Reason {
  /** `not-declared`, `missing-capability:restart`, `prerequisite:CHECK`, `disabled:config`, `target-died`, `interrupted`. */
  readonly code: string
  readonly text: string
}

interface ErrorRecord {
  readonly name: string
  readonly message: string
  readonly stack?: string
}

export type Outcome =
  | { readonly status: 'passed' }
  | { readonly status: 'failed'; readonly evidence: Evidence }
  | { readonly status: 'skipped'; readonly because: Reason }
  | { readonly status: 'inconclusive'; readonly because: string }
  | { readonly status: 'errored'; readonly error: ErrorRecord }

export type Verdict = 'conformant' | 'nonconformant' | 'noted' | 'undecided' | 'untested'

/** A validator's statement about one exchange. */
export interface Finding {
  readonly requirement: string
  readonly exchange: number
  /** Whose fault it would be, by server name. */
  readonly server: string
  readonly operation: string
  readonly part: 'request' | 'response'
  /** JSON pointer into the body; empty for the whole, headers or status. */
  readonly pointer: string
  readonly expected: string
  readonly actual: string
  /** Id of the ambient check that it counts against, as `ambient/pdus/auth`. */
  readonly rule?: string
}

export interface CheckResult {
  /** `folder/file/slug[v11,hs2]`. */
  readonly id: string
  /** `folder/file/slug`. */
  readonly scenario: string
  readonly title: string
  readonly proves: readonly string[]
  /** The strongest level among `proves`. */
  readonly level: Level
  readonly outcome: Outcome
  readonly startedAt: number
  readonly durationMs: number
  /** How the baseline sees it; absent without a baseline. */
  readonly change?: Change
  /** The reason that the baseline's entry for this check gives. */
  readonly reason?: string
  /** With `--repeat`: how each repetition ended; `outcome` is then the worst of them. */
  readonly repeats?: readonly Outcome['status'][]
}

export type Change = 'regression' | 'known' | 'known-but-different' | 'fixed' | 'new' | 'flaky'

export interface RequirementResult {
  readonly id: string
  readonly level: Level
  readonly wording: string
  /** Page and anchor below the specification's base address. */
  readonly clause: string
  readonly verdict: Verdict
  readonly checks: readonly string[]
  readonly findings: number
}

/** The whole run as one JSON value: `run.json`. Published schema: results/result.schema.json. */
export interface RunResult {
  readonly format: 'fedcheck.run/1'
  readonly fedcheck: string
  readonly title: string
  readonly specification: string
  readonly startedAt: string
  readonly durationMs: number
  readonly seed: number
  readonly command: readonly string[]
  readonly environment: {
    readonly node: string
    readonly platform: string
    readonly workers: number
  }
  readonly target: TargetInfo
  /** All targets, where there are several; the first is `target`. */
  readonly targets: readonly TargetInfo[]
  readonly roomVersions: readonly string[]
  readonly checks: readonly CheckResult[]
  readonly requirements: readonly RequirementResult[]
  readonly findings: readonly Finding[]
  readonly gate: Gate
  /** True when the run was ended before its plan was done. */
  readonly interrupted: boolean
  readonly exchanges: number
}

export interface TargetInfo {
  readonly spec: string
  readonly serverName: string
  readonly name: string
  readonly version: string
}

export interface Gate {
  readonly exitCode: 0 | 1 | 2 | 3 | 4 | 5 | 130
  /** The sentence that says why the code is what it is. */
  readonly because: string
  readonly counts: Readonly<Record<Outcome['status'], number>>
}
