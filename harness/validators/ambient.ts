import type { Exchange } from '../journal/exchange.ts'
import type { Finding } from '../results/outcome.ts'
import { type AmbientRule, ambientRules } from './rules.ts'
import { type Assessment, assess, type ValidationContext } from './validate.ts'

/** What became of a rule for one target. */
export interface AmbientCheck extends AmbientRule {
  /** Whether the target said anything that the rule speaks of. */
  readonly exercised: boolean
  readonly findings: readonly Finding[]
}

/** Ids of the ambient rules that something a target said in these exchanges was held against. */
export function exercised(
  exchanges: readonly Exchange[],
  context: ValidationContext,
): ReadonlySet<string> {
  const { exercised: byServer } = assess(exchanges, context)
  return new Set(context.targets.flatMap((target) => [...(byServer.get(target) ?? [])]))
}

/** One check a rule, for all targets of the context together: from the exchanges and what `validate` said of them. */
export const ambientChecks = (
  exchanges: readonly Exchange[],
  findings: readonly Finding[],
  context: ValidationContext,
): readonly AmbientCheck[] => foldAmbient(exercised(exchanges, context), findings, context.targets)

/** The same from assessments of parts of the run, for a run that does not keep its bodies. */
export function ambientChecksOf(
  assessments: readonly Assessment[],
  targets: readonly string[],
): readonly AmbientCheck[] {
  const rules = assessments.flatMap((each) =>
    targets.flatMap((target) => [...(each.exercised.get(target) ?? [])]),
  )
  const findings = assessments.flatMap((each) => each.findings)
  return foldAmbient(new Set(rules), findings, targets)
}

function foldAmbient(
  rules: ReadonlySet<string>,
  findings: readonly Finding[],
  targets: readonly string[],
): readonly AmbientCheck[] {
  const ofTargets = findings.filter(({ server }) => targets.includes(server))
  return ambientRules.map((rule) => ({
    ...rule,
    exercised: rules.has(rule.id),
    findings: ofTargets.filter((finding) => finding.rule === rule.id),
  }))
}
