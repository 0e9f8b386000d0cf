import type { Finding } from '../results/outcome.ts'
import type { Fault } from './judged.ts'
import type { Side } from './reading.ts'

const maxPerExchange = 20
const maxOfAKind = 3

/** The fault as a statement about the exchange, counted against the ambient rule. */
export function findingOf(side: Side, rule: string, fault: Fault): Finding {
  const { exchange } = side.reading
  return {
    requirement: fault.requirement,
    exchange: exchange.id,
    server: side.speaker,
    operation: exchange.operation ?? `${exchange.method} ${pathOf(exchange.uri)}`,
    part: side.part,
    pointer: fault.pointer,
    expected: fault.expected,
    actual: fault.actual,
    rule,
  }
}

const pathOf = (uri: string): string => uri.split('?', 1)[0]?.slice(0, 200) ?? ''

/**
 * The findings of one exchange, bounded: of those with the same requirement and rule three, of the rest twenty.
 * The last one kept says how many were left out.
 */
export function bounded(findings: readonly Finding[]): readonly Finding[] {
  const kinds = new Map<string, Finding[]>()
  for (const finding of findings) {
    const kind = `${finding.requirement} ${finding.rule} ${finding.part}`
    kinds.set(kind, [...(kinds.get(kind) ?? []).slice(0, maxOfAKind), finding])
  }
  const kept = [...kinds.values()]
    .flatMap((kind) => kind.slice(0, maxOfAKind))
    .slice(0, maxPerExchange)
  const last = kept.at(-1)
  const left = findings.length - kept.length
  if (last === undefined || left === 0) return kept
  return [...kept.slice(0, -1), { ...last, actual: `${last.actual} (and ${left} more findings)` }]
}
