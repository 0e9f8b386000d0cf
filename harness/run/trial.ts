import { Journal } from '../journal/journal.ts'
import { openLab } from '../lab/lab.ts'
import type { CheckResult } from '../results/outcome.ts'
import type { Check } from '../scenario/variants.ts'
import { ambientChecksOf } from '../validators/ambient.ts'
import { ambientResults } from './ambient.ts'
import { Halt } from './halt.ts'
import { errored } from './outcome.ts'
import { described, perform, type Performed } from './perform.ts'
import { schedule } from './schedule.ts'

export interface TrialOptions {
  /** As of `--target`. */
  readonly target: string
  readonly checks: readonly Check[]
  readonly workers: number
  readonly seed: number
  readonly timeoutScale: number
}

const startTimeoutMs = 60_000

/**
 * Tells checks to a target of its own and leaves nothing behind: a run without report. Answers what became of every check,
 * ambient ones included. Throws TargetError when the target does not start.
 */
export async function trial(
  options: TrialOptions,
  signal: AbortSignal,
): Promise<readonly CheckResult[]> {
  const { checks, workers, seed, timeoutScale } = options
  const journal = new Journal()
  const halt = new Halt()
  const stop = () => halt.abort({ code: 'interrupted', text: 'the run was interrupted' })
  signal.addEventListener('abort', stop)
  try {
    const lab = await openLab(
      { targets: [options.target], journal, seed, timeoutScale, startTimeoutMs },
      signal,
    )
    const names = lab.infos.map(({ serverName }) => serverName)
    try {
      const performer = { lab, journal, halt, repeat: 1 }
      const told = await Promise.all(
        schedule<Check, Performed>(
          checks,
          workers,
          (check) => perform(performer, check),
          (check, error) => ({ result: broken(check, error) }),
        ),
      )
      const assessments = told.flatMap(({ assessment }) => assessment ?? [])
      return [
        ...told.map(({ result }) => result),
        ...ambientResults(ambientChecksOf(assessments, names), journal.now()),
      ]
    } finally {
      await lab.close()
    }
  } finally {
    signal.removeEventListener('abort', stop)
    await journal.close()
  }
}

const broken = (check: Check, error: unknown): CheckResult => ({
  ...described(check),
  outcome: errored(error),
  startedAt: 0,
  durationMs: 0,
})
