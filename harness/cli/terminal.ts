import { supportsColor } from 'chalk'
import {
  type Announcement,
  type Look,
  type Progress,
  renderChapters,
  renderCheckLine,
  renderClosing,
  renderFailure,
  renderHeader,
  renderLive,
} from '../../reports/console.ts'
import type { Fact } from '../journal/exchange.ts'
import { redness } from '../results/gate.ts'
import type { Policy } from '../results/gate.ts'
import type { CheckResult, Outcome, RunResult } from '../results/outcome.ts'

export type Style = 'live' | 'list' | 'dot'

const mostBlocks = 25
const redrawMs = 100
const dots: Readonly<Record<Outcome['status'], string>> = {
  passed: '.',
  failed: 'F',
  skipped: '-',
  inconclusive: '?',
  errored: 'E',
}

/** How standard output looks at things: colour only where somebody sees it, or asks for it. */
function lookOf(stream: NodeJS.WriteStream): Look {
  const wanted = !process.env['NO_COLOR'] && supportsColor ? supportsColor.level : 0
  return stream.isTTY
    ? { colour: wanted, width: Math.max(40, stream.columns) }
    : { colour: process.env['FORCE_COLOR'] === undefined ? 0 : wanted }
}

/** Everything that a run prints. Only this writes to standard output while a run goes on. */
export class Terminal {
  readonly #out: NodeJS.WriteStream
  readonly #look: Look
  readonly #style: Style
  #began = performance.now()
  readonly #counts = { passed: 0, failed: 0, skipped: 0, inconclusive: 0, errored: 0 }
  readonly #failures: string[] = []
  #total = 0
  #done = 0
  #drawnAt = 0
  #isLiveOpen = false
  #dotsInLine = 0

  constructor(out: NodeJS.WriteStream, style: Style | undefined) {
    this.#out = out
    this.#look = lookOf(out)
    this.#style = style ?? (out.isTTY ? 'live' : 'list')
  }

  /** What is going on before there is anything to announce. */
  starting(what: string): void {
    if (this.#style !== 'live') return
    this.#out.write(what)
    this.#isLiveOpen = true
  }

  announce(announcement: Announcement): void {
    this.#began = performance.now()
    this.#total = announcement.checks
    this.line(`${renderHeader(announcement, this.#look)}\n`)
  }

  /** A line of its own, above the live line. */
  line(text: string): void {
    this.#clear()
    this.#out.write(`${text}\n`)
  }

  /** A check has ended. */
  ended({ id, outcome }: CheckResult): void {
    this.#done += 1
    this.#counts[outcome.status] += 1
    if (outcome.status === 'failed') this.#failures.push(id)
    const now = performance.now()
    if (this.#style !== 'live' || now - this.#drawnAt < redrawMs) return
    this.#drawnAt = now
    this.#draw()
  }

  /** The check's turn to be told has come. */
  told(result: CheckResult): void {
    const { status } = result.outcome
    if (this.#style === 'dot') this.#dot(dots[status])
    else if (this.#style === 'list') this.line(renderCheckLine(result, this.#look))
    else if (status !== 'passed' && status !== 'skipped')
      this.line(renderCheckLine(result, this.#look))
  }

  /** Blocks of what is red, chapters, and the two closing lines with `notices` before them. */
  close(result: RunResult, facts: readonly Fact[], how: Closing): void {
    this.#clear()
    if (this.#dotsInLine > 0) this.line('')
    const blocks = result.checks.filter((check) => isTold(check, how.policy))
    for (const check of blocks.slice(0, mostBlocks))
      this.line(`\n${renderFailure(check, result, facts, this.#look)}`)
    if (blocks.length > mostBlocks)
      this.line(`\n${blocks.length - mostBlocks} more are in the report.`)
    this.line(`\n${renderChapters(result, this.#look)}\n`)
    for (const notice of how.notices) this.line(notice)
    this.line(renderClosing(result, this.#look))
  }

  #draw(): void {
    const progress: Progress = {
      done: this.#done,
      total: this.#total,
      counts: this.#counts,
      elapsedMs: performance.now() - this.#began,
      failures: this.#failures,
    }
    const width = (this.#look.width ?? 80) - 1
    this.#out.write(`\r\u001b[2K${renderLive(progress, width, this.#look)}`)
    this.#isLiveOpen = true
  }

  #clear(): void {
    if (this.#isLiveOpen) this.#out.write('\r\u001b[2K')
    this.#isLiveOpen = false
  }

  #dot(mark: string): void {
    this.#out.write(mark)
    this.#dotsInLine = (this.#dotsInLine + 1) % 80
    if (this.#dotsInLine === 0) this.#out.write('\n')
  }
}

export interface Closing {
  readonly policy: Policy
  readonly notices: readonly string[]
}

/** Whether a check deserves a block: it is red, or nobody can tell, or the harness broke. */
const isTold = (check: CheckResult, policy: Policy): boolean =>
  redness(check, policy) !== undefined ||
  check.outcome.status === 'errored' ||
  check.outcome.status === 'inconclusive' ||
  (check.outcome.status === 'failed' && check.change === undefined)
