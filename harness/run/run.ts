import type { Fact } from '../journal/exchange.ts'
import { Journal } from '../journal/journal.ts'
import { type Lab, type Loss, openLab } from '../lab/lab.ts'
import type { Baseline } from '../results/baseline.ts'
import type { Circumstances, Policy } from '../results/gate.ts'
import type { CheckResult, Finding, Reason, RunResult, TargetInfo } from '../results/outcome.ts'
import { currentStage } from '../scenario/stage.ts'
import type { Check } from '../scenario/variants.ts'
import { ambientChecksOf } from '../validators/ambient.ts'
import type { Assessment } from '../validators/validate.ts'
import { ambientResults } from './ambient.ts'
import { assemble, type Frame } from './assemble.ts'
import { Halt } from './halt.ts'
import { tellInOrder } from './mocha.ts'
import { errored, isFault, leftBehind } from './outcome.ts'
import { described, perform, type Performed } from './perform.ts'
import { schedule } from './schedule.ts'

export interface RunOptions {
  readonly checks: readonly Check[]
  /** As of Comparing. */
  readonly isPart: boolean
  readonly targets: readonly string[]
  readonly roomVersions: readonly string[]
  readonly seed: number
  readonly workers: number
  readonly repeat: number
  readonly timeoutScale: number
  /** No further check begins after this many red ones. */
  readonly maxFailures?: number
  readonly policy: Policy
  readonly baseline?: Baseline
  readonly title: string
  readonly command: readonly string[]
  /** Folder of events.ndjson and the targets' logs. */
  readonly output: string
  /** Aborted by Ctrl-C. */
  readonly interrupt: AbortSignal
}

/** Who looks on. */
export interface Watcher {
  /** The targets are up. */
  started(targets: readonly TargetInfo[]): void
  /** A check ended; in the order in which they end. */
  ended(result: CheckResult): void
  /** A check is told; in the order of the plan. */
  told(result: CheckResult): void
  /** What would be the result if the run ended now; now and then. */
  snapshot(result: RunResult): void
}

export interface Finished {
  readonly result: RunResult
  readonly facts: readonly Fact[]
  /** What could not be torn down. */
  readonly leftovers: readonly string[]
  /** Of a target that died in the middle: why, and its last log lines. */
  readonly death?: string
}

const startTimeoutMs = 60_000
const snapshotMs = 3_000

/**
 * Starts the targets, tells all checks, tears everything down, judges. Throws TargetError when a target does not start, and
 * what the journal throws when its file cannot be opened; whatever happens later becomes part of the result.
 */
export async function run(options: RunOptions, watcher: Watcher): Promise<Finished> {
  const halt = new Halt()
  const faults: string[] = []
  const blame = (text: string) => {
    faults.push(text)
    halt.abort({ code: 'harness-fault', text })
  }
  const journal = new Journal({
    directory: options.output,
    onFailure: (error) => blame(`the journal cannot be written: ${error.message}`),
  })
  const unguard = guard(blame, faults)
  try {
    const lab = await openLab(
      {
        ...options,
        journal,
        startTimeoutMs: startTimeoutMs * options.timeoutScale,
        logs: options.output,
      },
      options.interrupt,
    )
    const attempted = new Run(options, { lab, journal, halt, watcher })
    let leftovers: readonly string[] = []
    try {
      await attempted.tell()
    } finally {
      leftovers = await lab.close()
    }
    const result = attempted.result(faults[0])
    return { result, facts: journal.facts, leftovers, ...attempted.death }
  } finally {
    unguard()
    await journal.close()
  }
}

/**
 * Nothing that nobody waits for is lost. What a story has left behind spoils its check, or is told with the run where that
 * is judged already; anything else is the harness's fault, and ends the run.
 */
function guard(blame: (text: string) => void, faults: string[]): () => void {
  const caught = (error: unknown) => {
    const stage = currentStage()
    const { check } = stage
    if (check === '') blame(error instanceof Error ? (error.stack ?? error.message) : String(error))
    else if (!stage.strayed(error) && isFault(error)) faults.push(`${check}: ${leftBehind(error)}`)
  }
  process.on('unhandledRejection', caught)
  process.on('uncaughtException', caught)
  return () => {
    process.off('unhandledRejection', caught)
    process.off('uncaughtException', caught)
  }
}

interface Means {
  readonly lab: Lab
  readonly journal: Journal
  readonly halt: Halt
  readonly watcher: Watcher
}

