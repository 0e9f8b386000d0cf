import type { Exchange, Fact } from '../harness/journal/exchange.ts'
import type { CheckResult, RunResult } from '../harness/results/outcome.ts'
import { chaptersOf, type Chapter } from './chapters.ts'
import { type Demand, exchangesOf, type Failure, failureOf, printable } from './failure.ts'
import { oneLine, visible } from './visible.ts'

/**
 * JUnit as CI systems read it: a suite for each chapter, a case for each check. Failures that the baseline knows are
 * skipped cases with their reason, inconclusive ones too; the harness's own faults are errors.
 */
export const renderJunit = (result: RunResult, facts: readonly Fact[]): string => {
  const exchanges = exchangesOf(facts)
  const suites = chaptersOf(result).map((chapter) => suite(chapter, result, exchanges))
  const head = attributes({
    name: `fedcheck: ${result.title}`,
    ...totals(result.checks),
    time: inSeconds(result.durationMs),
    timestamp: result.startedAt,
  })
  return [
    '<?xml version="1.0" encoding="UTF-8"?>',
    `<testsuites${head}>`,
    ...suites,
    '</testsuites>',
    '',
  ].join('\n')
}

const suite = (
  { name, checks }: Chapter,
  result: RunResult,
  exchanges: ReadonlyMap<number, Exchange>,
): string => {
  const time = checks.reduce((sum, { durationMs }) => sum + durationMs, 0)
  const head = attributes({
    name,
    ...totals(checks),
    time: inSeconds(time),
    timestamp: result.startedAt,
  })
  const cases = checks.map((check) => testcase(check, failureOf(check, result, exchanges)))
  return [`  <testsuite${head}>`, ...cases, '  </testsuite>'].join('\n')
}

const testcase = (check: CheckResult, failure: Failure): string => {
  const head = attributes({
    name: check.id,
    classname: check.scenario.split('/').slice(0, -1).join('.') || check.scenario,
    time: inSeconds(check.durationMs),
  })
  const properties = [
    ['title', check.title],
    ['level', check.level],
    ['status', check.outcome.status],
    ...(check.change === undefined ? [] : [['change', check.change]]),
    ...check.proves.map((id) => ['requirement', id]),
  ].map(([name = '', value = '']) => `        <property${attributes({ name, value })}/>`)
  return [
    `    <testcase${head}>`,
    '      <properties>',
    ...properties,
    '      </properties>',
    ...ending(check, failure),
    '    </testcase>',
  ].join('\n')
}

const ending = (check: CheckResult, failure: Failure): string[] => {
  const { outcome } = check
  if (outcome.status === 'passed') return []
  if (outcome.status === 'skipped') return [skipped(failure.message)]
  if (outcome.status === 'inconclusive') return [skipped(`inconclusive: ${failure.message}`)]
  if (outcome.status === 'errored') {
    const { name, stack } = outcome.error
    const head = attributes({ message: failure.message, type: name })
    return [`      <error${head}>${escapeXml(printable(stack ?? failure.message))}</error>`]
  }
  if (isExcused(check)) return [skipped(excuse(check, failure))]
  const head = attributes({ message: summary(failure), type: 'Nonconformance' })
  return [`      <failure${head}>${escapeXml(details(failure))}</failure>`]
}

/** Whether the baseline expects this failure, so that it is not red. */
const isExcused = ({ change }: CheckResult): boolean => change === 'known' || change === 'flaky'

const excuse = ({ change, reason }: CheckResult, failure: Failure): string =>
  `${change} failure: ${reason ?? 'no reason on file'} | ${summary(failure)}`

const skipped = (message: string): string => `      <skipped${attributes({ message })}/>`

/** Requirement, expected and actual on one line, since most viewers show only that. */
const summary = ({ requires, message, expected, actual }: Failure): string =>
  [
    requires.map(({ id }) => id).join(', '),
    message,
    ...(expected === undefined ? [] : [`expected ${expected}`]),
    ...(actual === undefined ? [] : [`actual ${actual}`]),
  ].join(' | ')

/** Further lines of a text stand below its first. */
const details = (failure: Failure): string =>
  [
    ...failure.requires.map((demand) => `Requires  ${demandText(demand)}`),
    `In short  ${failure.message}`,
    ...(failure.expected === undefined ? [] : [`Expected  ${failure.expected}`]),
    ...(failure.actual === undefined ? [] : [`Actual    ${failure.actual}`]),
    ...failure.reasons.map((reason) => `Why       ${reason}`),
    ...failure.evidence.map(({ exchange, text }) => `Evidence  exchange ${exchange}: ${text}`),
    `Again     ${failure.again}`,
  ]
    .map((line) => line.replaceAll('\n', `\n${' '.repeat(10)}`))
    .join('\n')

const demandText = ({ id, level, wording, clause }: Demand): string =>
  [id, level, wording, clause].filter((part) => part !== undefined).join(' · ')

const totals = (checks: readonly CheckResult[]): Record<string, number> => {
  const failed = checks.filter(({ outcome }) => outcome.status === 'failed')
  const excused = failed.filter(isExcused).length
  const of = (...status: string[]) =>
    checks.filter(({ outcome }) => status.includes(outcome.status)).length
  return {
    tests: checks.length,
    failures: failed.length - excused,
    errors: of('errored'),
    skipped: of('skipped', 'inconclusive') + excused,
  }
}

const inSeconds = (ms: number): string => (ms / 1000).toFixed(3)

const attributes = (values: Readonly<Record<string, string | number>>): string =>
  Object.entries(values)
    .map(([name, value]) => ` ${name}="${escapeXml(oneLine(String(value)))}"`)
    .join('')

const entities: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
}

/** For text and for attributes in double quotes. What is visible holds nothing that XML forbids. */
const escapeXml = (text: string): string =>
  visible(text).replace(/[&<>"]/g, (mark) => entities[mark] ?? mark)
