import { randomInt } from 'node:crypto'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { parseBaseline, type Baseline } from '../results/baseline.ts'
import type { Policy } from '../results/gate.ts'
import { suggestion } from '../run/nearest.ts'
import { readRun } from './files.ts'
import { UsageError } from './usage-error.ts'

/** The flags of `run` as commander gives them. */
export interface RunFlags {
  readonly target?: readonly string[]
  readonly roomVersions: string
  readonly workers: number
  readonly repeat: number
  readonly seed?: number
  readonly timeoutScale: number
  readonly x?: true
  readonly maxFailures?: number
  readonly lastFailed?: true
  readonly suites?: string
  readonly require: 'must' | 'should'
  readonly failOn?: readonly ('skip' | 'inconclusive')[]
  readonly strict?: true
  readonly baseline?: string
  readonly stale: 'fail' | 'warn'
  readonly requireNew?: true
  readonly output: string
  readonly title?: string
  readonly reporter?: 'live' | 'list' | 'dot'
}

const specs = ['embedded', 'embedded:QUIRK', 'synapse', 'process:COMMAND']

/** One or two targets. Throws UsageError for what no target is called. */
export async function targetsIn({ target = [] }: RunFlags): Promise<readonly string[]> {
  if (target.length > 2)
    throw new UsageError('at most two targets can be tested against each other')
  for (const spec of target) {
    if (!/^(?:embedded(?::.+)?|synapse|process:.+)$/s.test(spec))
      throw new UsageError(
        `there is no target '${spec}': it is ${specs.join(', ')}${suggestion(spec, specs)}`,
      )
    const quirk = spec.startsWith('embedded:') ? spec.slice('embedded:'.length) : undefined
    if (quirk !== undefined) await checkQuirk(quirk)
  }
  return target.length === 0 ? ['embedded'] : target
}

async function checkQuirk(quirk: string): Promise<void> {
  const { mutants } = await import('../reference/quirks/index.ts')
  const known = Object.keys(mutants)
  if (!Object.hasOwn(mutants, quirk))
    throw new UsageError(
      `there is no quirk '${quirk}': it is one of ${known.join(', ')}${suggestion(quirk, known)}`,
    )
}

export const policyIn = (flags: RunFlags): Policy => ({
  require: flags.strict ? 'should' : flags.require,
  failOn: flags.strict
    ? ['skipped', 'inconclusive']
    : (flags.failOn ?? []).map((word) => (word === 'skip' ? 'skipped' : word)),
  stale: flags.stale,
  requireNew: flags.requireNew === true,
})

export const maxFailuresIn = ({ x, maxFailures }: RunFlags): number | undefined =>
  x ? 1 : maxFailures

export const seedIn = ({ seed }: RunFlags): number => seed ?? randomInt(2 ** 31)

/** Reads a baseline file. Throws UsageError where there is none, and BaselineError. */
export async function readBaseline(file: string): Promise<Baseline> {
  let text: string
  try {
    text = await readFile(file, 'utf8')
  } catch (error) {
    throw new UsageError(`the baseline cannot be read: ${String(error)}`)
  }
  return parseBaseline(text, file, today())
}

export const today = (): string => new Date().toISOString().slice(0, 10)

/** Ids of what was red in the run whose report lies in a folder. Throws UsageError. */
export async function lastFailed(folder: string): Promise<ReadonlySet<string>> {
  const { checks } = await readRun(join(folder, 'run.json'))
  return new Set(
    checks
      .filter(({ outcome }) => ['failed', 'errored', 'inconclusive'].includes(outcome.status))
      .map(({ id }) => id),
  )
}

/** The arguments that repeat a run, seed included. */
export function commandOf(
  selectors: readonly string[],
  flags: RunFlags,
  seed: number,
): readonly string[] {
  const given: readonly (readonly [string, string | undefined])[] = [
    ...(flags.target ?? []).map((spec) => ['--target', spec] as const),
    ['--room-versions', flags.roomVersions],
    ['--suites', flags.suites],
    ['--baseline', flags.baseline],
    ['--timeout-scale', flags.timeoutScale === 1 ? undefined : String(flags.timeoutScale)],
    ['--seed', String(seed)],
  ]
  return [
    'run',
    ...selectors,
    ...given.flatMap(([flag, value]) => (value === undefined ? [] : [flag, value])),
  ]
}