class Run {
  readonly #options: RunOptions
  readonly #means: Means
  readonly #frame: Frame
  readonly #results = new Map<string, CheckResult>()
  readonly #assessments: Assessment[] = []
  #died: string | undefined
  #over = false
  #reds = 0
  #snapshotAt = Number.NEGATIVE_INFINITY

  constructor(options: RunOptions, means: Means) {
    this.#options = options
    this.#means = means
    const [first, ...others] = means.lab.infos
    if (first === undefined) throw new Error('a run needs a target')
    const since = new Map(options.checks.map(({ scenario }) => [scenario.id, scenario.story.since]))
    this.#frame = {
      ...options,
      startedAt: new Date(Date.now() - means.journal.now()),
      targets: [first, ...others],
      since: (scenario) => since.get(scenario),
    }
  }

  async tell(): Promise<void> {
    const { lab, journal, halt, watcher } = this.#means
    const { checks, workers, repeat, interrupt } = this.#options
    watcher.started(lab.infos)
    void lab.lost.then((loss) => this.#lost(loss))
    whenAborted(interrupt, () => halt.abort(interrupted))
    const performer = { lab, journal, halt, repeat }
    const results = schedule(
      checks,
      workers,
      async (check) => this.#end(await perform(performer, check)),
      (check, error) => this.#end({ result: broken(check, error, journal.now()) }),
    )
    const awaited = checks.flatMap((check, index) => {
      const result = results[index]
      return result === undefined ? [] : [{ id: check.id, title: check.scenario.title, result }]
    })
    await tellInOrder(awaited, (result) => watcher.told(result))
    await Promise.all(results)
    this.#over = true
  }

  /** The run's result. `fault`: what the harness did wrong, in words. */
  result(fault: string | undefined): RunResult {
    const { interrupt } = this.#options
    return this.#assembled({
      ...(fault === undefined ? {} : { fault }),
      ...(this.#died === undefined
        ? {}
        : { died: `${firstLine(this.#died)} in the middle of the run` }),
      interrupted: interrupt.aborted,
    })
  }

  get death(): Pick<Finished, 'death'> {
    return this.#died === undefined ? {} : { death: this.#died }
  }

  #assembled(circumstances: Circumstances): RunResult {
    const { journal, lab } = this.#means
    const names = lab.infos.map(({ serverName }) => serverName)
    const isTarget = ({ server }: Finding) => names.includes(server)
    const told = this.#options.checks.flatMap(({ id }) => this.#results.get(id) ?? [])
    const isDecided = told.some(({ outcome }) => decided.has(outcome.status))
    const durationMs = journal.now()
    return assemble(this.#frame, {
      checks: [
        ...told,
        ...(isDecided ? ambientResults(ambientChecksOf(this.#assessments, names), durationMs) : []),
      ],
      findings: this.#assessments.flatMap(({ findings }) => findings.filter(isTarget)),
      exchanges: journal.facts.filter(({ kind }) => kind === 'exchange').length,
      durationMs,
      circumstances,
    })
  }

  #lost({ reason, why }: Loss): void {
    if (this.#over) return
    this.#died = why
    this.#means.halt.abort(reason)
  }

  #end({ result, assessment }: Performed): CheckResult {
    const { halt, watcher, journal } = this.#means
    this.#results.set(result.id, result)
    if (assessment) this.#assessments.push(assessment)
    if (result.outcome.status === 'failed') this.#reds += 1
    const most = this.#options.maxFailures
    if (most !== undefined && this.#reds >= most)
      halt.stop({ code: 'max-failures', text: `${most} check${most === 1 ? '' : 's'} had failed` })
    watcher.ended(result)
    if (journal.now() - this.#snapshotAt > snapshotMs) {
      this.#snapshotAt = journal.now()
      watcher.snapshot(this.#assembled({ interrupted: true }))
    }
    return result
  }
}

/** Without the colon before the log lines. */
const firstLine = (text: string): string => (text.split('\n', 1)[0] ?? '').replace(/[:;]\s*$/, '')

const decided: ReadonlySet<string> = new Set(['passed', 'failed'])

const interrupted: Reason = { code: 'interrupted', text: 'the run was interrupted' }

const broken = (check: Check, error: unknown, now: number): CheckResult => ({
  ...described(check),
  outcome: errored(error),
  startedAt: now,
  durationMs: 0,
})

function whenAborted(signal: AbortSignal, deed: () => void): void {
  if (signal.aborted) deed()
  else signal.addEventListener('abort', deed, { once: true })
}
