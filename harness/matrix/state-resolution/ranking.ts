import { compareIds, compareNumbers } from './resolution.ts'

/** What events are ranked by besides. */
interface Stamps {
  idOf(node: number): string
  timeOf(node: number): number
}

/** Nodes by a number, the greatest first and NaN before all, then by `origin_server_ts`, then by id. */
export const ranked = (
  nodes: Iterable<number>,
  numberOf: (node: number) => number,
  stamps: Stamps,
): number[] => {
  const groups = new Map<number, number[]>()
  for (const node of nodes) {
    const number = numberOf(node)
    const group = groups.get(number)
    if (group === undefined) groups.set(number, [node])
    else group.push(node)
  }
  const order: number[] = []
  for (const [, group] of [...groups].toSorted(([a], [b]) => compareGreatest(a, b)))
    for (const node of byTimeAndId(group, stamps)) order.push(node)
  return order
}

const compareGreatest = (a: number, b: number): number =>
  Number.isNaN(a) || Number.isNaN(b)
    ? Number(Number.isNaN(b)) - Number(Number.isNaN(a))
    : compareNumbers(b, a)

const byTimeAndId = (nodes: readonly number[], stamps: Stamps): readonly number[] =>
  nodes.length < many ? compared(nodes, stamps) : (packed(nodes, stamps) ?? compared(nodes, stamps))

/** Below this many it is quicker to compare. */
const many = 32

const compared = (nodes: readonly number[], stamps: Stamps): readonly number[] =>
  nodes.toSorted(
    (a, b) =>
      compareNumbers(stamps.timeOf(a), stamps.timeOf(b)) ||
      compareIds(stamps.idOf(a), stamps.idOf(b)),
  )

/**
 * The same without a call for each comparison: time and index are one number.
 * Undefined where the times lie too far apart to leave room for the index.
 */
const packed = (nodes: readonly number[], stamps: Stamps): readonly number[] | undefined => {
  const keys = new Float64Array(nodes.length)
  let first = Number.POSITIVE_INFINITY
  let last = Number.NEGATIVE_INFINITY
  for (let at = 0; at < nodes.length; at++) {
    const time = stamps.timeOf(nodes[at] ?? 0)
    keys[at] = time
    if (time < first) first = time
    if (time > last) last = time
    if (!Number.isSafeInteger(time)) return undefined
  }
  const step = 2 ** (32 - Math.clz32(nodes.length))
  if ((last - first + 1) * step > Number.MAX_SAFE_INTEGER) return undefined
  for (let at = 0; at < keys.length; at++) keys[at] = ((keys[at] ?? 0) - first) * step + at
  keys.sort()
  const order: number[] = []
  for (const key of keys) order.push(nodes[key - Math.floor(key / step) * step] ?? 0)
  settleTies(order, stamps)
  return order
}

/** Puts those of the same time, which stand together, in the order of their ids. */
const settleTies = (order: number[], stamps: Stamps): void => {
  let start = 0
  for (let at = 1; at <= order.length; at++) {
    const next = order[at]
    if (next !== undefined && stamps.timeOf(next) === stamps.timeOf(order[start] ?? 0)) continue
    const tied = at - start > 1 ? compared(order.slice(start, at), stamps) : []
    for (const node of tied) order[start++] = node
    start = at
  }
}
