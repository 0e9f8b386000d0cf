/** One thing measured beside its limit. `ratio` is what counts: better is always higher, and it is met from `target` on. */
export interface Figure {
  readonly name: string
  readonly value: number
  readonly unit: string
  readonly limit: number
  readonly ratio: number
  readonly target: number
  readonly met: boolean
}

export const median = (values: readonly number[]): number => {
  const sorted = values.toSorted((a, b) => a - b)
  return sorted[Math.floor(sorted.length / 2)] ?? Number.NaN
}

const rounds = 5

type Sample = () => number | Promise<number>

type Results<Samples> = { [Name in keyof Samples]: number[] }

/** Takes all samples in turn, as many rounds as there have to be: by name what each came to in every round. */
export const inRounds = async <Samples extends Readonly<Record<string, Sample>>>(
  samples: Samples,
): Promise<Results<Samples>> => {
  const results: Record<string, number[]> = {}
  for (let round = 0; round < rounds; round++)
    for (const [name, sample] of Object.entries(samples))
      (results[name] ??= []).push(await sample())
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- each name of the samples has come up
  return results as Results<Samples>
}

interface Race {
  readonly name: string
  readonly unit: string
  readonly target: number
  readonly values: readonly number[]
  /** What could be done at best, in the same rounds. */
  readonly limits: readonly number[]
}

/** Rates beside rates: the ratio is the median over rounds, since whatever slows a round down slows both. */
export const beside = ({ name, unit, target, values, limits }: Race): Figure => {
  const ratio = median(values.map((value, round) => value / (limits[round] ?? Number.NaN)))
  return {
    name,
    value: median(values),
    unit,
    limit: median(limits),
    ratio,
    target,
    met: ratio >= target,
  }
}

interface Bound {
  readonly name: string
  readonly unit: string
  readonly value: number
  readonly limit: number
}

/** What has to reach a fixed limit. */
export const atLeast = ({ name, unit, value, limit }: Bound): Figure => {
  const ratio = value / limit
  return { name, value, unit, limit, ratio, target: 1, met: ratio >= 1 }
}

/** What has to stay below a fixed limit. */
export const atMost = ({ name, unit, value, limit }: Bound): Figure => {
  const ratio = limit / value
  return { name, value, unit, limit, ratio, target: 1, met: ratio >= 1 }
}

/** Seconds of processor time that this process has used: what others do on the machine does not count. */
export const processorSeconds = (): number => {
  const { user, system } = process.cpuUsage()
  return (user + system) / 1e6
}

/** How often per second of processor time `work` gets done, `batch` times at least between two looks at the clock. */
export const rateOf = (work: () => void, batch: number, seconds = 0.25): number => {
  const start = processorSeconds()
  let done = 0
  for (;;) {
    for (let i = 0; i < batch; i++) work()
    done += batch
    const spent = processorSeconds() - start
    if (spent >= seconds) return done / spent
  }
}
