import type { Level, Requirement } from '../../fixtures/requirements/define.ts'
import type { CheckResult, Finding, Outcome, RequirementResult, Verdict } from './outcome.ts'

const strength: readonly Level[] = ['implied', 'MAY', 'SHOULD', 'MUST']

/** The strongest of some levels; `implied` of none. */
export const strongest = (levels: readonly Level[]): Level =>
  levels.reduce<Level>(
    (best, level) => (strength.indexOf(level) > strength.indexOf(best) ? level : best),
    'implied',
  )

/**
 * What is known of each requirement after a run. `findings` are those about targets. A breach of what no key word demands
 * (implied, MAY) is noted and makes nothing nonconformant; one check that could not be decided leaves its requirement
 * undecided, unless another shows the breach.
 */
export function fold(
  requirements: Readonly<Record<string, Requirement>>,
  checks: readonly CheckResult[],
  findings: readonly Finding[],
): readonly RequirementResult[] {
  const provers = grouped(checks.flatMap((check) => check.proves.map((id) => [id, check] as const)))
  const found = grouped(findings.map((finding) => [finding.requirement, finding] as const))
  return Object.entries(requirements).map(([id, { level, wording, at }]) => {
    const proving = provers.get(id) ?? []
    const against = found.get(id)?.length ?? 0
    return {
      id,
      level,
      wording,
      clause: at,
      verdict: verdict(
        level,
        proving.map(({ outcome }) => outcome.status),
        against,
      ),
      checks: proving.map((check) => check.id),
      findings: against,
    }
  })
}

function verdict(level: Level, statuses: readonly Outcome['status'][], findings: number): Verdict {
  if (findings > 0 || statuses.includes('failed'))
    return level === 'MUST' || level === 'SHOULD' ? 'nonconformant' : 'noted'
  if (statuses.includes('inconclusive') || statuses.includes('errored')) return 'undecided'
  return statuses.includes('passed') ? 'conformant' : 'untested'
}

function grouped<T>(pairs: readonly (readonly [string, T])[]): ReadonlyMap<string, readonly T[]> {
  const groups = new Map<string, T[]>()
  for (const [key, value] of pairs) {
    const group = groups.get(key)
    if (group) group.push(value)
    else groups.set(key, [value])
  }
  return groups
}
