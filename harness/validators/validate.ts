import type { Exchange } from '../journal/exchange.ts'
import type { Finding } from '../results/outcome.ts'
import { fatesOf } from './auth.ts'
import { bounded, findingOf } from './findings.ts'
import { judgeForm } from './forms.ts'
import { judgeHttp } from './http.ts'
import type { Judged } from './judged.ts'
import { knowledgeOf, type ValidationContext } from './knowledge.ts'
import { judgePdus, type PduCourt } from './pdus.ts'
import { readExchange, type Side, sidesOf } from './reading.ts'

export type { ValidationContext } from './knowledge.ts'

/** What became of the ambient rules in a set of exchanges. */
export interface Assessment {
  /** In the order of the exchanges; of the harness's own servers too: see `server`. */
  readonly findings: readonly Finding[]
  /** Server name → ids of the ambient rules that something it said was held against. */
  readonly exercised: ReadonlyMap<string, ReadonlySet<string>>
}

/**
 * Judges everything that was said in complete exchanges, whatever scenario they belong to. The exchanges should be all
 * of a check, since events are judged by the events that the others carry. A pure function; garbage makes findings.
 */
export function assess(exchanges: readonly Exchange[], context: ValidationContext): Assessment {
  const readings = exchanges.filter(({ ending }) => ending === 'answered').map(readExchange)
  const known = knowledgeOf(readings, context)
  const court: PduCourt = { known, fates: fatesOf(known.events), authorised: new Set() }
  const findings: Finding[] = []
  const exercised = new Map<string, Set<string>>()
  for (const reading of readings) {
    const found: Finding[] = []
    for (const side of sidesOf(reading).filter((each) => isJudged(each, context))) {
      const rules = exercised.get(side.speaker) ?? new Set()
      exercised.set(side.speaker, rules)
      for (const { rule, faults } of judgeSide(side, court, context)) {
        rules.add(rule)
        found.push(...faults.map((fault) => findingOf(side, rule, fault)))
      }
    }
    findings.push(...bounded(found))
  }
  return { findings, exercised }
}

/** The findings alone. At most 20 an exchange; the last says how many more there were. */
export const validate = (
  exchanges: readonly Exchange[],
  context: ValidationContext,
): readonly Finding[] => assess(exchanges, context).findings

/** Known servers only, and of ours nothing that is wrong on purpose. */
function isJudged({ speaker, reading }: Side, { targets, ours }: ValidationContext): boolean {
  if (targets.includes(speaker)) return true
  return ours.includes(speaker) && reading.exchange.deliberate !== true
}

/** PDUs of our own servers are not judged: to forge them is what peers are for. */
function judgeSide(side: Side, court: PduCourt, context: ValidationContext): readonly Judged[] {
  const spoken = [...judgeHttp(side), ...judgeForm(side)]
  return context.targets.includes(side.speaker) ? [...spoken, ...judgePdus(side, court)] : spoken
}
