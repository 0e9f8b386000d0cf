import type { Fact } from '../harness/journal/exchange.ts'
import type { CheckResult, RunResult } from '../harness/results/outcome.ts'
import { exchangesOf, type Failure, failureOf } from './failure.ts'
import { oneLine } from './visible.ts'

/** TAP version 14: failures that the baseline knows are TODO, what could not be decided is SKIP. */
export const renderTap = (result: RunResult, facts: readonly Fact[]): string => {
  const exchanges = exchangesOf(facts)
  const points = result.checks.flatMap((check, place) =>
    point(check, place + 1, failureOf(check, result, exchanges)),
  )
  return ['TAP version 14', `1..${result.checks.length}`, ...points, ''].join('\n')
}

const point = (check: CheckResult, number: number, failure: Failure): string[] => {
  const { status } = check.outcome
  const name = `${number} - ${escaped(check.id)}`
  if (status === 'passed') return [`ok ${name}`]
  if (status === 'skipped') return [`ok ${name} # SKIP ${escaped(failure.message)}`]
  if (status === 'inconclusive')
    return [`ok ${name} # SKIP inconclusive: ${escaped(failure.message)}`]
  const excused = check.change === 'known' || check.change === 'flaky'
  const directive = excused ? ` # TODO ${escaped(check.reason ?? check.change ?? '')}` : ''
  return [`not ok ${name}${directive}`, ...diagnosis(check, failure)]
}

/** YAML whose values are JSON strings, which every YAML reader takes. */
const diagnosis = (check: CheckResult, failure: Failure): string[] => {
  const values = {
    message: failure.message,
    severity: check.outcome.status === 'errored' ? 'error' : 'fail',
    requirements: failure.requires.map(({ id }) => id).join(' '),
    expected: failure.expected,
    actual: failure.actual,
    reasons: failure.reasons.length === 0 ? undefined : failure.reasons,
    again: failure.again,
  }
  const lines = Object.entries(values).flatMap(([key, value]) =>
    value === undefined ? [] : [`  ${key}: ${JSON.stringify(value)}`],
  )
  return ['  ---', ...lines, '  ...']
}

const escaped = (text: string): string => oneLine(text).replace(/[\\#]/g, '\\$&')
