/** The candidate that differs from `word` in the fewest letters, if it is near enough to have been meant. */
export function nearest(word: string, candidates: Iterable<string>): string | undefined {
  let best: string | undefined
  let least = Math.max(1, Math.floor(word.length * 0.4)) + 1
  for (const candidate of candidates) {
    if (Math.abs(candidate.length - word.length) >= least) continue
    const apart = distance(word.toLowerCase(), candidate.toLowerCase())
    if (apart < least) {
      least = apart
      best = candidate
    }
  }
  return best
}

/** ` Did you mean X?`, or nothing. */
export function suggestion(word: string, candidates: Iterable<string>): string {
  const found = nearest(word, candidates)
  return found === undefined ? '' : `\nDid you mean ${found}?`
}

/** Insertions, deletions, replacements and swaps of neighbours. */
function distance(a: string, b: string): number {
  let before: number[] = []
  let above = Array.from({ length: b.length + 1 }, (_, index) => index)
  for (let row = 1; row <= a.length; row += 1) {
    const line = [row]
    for (let column = 1; column <= b.length; column += 1) {
      const same = a[row - 1] === b[column - 1]
      const ways = [
        (above[column] ?? 0) + 1,
        (line[column - 1] ?? 0) + 1,
        (above[column - 1] ?? 0) + (same ? 0 : 1),
      ]
      if (a[row - 1] === b[column - 2] && a[row - 2] === b[column - 1])
        ways.push((before[column - 2] ?? row) + 1)
      line.push(Math.min(...ways))
    }
    before = above
    above = line
  }
  return above[b.length] ?? 0
}
