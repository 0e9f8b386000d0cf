import type { Fact } from '../harness/journal/exchange.ts'
import type { CheckResult, RunResult } from '../harness/results/outcome.ts'
import { chapterName, chapterOf, type Status } from './chapters.ts'
import { exchangesOf, type Failure, failureOf } from './failure.ts'

/** The format has no word for what could not be decided, nor for a fault of the harness. */
const words: Readonly<Record<Status, 'passed' | 'failed' | 'skipped' | 'other'>> = {
  passed: 'passed',
  failed: 'failed',
  skipped: 'skipped',
  inconclusive: 'other',
  errored: 'other',
}

/** Common Test Report Format, as JSON. */
export const renderCtrf = (result: RunResult, facts: readonly Fact[]): string => {
  const exchanges = exchangesOf(facts)
  const { counts } = result.gate
  const start = Date.parse(result.startedAt)
  const report = {
    reportFormat: 'CTRF',
    specVersion: '0.0.0',
    results: {
      tool: { name: 'fedcheck', version: result.fedcheck },
      summary: {
        tests: result.checks.length,
        passed: counts.passed,
        failed: counts.failed,
        skipped: counts.skipped,
        pending: 0,
        other: counts.inconclusive + counts.errored,
        start,
        stop: start + Math.round(result.durationMs),
      },
      tests: result.checks.map((check) => test(check, failureOf(check, result, exchanges))),
      environment: { appName: result.target.name, appVersion: result.target.version },
    },
  }
  return `${JSON.stringify(report, null, 2)}\n`
}

const test = (check: CheckResult, failure: Failure) => ({
  name: check.id,
  status: words[check.outcome.status],
  duration: Math.round(check.durationMs),
  rawStatus: check.outcome.status,
  suite: chapterName(chapterOf(check.id)),
  tags: [check.level, ...check.proves, ...(check.change === undefined ? [] : [check.change])],
  ...(check.outcome.status === 'passed' ? {} : { message: failure.message }),
  ...(failure.actual === undefined ? {} : { trace: traceOf(failure) }),
})

const traceOf = ({ expected = '', actual, reasons }: Failure): string =>
  [
    `Expected  ${expected}`,
    `Actual    ${actual}`,
    ...reasons.map((reason) => `Why       ${reason}`),
  ].join('\n')
