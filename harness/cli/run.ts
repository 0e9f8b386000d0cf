import { join, resolve } from 'node:path'
import { renderClosing } from '../../reports/console.ts'
import { checkKnown, entryFor, entryLine } from '../results/baseline.ts'
import type { Baseline } from '../results/baseline.ts'
import { gate, plainPolicy } from '../results/gate.ts'
import type { Gate, RunResult } from '../results/outcome.ts'
import { specification } from '../results/specification.ts'
import { inventory, plan } from '../run/plan.ts'
import { type Finished, run, type RunOptions } from '../run/run.ts'
import { ownVersion } from '../run/version.ts'
import type { Scenario } from '../scenario/scenario.ts'
import type { Check } from '../scenario/variants.ts'
import { ambientRules } from '../validators/rules.ts'
import { endingOf } from './failures.ts'
import { Keeper, prepareOutput, writeReports } from './files.ts'
import { roomVersionsIn, usualVersions } from './room-versions.ts'
import {
  commandOf,
  lastFailed,
  maxFailuresIn,
  policyIn,
  readBaseline,
  type RunFlags,
  seedIn,
  targetsIn,
} from './run-options.ts'
import { onInterrupt } from './signals.ts'
import { scenariosIn } from './suites.ts'
import { Terminal } from './terminal.ts'

export type { RunFlags } from './run-options.ts'

/** `fedcheck run`: answers the exit code. */
export async function runCommand(
  selectors: readonly string[],
  flags: RunFlags,
): Promise<Gate['exitCode']> {
  const interrupt = onInterrupt()
  try {
    const options = await optionsOf(selectors, flags, interrupt.signal)
    if (options.checks.length === 0) return closed(gate([], plainPolicy))
    return await told(options, flags)
  } finally {
    interrupt.ended()
  }
}

async function optionsOf(
  selectors: readonly string[],
  flags: RunFlags,
  interrupt: AbortSignal,
): Promise<RunOptions> {
  const targets = await targetsIn(flags)
  const versions = roomVersionsIn(flags.roomVersions)
  const seed = seedIn(flags)
  const output = resolve(flags.output)
  const baseline = flags.baseline === undefined ? undefined : await readBaseline(flags.baseline)
  const only = flags.lastFailed ? await lastFailed(output) : undefined
  const scenarios = await scenariosIn(flags.suites)
  if (baseline) checkKnown(baseline, flags.baseline ?? '', knownIn(scenarios))
  const maxFailures = maxFailuresIn(flags)
  const checks = plan(scenarios, {
    versions,
    selectors,
    targets: targets.length,
    ...(only === undefined ? {} : { only }),
  })
  return {
    checks,
    isPart: isPart(checks, scenarios, targets.length),
    targets,
    roomVersions: versions.map(({ id }) => id),
    seed,
    // Two targets have one link between them: what one check does to it would be done to all.
    workers: targets.length === 1 ? flags.workers : 1,
    repeat: flags.repeat,
    timeoutScale: flags.timeoutScale,
    ...(maxFailures === undefined ? {} : { maxFailures }),
    policy: policyIn(flags),
    ...(baseline === undefined ? {} : { baseline }),
    title: flags.title ?? targets.join(' against '),
    command: commandOf(selectors, flags, seed),
    output,
    interrupt,
  }
}

/** Whether some check is left out that a run without selectors has. */
function isPart(
  checks: readonly Check[],
  scenarios: readonly Scenario[],
  targets: number,
): boolean {
  const ids = new Set(checks.map(({ id }) => id))
  const versions = roomVersionsIn(usualVersions)
  return !plan(scenarios, { versions, selectors: [], targets }).every(({ id }) => ids.has(id))
}

/** Whether there is a check of that name, in whatever version. */
export function knownIn(scenarios: readonly Scenario[]): (id: string) => boolean {
  const ids = new Set([...inventory(scenarios), ...ambientRules].map(({ id }) => id))
  return (id) => ids.has(id)
}

async function told(options: RunOptions, flags: RunFlags): Promise<Gate['exitCode']> {
  await prepareOutput(options.output)
  const terminal = new Terminal(process.stdout, flags.reporter)
  const keeper = new Keeper(options.output)
  let finished: Finished
  terminal.starting(`starting ${options.targets.join(' and ')} …`)
  try {
    finished = await run(options, {
      started: (targets) =>
        terminal.announce({
          ...options,
          fedcheck: ownVersion(),
          specification,
          targets,
          checks: options.checks.length,
        }),
      ended: (result) => terminal.ended(result),
      told: (result) => terminal.told(result),
      snapshot: (result) => keeper.keep(result),
    })
  } catch (error) {
    return notBegun(error, options.interrupt)
  }
  await keeper.close()
  return await reported(finished, options, terminal)
}

async function reported(
  { result, facts, leftovers, death }: Finished,
  { output, baseline, policy }: RunOptions,
  terminal: Terminal,
): Promise<Gate['exitCode']> {
  const { problems } = await writeReports(output, result, facts)
  const end = problems.length === 0 ? result : unreported(result)
  for (const each of [...leftovers, ...problems]) process.stderr.write(`${each}\n`)
  if (death !== undefined) process.stderr.write(`\n${death}\n`)
  const notices = [...pasteable(result, baseline), `report: ${join(output, 'report.html')}`]
  terminal.close(end, facts, { policy, notices })
  return end.gate.exitCode
}

/** A run that cannot be told is no green run. */
const unreported = (result: RunResult): RunResult =>
  result.gate.exitCode === 0
    ? { ...result, gate: { ...result.gate, exitCode: 4, because: 'the report was not written' } }
    : result

/** Nothing was measured: the target did not start, or the run was interrupted before. */
function notBegun(error: unknown, interrupt: AbortSignal): Gate['exitCode'] {
  if (interrupt.aborted) return closed(gate([], plainPolicy, { interrupted: true }))
  const { exitCode, text } = endingOf(error)
  process.stderr.write(`${text}\n`)
  const because = text.split('\n', 1)[0] ?? ''
  return closed({ ...gate([], plainPolicy), exitCode, because })
}

function closed(ending: Gate): Gate['exitCode'] {
  process.stdout.write(`${renderClosing({ gate: ending })}\n`)
  return ending.exitCode
}

/** Entries for what the baseline does not know, ready to be pasted into it. */
function pasteable(result: RunResult, baseline: Baseline | undefined): readonly string[] {
  if (baseline === undefined) return []
  const unknown = result.checks.filter(
    ({ change }) => change === 'regression' || change === 'new' || change === 'known-but-different',
  )
  const entries = unknown.flatMap((check) => entryFor(check, check.reason ?? '') ?? [])
  return entries.length === 0
    ? []
    : ['Entries for the baseline, each to be given its reason:', ...entries.map(entryLine), '']
}
