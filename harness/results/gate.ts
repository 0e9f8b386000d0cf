import type { Baseline, Entry } from './baseline.ts'
import type { Change, CheckResult, Gate, Outcome } from './outcome.ts'

/** What fails a run. */
export interface Policy {
  readonly require: 'must' | 'should'
  readonly failOn: readonly ('skipped' | 'inconclusive')[]
  /** Whether an entry for a check that passes now is red. */
  readonly stale: 'fail' | 'warn'
  /** Checks that came after the baseline gate at once. */
  readonly requireNew: boolean
}

export const plainPolicy: Policy = { require: 'must', failOn: [], stale: 'fail', requireNew: false }

/** What happened to the run as a whole. */
export interface Circumstances {
  readonly interrupted?: boolean
  /** The harness broke, in words. */
  readonly fault?: string
  /** The target died in the middle, in words. */
  readonly died?: string
}

/** How the baseline sees a check. `isNew`: the check came with a later version than the baseline's. */
export function changeOf(
  { outcome, repeats }: CheckResult,
  entry: Entry | undefined,
  isNew: boolean,
): Change | undefined {
  const status = outcome.status
  if (status !== 'failed' && status !== 'passed') return undefined
  if (entry?.expect === 'flaky') return 'flaky'
  if (status === 'passed') return entry === undefined ? undefined : 'fixed'
  if (entry === undefined) return isNew ? 'new' : 'regression'
  if (repeats !== undefined && repeats.includes('passed')) return 'known-but-different'
  return entry.fingerprint === outcome.evidence.fingerprint ? 'known' : 'known-but-different'
}

/** What a comparison with the baseline has to know beside the checks. */
export interface Comparing {
  /** The version of fedcheck that first had a scenario. */
  readonly since: (scenario: string) => string | undefined
  /** Not all checks were told that usually are: what validators have not found then, they might find in the others. */
  readonly isPart: boolean
}

/** The checks as the baseline sees them. */
export function compared(
  checks: readonly CheckResult[],
  baseline: Baseline | undefined,
  { since, isPart }: Comparing,
): readonly CheckResult[] {
  if (baseline === undefined) return checks
  const entries = new Map(baseline.entries.map((entry) => [entry.check, entry]))
  return checks.map((check) => {
    const isNew = isLater(since(check.scenario) ?? '0.0.0', baseline.fedcheck)
    const entry = entries.get(check.id)
    const isOpen = isPart && isAmbient(check) && check.outcome.status === 'passed'
    const change = isOpen ? undefined : changeOf(check, entry, isNew)
    const reason = entry === undefined ? {} : { reason: entry.reason }
    return { ...check, ...reason, ...(change === undefined ? {} : { change }) }
  })
}

const isAmbient = ({ scenario }: CheckResult): boolean => scenario.startsWith('ambient/')

/** Why a check makes the run red; undefined when it does not. */
export function redness(check: CheckResult, policy: Policy): string | undefined {
  const { change, level, outcome } = check
  if (outcome.status === 'passed')
    return change === 'fixed' && policy.stale === 'fail' ? 'stale entry in the baseline' : undefined
  if (outcome.status !== 'failed' || level === 'implied' || level === 'MAY') return undefined
  if (change !== undefined) return whyRed(policy)[change]
  return level === 'MUST' || policy.require === 'should' ? `failed ${level}` : undefined
}

/** Why a failed check is red, by what the baseline says of it. */
const whyRed = (policy: Policy): Readonly<Record<Change, string | undefined>> => ({
  known: undefined,
  flaky: undefined,
  fixed: undefined,
  'known-but-different': 'known failure that fails differently now',
  regression: 'failure that the baseline does not know',
  new: policy.requireNew ? 'failure of a check that is newer than the baseline' : undefined,
})

