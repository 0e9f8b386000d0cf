import type { RequirementId } from '../../fixtures/requirements/index.ts'
import { roomVersion } from '../matrix/room-version.ts'
import type { Mutant, Quirk } from '../reference/quirks/index.ts'
import type { CheckResult } from '../results/outcome.ts'
import type { Scenario } from '../scenario/scenario.ts'
import type { Check } from '../scenario/variants.ts'
import { plan } from './plan.ts'

/** One mutant with the checks that it is tried on. */
export interface Attempt {
  readonly mutant: Mutant
  /** Absent for a near-miss. */
  readonly quirk?: Quirk
  readonly checks: readonly Check[]
}

/** What became of a trial. */
export interface Judgement {
  readonly id: string
  /** Ids of the failed checks that show one of the requirements which the quirk breaks. */
  readonly caughtBy: readonly string[]
  /** In words; none: all is as it has to be. */
  readonly problems: readonly string[]
}

const usualVersions = ['11']

/** A quirk meets every check that could find it; the whole suite where it is thorough, or `whole` says so. */
export function attemptOn(quirk: Quirk, scenarios: readonly Scenario[], whole: boolean): Attempt {
  const all = checksIn(scenarios, quirk.versions)
  const checks =
    whole || quirk.thorough ? all : all.filter((check) => shows(check.scenario, quirk.breaks))
  return { mutant: quirk, quirk, checks }
}

/** A near-miss meets them all. */
export const nearAttempt = (mutant: Mutant, scenarios: readonly Scenario[]): Attempt => ({
  mutant,
  checks: checksIn(scenarios),
})

function checksIn(
  scenarios: readonly Scenario[],
  ids: readonly string[] = usualVersions,
): readonly Check[] {
  const versions = ids.flatMap((id) => roomVersion(id) ?? [])
  return plan(scenarios, { versions, selectors: [], targets: 1 })
}

const shows = (
  { proves }: { readonly proves: readonly string[] },
  requirements: readonly string[],
): boolean => proves.some((id) => requirements.includes(id))

/** A quirk has to be found by what it breaks and by nothing else; a near-miss by nothing. */
export function judge(attempt: Attempt, results: readonly CheckResult[]): Judgement {
  const { mutant, quirk } = attempt
  const failed = results.filter(({ outcome }) => outcome.status === 'failed')
  const caught = failed.filter((result) => shows(result, quirk?.breaks ?? []))
  return {
    id: mutant.id,
    caughtBy: caught.map(({ id }) => id),
    problems: [
      ...(quirk === undefined ? [] : missedBy({ ...attempt, quirk }, failed)),
      ...results.flatMap((result) => complaint(result, quirk) ?? []),
    ],
  }
}

/** What should have failed and has not, in words. */
function missedBy(
  { quirk, checks }: Attempt & { readonly quirk: Quirk },
  failed: readonly CheckResult[],
): readonly string[] {
  const { breaks, awaits } = quirk
  if (awaits !== undefined)
    return checks.some(({ scenario }) => shows(scenario, breaks))
      ? ['there is a check that could find it: it awaits none any more']
      : []
  const missed = breaks.filter((id) => !failed.some((one) => shows(one, [id])))
  return missed.length === breaks.length
    ? ['nothing caught it']
    : missed.map((id) => `no check of ${id} caught it`)
}

/** What is wrong with one result, if anything is. */
function complaint(result: CheckResult, quirk: Quirk | undefined): string | undefined {
  const { id, outcome } = result
  const allowed: readonly RequirementId[] | 'all' = quirk?.topples ?? []
  const isAllowed = allowed === 'all' || shows(result, [...allowed, ...(quirk?.breaks ?? [])])
  if (outcome.status === 'errored') return `${id} is errored: ${outcome.error.message}`
  if (outcome.status === 'failed' && !isAllowed) return `${id} failed: ${outcome.evidence.message}`
  if (outcome.status === 'inconclusive' && !isAllowed)
    return `${id} is inconclusive: ${outcome.because}`
  return undefined
}

/** Name of a story with the seat that the target takes in it: what has to be shown to find something. */
const roleOf = ({ scenario, seat }: Check): string =>
  seat === undefined ? scenario.id : `${scenario.id}[${seat}]`

/** Roles in stories that no quirk was found by. */
export function idle(
  scenarios: readonly Scenario[],
  tried: readonly { readonly attempt: Attempt; readonly judgement: Judgement }[],
): readonly string[] {
  const found = new Set(
    tried.flatMap(({ attempt, judgement }) =>
      attempt.checks.filter(({ id }) => judgement.caughtBy.includes(id)).map(roleOf),
    ),
  )
  return [...new Set(checksIn(scenarios).map(roleOf))].filter((role) => !found.has(role))
}
