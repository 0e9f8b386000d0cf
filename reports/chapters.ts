import type { CheckResult, Outcome, RunResult } from '../harness/results/outcome.ts'

export type Status = Outcome['status']

/** In the order in which reports name them. */
export const statuses: readonly Status[] = [
  'passed',
  'failed',
  'inconclusive',
  'skipped',
  'errored',
]

/** One folder of suites, with its checks in the order of the run. */
export interface Chapter {
  /** The folder: `state-resolution`. */
  readonly id: string
  /** `State resolution`. */
  readonly name: string
  readonly checks: readonly CheckResult[]
  readonly counts: Readonly<Record<Status, number>>
}

/** As the specification goes: finding a server, talking to it, rooms, rules, the rest, cuts, and last what validators saw on the way. */
const order = [
  'discovery',
  'keys',
  'requests',
  'joining',
  'inviting',
  'knocking',
  'leaving',
  'transactions',
  'replication',
  'authorization',
  'state-resolution',
  'queries',
  'media',
  'encryption',
  'moderation',
  'partition',
  'ambient',
]

const rank = (chapter: string): number => {
  const place = order.indexOf(chapter)
  return place < 0 ? order.length : place
}

export const chapterOf = (checkId: string): string => checkId.split('/', 1)[0] ?? checkId

export const chapterName = (id: string): string =>
  (id.charAt(0).toUpperCase() + id.slice(1)).replaceAll('-', ' ')

const countByStatus = (checks: readonly CheckResult[]): Record<Status, number> => {
  const counts = { passed: 0, failed: 0, skipped: 0, inconclusive: 0, errored: 0 }
  for (const check of checks) counts[check.outcome.status]++
  return counts
}

export const chaptersOf = (result: RunResult): readonly Chapter[] => {
  const groups = new Map<string, CheckResult[]>()
  for (const check of result.checks) {
    const id = chapterOf(check.id)
    const group = groups.get(id)
    if (group === undefined) groups.set(id, [check])
    else group.push(check)
  }
  return [...groups]
    .map(([id, checks]) => ({ id, name: chapterName(id), checks, counts: countByStatus(checks) }))
    .toSorted((a, b) => rank(a.id) - rank(b.id) || a.id.localeCompare(b.id, 'en'))
}
