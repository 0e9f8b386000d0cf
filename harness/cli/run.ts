import { writeFile } from 'node:fs/promises'
import { join, resolve } from 'node:path'
import { renderJson } from '../../reports/json.ts'
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
import { ambientRules } from '../validators/rules.ts'
import { endingOf } from './failures.ts'
import { prepareOutput, writeReports } from './files.ts'
import { roomVersionsIn } from './room-versions.ts'
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
  return {
    checks: plan(scenarios, {
      versions,
      selectors,
      targets: targets.length,
      ...(only === undefined ? {} : { only }),
    }),
    targets,
    roomVersions: versions.map(({ id }) => id),
    seed,
    workers: flags.workers,
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

/** Whether there is a check of that name, in whatever version. */
export function knownIn(scenarios: readonly Scenario[]): (id: string) => boolean {
  const ids = new Set([...inventory(scenarios), ...ambientRules].map(({ id }) => id))
  return (id) => ids.has(id)
}

async function told(options: RunOptions, flags: RunFlags): Promise<Gate['exitCode']> {
  await prepareOutput(options.output)
  const terminal = new Terminal(process.stdout, flags.reporter)
  let finished: Finished
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
      snapshot: (result) => keep(options.output, result),
    })
  } catch (error) {
    return notBegun(error, options.interrupt)
  }
  const { result, facts } = finished
  const { problems } = await writeReports(options.output, result, facts)
  for (const problem of [...finished.leftovers, ...problems]) process.stderr.write(`${problem}\n`)
  const notices = [
    ...pasteable(result, options.baseline),
    `report: ${join(options.output, 'report.html')}`,
  ]
  terminal.close(result, facts, { policy: options.policy, notices })
  return result.gate.exitCode
}

/** What is known so far, so that even a killed run can be reported. A disk that is full shows up in the journal. */
function keep(folder: string, result: RunResult): void {
  writeFile(join(folder, 'run.json'), renderJson(result)).catch(() => undefined)
}

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
