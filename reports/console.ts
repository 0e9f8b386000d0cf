import { Chalk, type ChalkInstance, type ColorSupportLevel } from 'chalk'
import type { Fact } from '../harness/journal/exchange.ts'
import type { CheckResult, RunResult, TargetInfo } from '../harness/results/outcome.ts'
import { chaptersOf, type Status, statuses } from './chapters.ts'
import {
  type Demand,
  exchangesOf,
  type Failure,
  failureOf,
  printable,
  type RunContext,
} from './failure.ts'
import { oneLine } from './visible.ts'
import { count, duration } from './words.ts'

/** How the terminal is. Absent: no colour, lines as long as they come. */
export interface Look {
  /** Chalk's level, 0 to 3. */
  readonly colour?: ColorSupportLevel
  /** Columns to wrap at. */
  readonly width?: number
}

/** What is known before the first check runs. */
export interface Announcement {
  readonly fedcheck: string
  readonly specification: string
  readonly targets: readonly TargetInfo[]
  readonly roomVersions: readonly string[]
  readonly checks: number
  readonly workers: number
  readonly seed: number
}

/** Where a run stands. */
export interface Progress {
  readonly done: number
  readonly total: number
  readonly counts: Readonly<Record<Status, number>>
  readonly elapsedMs: number
  /** Checks that have failed so far, the latest last. */
  readonly failures: readonly string[]
}

const signs: Readonly<Record<Status, string>> = {
  passed: '✓',
  failed: '✗',
  skipped: '-',
  inconclusive: '?',
  errored: '!',
}

const painter = (look: Look): ChalkInstance => new Chalk({ level: look.colour ?? 0 })

const tint = (paint: ChalkInstance, status: Status): ChalkInstance =>
  ({
    passed: paint.green,
    failed: paint.red,
    skipped: paint.dim,
    inconclusive: paint.magenta,
    errored: paint.yellow,
  })[status]

/** Four lines on what is about to run. */
export const renderHeader = (run: Announcement, look: Look = {}): string => {
  const paint = painter(look)
  const versions =
    run.roomVersions.length > 0 ? `, room versions ${run.roomVersions.join(', ')}` : ''
  const targets = run.targets.map(({ name, version, spec, serverName }) =>
    printable(`${name} ${version} (${spec}, ${serverName})`),
  )
  return [
    `${paint.bold(`fedcheck ${run.fedcheck}`)} · Matrix ${run.specification}`,
    ...targets.map((target) => `${paint.dim('target')}  ${oneLine(target)}`),
    `${paint.dim('checks')}  ${run.checks}${versions}`,
    `${paint.dim('seed')}    ${run.seed}, ${count(run.workers, 'worker')}`,
  ].join('\n')
}

const barWidth = 20

/** One line of at most `width` columns: how far, how long still, what fails. No line feed. */
export const renderLive = (progress: Progress, width: number, look: Look = {}): string => {
  const paint = painter(look)
  const { done, total, counts, elapsedMs, failures } = progress
  const filled = total === 0 ? 0 : Math.round((barWidth * done) / total)
  const parts = [
    { text: `${'█'.repeat(filled)}${'░'.repeat(barWidth - filled)}`, paint: paint.dim },
    { text: `${done}/${total}`, paint: paint.bold },
    { text: counts.failed > 0 ? `${counts.failed} failed` : '', paint: paint.red },
    { text: counts.errored > 0 ? `${counts.errored} errored` : '', paint: paint.yellow },
    { text: timeLeft(done, total, elapsedMs), paint: paint.reset },
    { text: failures.length > 0 ? `✗ ${failures.at(-1)}` : '', paint: paint.red },
  ].filter(({ text }) => text !== '')
  if (width < 60) parts.shift()
  let room = width
  let line = ''
  for (const part of parts) {
    const gap = line === '' ? '' : '  '
    if (room <= gap.length) break
    const text = shorten(part.text, room - gap.length)
    line += gap + part.paint(text)
    room -= gap.length + Array.from(text).length
  }
  return line
}

const timeLeft = (done: number, total: number, elapsedMs: number): string => {
  if (done === 0 || done >= total) return duration(elapsedMs)
  return `${duration(elapsedMs)}, about ${duration((elapsedMs / done) * (total - done))} left`
}

const shorten = (text: string, width: number): string => {
  const marks = Array.from(oneLine(text))
  return marks.length <= width
    ? marks.join('')
    : `${marks.slice(0, Math.max(0, width - 1)).join('')}…`
}

/** One line for one check, for logs where nothing may be overwritten. */
export const renderCheckLine = (check: CheckResult, look: Look = {}): string => {
  const paint = painter(look)
  const { status } = check.outcome
  const change = check.change === undefined ? '' : ` (${check.change})`
  const head = tint(paint, status)(`${signs[status]} ${check.id}`) + paint.dim(change)
  const { outcome } = check
  if (outcome.status === 'passed') return `${head} ${paint.dim(duration(check.durationMs))}`
  if (outcome.status === 'failed') return `${head}  ${oneLine(printable(outcome.evidence.message))}`
  if (outcome.status === 'errored') return `${head}  ${oneLine(printable(outcome.error.message))}`
  const because = outcome.status === 'skipped' ? outcome.because.text : outcome.because
  return `${head}  ${status}: ${oneLine(printable(because))}`
}

