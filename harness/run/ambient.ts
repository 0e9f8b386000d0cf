import { requirements } from '../../fixtures/requirements/index.ts'
import { fingerprint } from '../results/fingerprint.ts'
import { strongest } from '../results/fold.ts'
import type { CheckResult, Evidence, Finding } from '../results/outcome.ts'
import type { AmbientCheck } from '../validators/ambient.ts'

const mostExchanges = 10
const mostNamed = 5

/** What the validators found, as results of checks. A rule that nothing was held against says nothing, and is left out. */
export const ambientResults = (
  checks: readonly AmbientCheck[],
  durationMs: number,
): readonly CheckResult[] =>
  checks.filter(({ exercised }) => exercised).map((check) => ambientResult(check, durationMs))

function ambientResult(check: AmbientCheck, durationMs: number): CheckResult {
  const { id, title, findings } = check
  // A finding breaks its own requirement, and none of the others that the rule speaks of.
  const proves =
    findings.length === 0
      ? check.proves
      : [...new Set(findings.map(({ requirement }) => requirement))]
  return {
    id,
    scenario: id,
    title,
    proves,
    level: strongest(proves.map(levelOf)),
    outcome:
      findings.length === 0
        ? { status: 'passed' }
        : { status: 'failed', evidence: evidenceOf(findings) },
    startedAt: 0,
    durationMs,
  }
}

const levelOf = (id: string) =>
  new Map(Object.entries(requirements)).get(id)?.level ?? ('implied' as const)

function evidenceOf(findings: readonly Finding[]): Evidence {
  // Where they are broken differs from run to run; which demands are, does not.
  const broken = [...new Set(findings.map(({ requirement }) => requirement))].toSorted()
  const [first] = findings
  const more = findings.length - 1
  return {
    message: `${first ? told(first) : ''}${more > 0 ? ` (and ${more} more)` : ''}`,
    ...(first ? { expected: first.expected, actual: first.actual } : {}),
    exchanges: [...new Set(findings.map(({ exchange }) => exchange))].slice(0, mostExchanges),
    fingerprint: fingerprint(broken.slice(0, mostNamed).join(', ')),
  }
}

const told = ({ operation, part, pointer, expected, actual }: Finding): string =>
  `the ${part} of ${operation}${pointer === '' ? '' : ` at ${pointer}`} is ${actual}, not ${expected}`
