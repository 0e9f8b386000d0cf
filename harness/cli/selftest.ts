import { idle, attemptOn, judge, nearAttempt } from '../run/selftest.ts'
import type { Attempt, Judgement } from '../run/selftest.ts'
import { suggestion } from '../run/nearest.ts'
import { trial } from '../run/trial.ts'
import type { Scenario } from '../scenario/scenario.ts'
import { nearMisses, oddest, quirks } from '../reference/quirks/index.ts'
import { uncaught } from '../../fixtures/uncaught.ts'
import { onInterrupt } from './signals.ts'
import { scenariosIn } from './suites.ts'
import { UsageError } from './usage-error.ts'

export interface SelftestFlags {
  readonly whole?: true
  readonly workers: number
  readonly timeoutScale: number
  readonly suites?: string
}

interface Tried {
  readonly attempt: Attempt
  readonly judgement: Judgement
}

/** How many mutants live at once. */
const atOnce = 4
const seed = 1

/** `fedcheck selftest`: 1 when a quirk gets away, something else fails, or a scenario never finds anything. */
export async function selftestCommand(
  names: readonly string[],
  flags: SelftestFlags,
): Promise<0 | 1 | 130> {
  const interrupt = onInterrupt()
  try {
    const scenarios = await scenariosIn(flags.suites)
    const attempts = chosen(names, scenarios, flags.whole === true)
    const tried = await tryAll(attempts, flags, interrupt.signal)
    if (interrupt.signal.aborted) return 130
    return concluded(scenarios, tried, names)
  } catch (error) {
    if (interrupt.signal.aborted) return 130
    throw error
  } finally {
    interrupt.ended()
  }
}

function chosen(
  names: readonly string[],
  scenarios: readonly Scenario[],
  whole: boolean,
): readonly Attempt[] {
  const all = [
    ...Object.values(quirks).map((quirk) => attemptOn(quirk, scenarios, whole)),
    ...Object.values(nearMisses).map((mutant) => nearAttempt(mutant, scenarios)),
  ]
  const byDefault = (id: string) => whole || !Object.hasOwn(nearMisses, id) || id === oddest
  const known = all.map(({ mutant }) => mutant.id)
  const unknown = names.find((name) => !known.includes(name))
  if (unknown !== undefined)
    throw new UsageError(`there is no quirk '${unknown}'${suggestion(unknown, known)}`)
  // The longest first, so that none of them is left alone at the end.
  return all
    .filter(({ mutant: { id } }) => (names.length === 0 ? byDefault(id) : names.includes(id)))
    .filter(({ quirk, checks }) => quirk?.awaits === undefined || checks.length > 0)
    .toSorted((a, b) => b.checks.length - a.checks.length)
}

async function tryAll(
  attempts: readonly Attempt[],
  { workers, timeoutScale }: SelftestFlags,
  signal: AbortSignal,
): Promise<readonly Tried[]> {
  const tried: Tried[] = []
  const waiting = attempts.values()
  const work = async () => {
    for (const attempt of waiting) {
      if (signal.aborted) return
      const target = `embedded:${attempt.mutant.id}`
      const { checks } = attempt
      const results = await trial({ target, checks, workers, seed, timeoutScale }, signal)
      if (signal.aborted) return
      const judgement = judge(attempt, results)
      tried.push({ attempt, judgement })
      print(lines(attempt, judgement))
    }
  }
  await Promise.all(Array.from({ length: atOnce }, work))
  return tried
}

const print = (text: readonly string[]): void => {
  process.stdout.write(text.map((line) => `${line}\n`).join(''))
}

function lines({ mutant, quirk, checks }: Attempt, judgement: Judgement): readonly string[] {
  const { caughtBy, problems } = judgement
  const mark = problems.length === 0 ? '✓' : '✗'
  const kind = quirk === undefined ? 'near-miss, ' : ''
  const count = quirk === undefined ? '' : `caught by ${caughtBy.length} of `
  return [
    `${mark} ${mutant.id}  ${kind}${count}${checks.length} checks`,
    ...caughtBy.map((id) => `    ${id}`),
    ...problems.map((problem) => `  ! ${problem}`),
  ]
}

function concluded(
  scenarios: readonly Scenario[],
  tried: readonly Tried[],
  names: readonly string[],
): 0 | 1 {
  const complete = names.length === 0
  const bad = tried.filter(({ judgement }) => judgement.problems.length > 0)
  const never = complete ? idle(scenarios, tried) : []
  const unexplained = never.filter((role) => !Object.hasOwn(uncaught, role))
  const stale = complete ? Object.keys(uncaught).filter((role) => !never.includes(role)) : []
  print([
    '',
    ...never.map((role) => `finds no quirk: ${role}${because(role)}`),
    ...stale.map((role) => `finds a quirk, and is said not to: ${role}`),
    ...awaiting(names),
    `${tried.length - bad.length} of ${tried.length} mutants are as they have to be` +
      (bad.length === 0 ? '' : `, not ${bad.map(({ judgement }) => judgement.id).join(', ')}`),
  ])
  return bad.length + unexplained.length + stale.length === 0 ? 0 : 1
}

function awaiting(names: readonly string[]): readonly string[] {
  const ids = Object.values(quirks)
    .filter(({ id, awaits }) => awaits !== undefined && (names.length === 0 || names.includes(id)))
    .map(({ id }) => id)
  return ids.length === 0 ? [] : [`not tried, for want of a suite: ${ids.join(', ')}`]
}

const because = (role: string): string =>
  Object.hasOwn(uncaught, role) ? ` (${uncaught[role]})` : ''