/** The exit code of a run, and the sentence that says why. `checks` have been compared with the baseline. */
export function gate(
  checks: readonly CheckResult[],
  policy: Policy,
  circumstances: Circumstances = {},
): Gate {
  const counts = counted(checks)
  return { ...verdict(checks, policy, { ...circumstances, counts }), counts }
}

type Counts = Gate['counts']

function verdict(
  checks: readonly CheckResult[],
  policy: Policy,
  { interrupted, fault, died, counts }: Circumstances & { readonly counts: Counts },
): Pick<Gate, 'exitCode' | 'because'> {
  const reds = checks.flatMap((check) => redness(check, policy) ?? [])
  const also = died === undefined ? '' : `; ${died}`
  if (fault !== undefined) return { exitCode: 4, because: `the harness is at fault: ${fault}` }
  if (interrupted) return { exitCode: 130, because: 'interrupted; the report holds what was done' }
  if (reds.length > 0) return { exitCode: 1, because: `${tally(reds)}${also}` }
  if (died !== undefined) return { exitCode: 3, because: died }
  if (counts.errored > 0)
    return { exitCode: 4, because: `the harness is at fault in ${plural(counts.errored, 'check')}` }
  if (counts.passed + counts.failed === 0) return { exitCode: 5, because: nothing(counts) }
  const counting = policy.failOn.filter((status) => counts[status] > 0)
  if (counting.length > 0)
    return {
      exitCode: 1,
      because: counting.map((status) => `${counts[status]} ${status}`).join(', '),
    }
  return { exitCode: 0, because: passed(checks, policy) }
}

function counted(checks: readonly CheckResult[]): Counts {
  const counts: Record<Outcome['status'], number> = {
    passed: 0,
    failed: 0,
    skipped: 0,
    inconclusive: 0,
    errored: 0,
  }
  for (const { outcome } of checks) counts[outcome.status] += 1
  return counts
}

const plural = (count: number, noun: string): string => `${count} ${noun}${count === 1 ? '' : 's'}`

/** `2 × failed MUST, 1 × stale entry …`, in the order of their first appearance. */
function tally(reasons: readonly string[]): string {
  const counts = new Map<string, number>()
  for (const reason of reasons) counts.set(reason, (counts.get(reason) ?? 0) + 1)
  return [...counts].map(([reason, count]) => `${count} × ${reason}`).join(', ')
}

const nothing = ({ skipped, inconclusive }: Counts): string =>
  skipped + inconclusive === 0
    ? 'nothing was executed: no check was selected'
    : `nothing was decided: ${skipped} skipped, ${inconclusive} inconclusive`

/** What a green run leaves open, so that green never hides it. */
function passed(checks: readonly CheckResult[], { require }: Policy): string {
  const failed = checks.filter(({ outcome }) => outcome.status === 'failed')
  const count = (wanted: (check: CheckResult) => boolean) => failed.filter(wanted).length
  const notes = [
    [count(({ change }) => change === 'known'), 'known'],
    [count(({ change }) => change === 'flaky'), 'flaky'],
    [count(({ change }) => change === 'new'), 'new'],
    [count(({ change, level }) => !change && level === 'SHOULD'), 'failed SHOULD'],
    [count(({ change, level }) => !change && level !== 'SHOULD'), 'noted'],
    [checks.filter(({ change }) => change === 'fixed').length, 'fixed'],
  ] as const
  const open = notes.flatMap(([many, word]) => (many > 0 ? [`${many} ${word}`] : []))
  const held = require === 'must' ? 'no MUST is broken' : 'no MUST or SHOULD is broken'
  return open.length === 0 ? held : `${held} that the gate counts (${open.join(', ')})`
}

/** Compares `major.minor.patch`. */
function isLater(version: string, than: string): boolean {
  const [a, b] = [version, than].map((text) => text.split(/[.-]/).slice(0, 3).map(Number))
  for (const index of [0, 1, 2]) {
    const difference = (a?.[index] ?? 0) - (b?.[index] ?? 0)
    if (difference !== 0) return difference > 0
  }
  return false
}