/** The block of a failed, inconclusive or errored check: what is demanded, what was seen, by which exchanges, and the command to see it again. Needs no finished result. */
export const renderFailure = (
  check: CheckResult,
  result: RunContext,
  facts: readonly Fact[],
  look: Look = {},
): string => {
  const paint = painter(look)
  const failure = failureOf(check, result, exchangesOf(facts))
  const head = `${signs[check.outcome.status]} ${check.id}`
  const first = failure.requires[0]
  const gap = ' '.repeat(Math.max(2, 62 - head.length))
  return [
    tint(paint, check.outcome.status).bold(head) + (first ? gap + paint.dim(title(first)) : ''),
    ...entries(check, failure).map(([label, text]) => entry(label, text, paint, look)),
  ].join('\n')
}

const title = (demand: Demand): string =>
  demand.level === undefined ? demand.id : `${demand.id} · ${demand.level}`

const entries = (check: CheckResult, failure: Failure): [label: string, text: string][] => [
  ...failure.requires.map((demand, i) => pair('Requires', demandText(demand, i))),
  ...(failure.inShort === undefined ? [] : [pair('In short', failure.inShort)]),
  ...(failure.expected === undefined ? [] : [pair('Expected', failure.expected)]),
  [labels[check.outcome.status], failure.actual ?? failure.message],
  ...failure.reasons.map((reason, i) => pair(i === 0 ? 'Why' : '', reason)),
  ...failure.evidence.map(({ exchange, text }) =>
    pair('Evidence', `exchange ${exchange}: ${text}`),
  ),
  ['Again', failure.again],
]

const pair = (label: string, text: string): [label: string, text: string] => [label, text]

const labels: Readonly<Record<Status, string>> = {
  passed: 'Actual',
  failed: 'Actual',
  skipped: 'Skipped',
  inconclusive: 'Unclear',
  errored: 'Harness',
}

/** The first demand stands in the head line already; further ones name themselves. */
const demandText = (demand: Demand, place: number): string => {
  const wording = demand.wording ?? demand.id
  const named = place === 0 ? wording : `${wording} (${title(demand)})`
  return demand.clause === undefined ? named : `${named}\n${demand.clause}`
}

const indent = ' '.repeat(14)

const entry = (label: string, text: string, paint: ChalkInstance, look: Look): string => {
  // A command must survive being copied, so it is never broken.
  const width =
    label === 'Again' || look.width === undefined ? Infinity : look.width - indent.length
  const [first = '', ...rest] = text.split('\n').flatMap((line) => wrap(line, Math.max(20, width)))
  const lines = rest.map((line) => `\n${indent}${line}`)
  return `    ${paint.dim(label.padEnd(10))}${first}${lines.join('')}`
}

const wrap = (line: string, width: number): string[] => {
  const lines: string[] = []
  let current = ''
  for (const word of line.split(' ')) {
    if (current !== '' && current.length + 1 + word.length > width) {
      lines.push(current)
      current = word
    } else current = current === '' ? word : `${current} ${word}`
  }
  return [...lines, current]
}

/** A line for each chapter: `Joining  22/24  2 failed`. The second number is all checks of the chapter, skipped ones too. */
export const renderChapters = (result: RunResult, look: Look = {}): string => {
  const paint = painter(look)
  const chapters = chaptersOf(result)
  const width = Math.max(0, ...chapters.map(({ name }) => name.length))
  return chapters
    .map(({ name, checks, counts }) => {
      const share = `${counts.passed}/${checks.length}`.padStart(9)
      const rest = statuses
        .filter((status) => status !== 'passed' && counts[status] > 0)
        .map((status) => tint(paint, status)(`${counts[status]} ${status}`))
      const good = counts.passed === checks.length ? paint.green(share) : share
      return `${name.padEnd(width)}${good}  ${rest.join(', ')}`.trimEnd()
    })
    .join('\n')
}

/** The last two lines: why the exit code is what it is, and the counts. */
export const renderClosing = (result: Pick<RunResult, 'gate'>, look: Look = {}): string => {
  const paint = painter(look)
  const { exitCode, because, counts } = result.gate
  const odd = (['inconclusive', 'errored'] as const)
    .filter((status) => counts[status] > 0)
    .map((status) => `; ${counts[status]} ${status}`)
  const why = `exit ${exitCode}: ${oneLine(printable(because))}${odd.join('')}`
  return [
    exitCode === 0 ? paint.green(why) : paint.red(why),
    `${counts.passed} passed, ${counts.failed} failed, ${counts.skipped} skipped`,
  ].join('\n')
}
