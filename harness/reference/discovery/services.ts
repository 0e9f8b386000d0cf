import type { Spot } from '../../wire/destination.ts'

/** An SRV record (RFC 2782). */
export interface SrvRecord {
  readonly name: string
  readonly port: number
  readonly priority: number
  readonly weight: number
}

/** Rejects with the system's error; `ENOTFOUND` and `ENODATA` say that there is none. */
export type ResolveSrv = (name: string) => Promise<readonly SrvRecord[]>

/** Records that are looked at. */
const most = 16

/** The registered name of the service, and the one from before. */
export const serviceNames = (host: string): readonly string[] => [
  `_matrix-fed._tcp.${host}`,
  `_matrix._tcp.${host}`,
]

/** Whether the domain says that the service is decidedly not there: one record for the root. */
export const isRefusal = (records: readonly SrvRecord[]): boolean =>
  records.length === 1 && /^\.?$/.test(records[0]?.name ?? '')

/** Where to connect, in the order of trying: by priority, and among equals by chance in proportion to their weights. */
export function spotsOf(records: readonly SrvRecord[], random: () => number): readonly Spot[] {
  const usable = records
    .slice(0, most)
    .filter(({ name, port }) => /^[\w.-]{1,255}$/.test(name) && port >= 1 && port <= 65_535)
  const priorities = [...new Set(usable.map(({ priority }) => priority))].toSorted((a, b) => a - b)
  return priorities
    .flatMap((one) =>
      shuffled(
        usable.filter(({ priority }) => priority === one),
        random,
      ),
    )
    .map(({ name, port }) => ({ host: name.replace(/\.$/, ''), port }))
}

function shuffled(records: readonly SrvRecord[], random: () => number): readonly SrvRecord[] {
  // Those without weight first, so that they have a small chance too.
  const left = records.toSorted((a, b) => a.weight - b.weight)
  const order: SrvRecord[] = []
  while (left.length > 0) {
    const total = left.reduce((sum, { weight }) => sum + weight, 0)
    const mark = Math.floor(random() * (total + 1))
    let sum = 0
    const index = left.findIndex(({ weight }) => (sum += weight) >= mark)
    order.push(...left.splice(Math.max(0, index), 1))
  }
  return order
}
