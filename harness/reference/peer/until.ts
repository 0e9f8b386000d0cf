import { Inconclusive, Nonconformance } from '../../world/errors.ts'

/** Something that tells when it may be worth looking again. */
export interface Changing {
  /** Answers the function that ends it. */
  observe(observer: () => void): () => void
}

export interface Patience {
  readonly sources: readonly Changing[]
  readonly ms: number
  /** Aborted when the peer stops. */
  readonly signal: AbortSignal
}

/** What was awaited and what was there instead, for the failure. */
export interface Missed {
  readonly what: string
  readonly expected: string
  readonly actual: string
  readonly exchanges?: readonly number[]
}

/** Waits until `probe` finds something: looks at every change, never by the clock. Throws Nonconformance when patience is over. */
export function until<T>(
  probe: () => T | undefined,
  missed: () => Missed,
  { sources, ms, signal }: Patience,
): Promise<T> {
  const found = probe()
  if (found !== undefined) return Promise.resolve(found)
  return new Promise((resolve, reject) => {
    const ends: (() => void)[] = []
    const settle = (deed: () => void) => {
      for (const end of ends) end()
      deed()
    }
    const look = () => {
      const now = probe()
      if (now !== undefined) settle(() => resolve(now))
    }
    const give = () => settle(() => reject(new Inconclusive('the peer was stopped')))
    const timer = setTimeout(() => settle(() => reject(failureOf(missed(), ms))), ms)
    ends.push(() => clearTimeout(timer))
    for (const source of sources) ends.push(source.observe(look))
    signal.addEventListener('abort', give)
    ends.push(() => signal.removeEventListener('abort', give))
    if (signal.aborted) give()
  })
}

const failureOf = ({ what, ...evidence }: Missed, ms: number): Nonconformance =>
  new Nonconformance(`${what}, within ${ms / 1000} s`, evidence)
