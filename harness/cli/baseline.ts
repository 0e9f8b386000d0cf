import { existsSync } from 'node:fs'
import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import {
  type Baseline,
  checkKnown,
  type Entry,
  entryFor,
  entryLine,
  parseBaseline,
  writeBaseline,
} from '../results/baseline.ts'
import type { CheckResult } from '../results/outcome.ts'
import { ownVersion } from '../run/version.ts'
import { readRun } from './files.ts'
import { knownIn } from './run.ts'
import { readBaseline, today } from './run-options.ts'
import { scenariosIn } from './suites.ts'
import { UsageError } from './usage-error.ts'

export interface BaselineFlags {
  readonly file: string
  readonly suites?: string
}

export interface UpdateFlags {
  readonly file: string
  readonly run: string
  readonly reason: string
  readonly issue?: string
  readonly expires?: string
}

/**
 * Takes up what failed in a run, takes out what passed, and leaves what the run says nothing about. A check that the
 * harness broke is never taken up.
 */
export async function updateCommand(flags: UpdateFlags): Promise<0> {
  if (flags.reason.trim() === '') throw new UsageError('a reason is needed')
  const before: Baseline = existsSync(flags.file)
    ? await readBaseline(flags.file)
    : { fedcheck: ownVersion(), entries: [] }
  const { checks } = await readRun(join(flags.run, 'run.json'))
  const entries = updated(before.entries, checks, flags)
  const text = writeBaseline({ fedcheck: ownVersion(), entries })
  // What cannot be read again is not written.
  parseBaseline(text, flags.file, today())
  await writeFile(flags.file, text)
  print(difference(before.entries, entries))
  return 0
}

function updated(
  before: readonly Entry[],
  checks: readonly CheckResult[],
  { reason, issue, expires }: UpdateFlags,
): readonly Entry[] {
  const entries = new Map(before.map((entry) => [entry.check, entry]))
  for (const check of checks) {
    const known = entries.get(check.id)
    if (known?.expect === 'flaky') continue
    if (check.outcome.status === 'passed') entries.delete(check.id)
    const entry = entryFor(check, reason)
    if (entry === undefined || known?.fingerprint === entry.fingerprint) continue
    entries.set(check.id, {
      ...entry,
      ...(issue === undefined ? {} : { issue }),
      ...(expires === undefined ? {} : { expires }),
    })
  }
  return [...entries.values()]
}

/** What was added and taken out, in lines with + and -. */
function difference(before: readonly Entry[], after: readonly Entry[]): readonly string[] {
  const [old, fresh] = [before, after].map((entries) => new Set(entries.map(entryLine)))
  const gone = [...(old ?? [])].filter((line) => !fresh?.has(line)).map((line) => `- ${line}`)
  const come = [...(fresh ?? [])].filter((line) => !old?.has(line)).map((line) => `+ ${line}`)
  return gone.length + come.length === 0 ? ['nothing to change'] : [...gone, ...come]
}

/** Throws BaselineError for whatever a run would refuse. */
export async function checkCommand({ file, suites }: BaselineFlags): Promise<0> {
  const baseline = await readBaseline(file)
  checkKnown(baseline, file, knownIn(await scenariosIn(suites)))
  print([`${file}: ${baseline.entries.length} entries, all in order`])
  return 0
}

export async function pruneCommand({ file, suites }: BaselineFlags): Promise<0> {
  const isKnown = knownIn(await scenariosIn(suites))
  // Expired entries are what this is for, so the file is read as of a day on which nothing had expired.
  const baseline = parseBaseline(await textOf(file), file, '')
  const entries = baseline.entries.filter(
    ({ check, expires }) => isKnown(check) && (expires === undefined || expires >= today()),
  )
  await writeFile(file, writeBaseline({ ...baseline, entries }))
  print(difference(baseline.entries, entries))
  return 0
}

async function textOf(file: string): Promise<string> {
  try {
    return await readFile(file, 'utf8')
  } catch (error) {
    throw new UsageError(`the baseline cannot be read: ${String(error)}`)
  }
}

const print = (lines: readonly string[]): void => {
  process.stdout.write(`${lines.join('\n')}\n`)
}
