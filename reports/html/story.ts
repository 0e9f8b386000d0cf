import type { Exchange, Fact } from '../../harness/journal/exchange.ts'
import type { CheckResult, Finding, RunResult } from '../../harness/results/outcome.ts'

/** One check with all that the journal holds of it; without a check: what the lab did on its own. */
export interface Story {
  readonly check?: CheckResult
  readonly facts: readonly Fact[]
  readonly exchanges: readonly Exchange[]
  /** What validators found in these exchanges, by the exchange's number. */
  readonly findings: ReadonlyMap<number, readonly Finding[]>
  /** Exchanges that the failure names as evidence. */
  readonly offending: ReadonlySet<number>
}

/** Id of the story that belongs to no check. */
export const lab = 'lab'

/** A story for every check of the result, and one for the facts of no check where there are any. */
export const storiesOf = (
  result: RunResult,
  facts: readonly Fact[],
): ReadonlyMap<string, Story> => {
  const known = new Set(result.checks.map(({ id }) => id))
  const byCheck = groupBy(facts, ({ check }) =>
    check !== undefined && known.has(check) ? check : lab,
  )
  const findings = groupBy(result.findings, ({ exchange }) => exchange)
  const stories = new Map<string, Story>()
  for (const check of result.checks) {
    stories.set(check.id, { check, ...told(byCheck.get(check.id) ?? [], findings, check) })
  }
  const rest = byCheck.get(lab)
  if (rest !== undefined) stories.set(lab, told(rest, findings))
  return stories
}

const told = (
  facts: readonly Fact[],
  findings: ReadonlyMap<number, readonly Finding[]>,
  check?: CheckResult,
): Omit<Story, 'check'> => {
  const exchanges = facts
    .filter((fact) => fact.kind === 'exchange')
    .toSorted((a, b) => a.startedAt - b.startedAt || a.id - b.id)
  const evidence = check?.outcome.status === 'failed' ? check.outcome.evidence.exchanges : []
  return {
    facts,
    exchanges,
    findings: new Map(exchanges.flatMap(({ id }) => pairs(id, findings.get(id)))),
    offending: new Set(evidence),
  }
}

const pairs = <T>(id: number, list: readonly T[] | undefined): [number, readonly T[]][] =>
  list === undefined ? [] : [[id, list]]

const groupBy = <T, K>(items: readonly T[], keyOf: (item: T) => K): Map<K, T[]> => {
  const groups = new Map<K, T[]>()
  for (const item of items) {
    const group = groups.get(keyOf(item))
    if (group === undefined) groups.set(keyOf(item), [item])
    else group.push(item)
  }
  return groups
}

/** `3-14,17`: the numbers, in order. */
export const ranges = (numbers: readonly number[]): string => {
  const spans: [first: number, last: number][] = []
  for (const number of numbers.toSorted((a, b) => a - b)) {
    const span = spans.at(-1)
    if (span !== undefined && span[1] === number - 1) span[1] = number
    else spans.push([number, number])
  }
  return spans.map(([first, last]) => (first === last ? `${first}` : `${first}-${last}`)).join(',')
}
