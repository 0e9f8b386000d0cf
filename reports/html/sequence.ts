import type { Exchange, Fact, FabricFact } from '../../harness/journal/exchange.ts'
import { fateOf } from '../failure.ts'

/** One line of the space-time picture. */
export type Row =
  | {
      readonly kind: 'arrow'
      readonly exchange: Exchange
      /** How many equal ones in a row it stands for. */
      readonly times: number
    }
  | { readonly kind: 'tick'; readonly fact: FabricFact }

/** A fault between two servers, from one row to another; `to` is undefined where it never ended. */
export interface Band {
  readonly rule: string
  readonly fault: string
  readonly servers: readonly [string, string]
  readonly from: number
  readonly to: number | undefined
}

export interface Sequence {
  readonly rows: readonly Row[]
  readonly bands: readonly Band[]
  /** Exchanges that stand behind another of the same kind. */
  readonly folded: number
}

/** Above so many arrows, runs of equal ones fold. */
const foldAbove = 200

/** The rows of a check's exchanges and of the changes to its network, by time. */
export const sequenceOf = (facts: readonly Fact[], offending: ReadonlySet<number>): Sequence => {
  const rows = facts
    .filter((fact) => fact.kind !== 'note')
    .toSorted((a, b) => timeOf(a) - timeOf(b))
    .map(
      (fact): Row =>
        fact.kind === 'fabric'
          ? { kind: 'tick', fact }
          : { kind: 'arrow', exchange: fact, times: 1 },
    )
  const arrows = rows.filter(({ kind }) => kind === 'arrow').length
  const shown = arrows > foldAbove ? fold(rows, offending) : rows
  return { rows: shown, bands: bandsOf(shown), folded: rows.length - shown.length }
}

export const timeOf = (fact: Exchange | FabricFact): number =>
  fact.kind === 'exchange' ? fact.startedAt : fact.at

const fold = (rows: readonly Row[], offending: ReadonlySet<number>): Row[] => {
  const folded: Row[] = []
  for (const row of rows) {
    const last = folded.at(-1)
    if (
      last?.kind === 'arrow' &&
      row.kind === 'arrow' &&
      alike(last.exchange, row.exchange, offending)
    ) {
      folded[folded.length - 1] = { ...last, times: last.times + 1 }
    } else folded.push(row)
  }
  return folded
}

const alike = (a: Exchange, b: Exchange, offending: ReadonlySet<number>): boolean =>
  !offending.has(a.id) &&
  !offending.has(b.id) &&
  a.from === b.from &&
  a.to === b.to &&
  a.method === b.method &&
  a.operation === b.operation &&
  a.fault === b.fault &&
  fateOf(a) === fateOf(b)

/** Both directions of one rule are one band. */
const bandsOf = (rows: readonly Row[]): Band[] => {
  const open = new Map<string, Band>()
  const bands: Band[] = []
  const finish = (rule: string, to: number | undefined) => {
    for (const [key, band] of open) {
      if (band.rule !== rule) continue
      bands.push({ ...band, to })
      open.delete(key)
    }
  }
  rows.forEach((row, place) => {
    if (row.kind !== 'tick') return
    const { act, rule, links, fault } = row.fact
    if (act === 'end') finish(rule, place)
    else
      for (const [a, b] of links) {
        const servers: [string, string] = a < b ? [a, b] : [b, a]
        open.set(JSON.stringify([rule, servers]), {
          rule,
          fault,
          servers,
          from: place,
          to: undefined,
        })
      }
  })
  for (const { rule } of open.values()) finish(rule, undefined)
  return bands
}

/** At most `size` rows around the first offending one, from `from` on; all of them where there are no more. */
export const windowOf = (
  { rows }: Sequence,
  offending: ReadonlySet<number>,
  size: number,
): { readonly from: number; readonly to: number } => {
  if (rows.length <= size) return { from: 0, to: rows.length }
  const witness = rows.findIndex((row) => row.kind === 'arrow' && offending.has(row.exchange.id))
  const from = Math.max(0, Math.min(rows.length - size, witness - Math.floor(size * 0.75)))
  return { from, to: from + size }
}

const mostOrdered = 6

/**
 * The lanes' order in which servers with a fault between them stand side by side, so that a band covers no bystander;
 * among equals the one nearest to the order given. More than six servers stay as they are.
 */
export const laneOrder = (
  servers: readonly string[],
  bands: readonly Band[],
): readonly string[] => {
  if (bands.length === 0 || servers.length > mostOrdered) return servers
  const span = (order: readonly string[]) =>
    bands.reduce(
      (sum, { servers: [a, b] }) => sum + Math.abs(order.indexOf(a) - order.indexOf(b)),
      0,
    )
  return permutations(servers).reduce((best, order) => (span(order) < span(best) ? order : best))
}

const permutations = <T>(items: readonly T[]): readonly (readonly T[])[] =>
  items.length < 2
    ? [items]
    : items.flatMap((first, place) =>
        permutations(items.toSpliced(place, 1)).map((rest) => [first, ...rest]),
      )
