import { Inconclusive } from '../world/errors.ts'
import type { Gate } from '../world/fabric.ts'

interface Waiting {
  readonly exchange: number
  readonly go: () => void
}

interface Watcher {
  readonly count: number
  readonly enough: () => void
}

export interface HoldOptions {
  /** Milliseconds that `holds` waits. */
  readonly patienceMs: number
  /** Resolves when the exchange has ended; never rejects. */
  readonly ended: (exchange: number) => Promise<void>
}

/** How long a released exchange may keep those behind it waiting. */
const stepMs = 1_000

/** Exchanges that wait at a gate, in the order in which they came. */
export class HoldQueue implements Gate {
  readonly #options: HoldOptions
  #waiting: Waiting[] = []
  readonly #watchers = new Set<Watcher>()
  /** `releasing`: those that come now queue up behind those that are let go. */
  #mode: 'holding' | 'releasing' | 'open' = 'holding'

  constructor(options: HoldOptions) {
    this.#options = options
  }

  get held(): number {
    return this.#waiting.length
  }

  /** Resolves when the exchange may go on, or has been given up. */
  wait(exchange: number, signal?: AbortSignal): Promise<void> {
    if (this.#mode === 'open' || signal?.aborted === true) return Promise.resolve()
    return new Promise((resolve) => {
      const waiting = { exchange, go: resolve }
      this.#waiting.push(waiting)
      const leave = () => {
        this.#waiting = this.#waiting.filter((one) => one !== waiting)
        resolve()
      }
      signal?.addEventListener('abort', leave, { once: true })
      for (const watcher of this.#watchers) if (watcher.count <= this.held) watcher.enough()
    })
  }

  async holds(count: number): Promise<void> {
    if (this.held >= count) return
    const { patienceMs } = this.#options
    await new Promise<void>((resolve, reject) => {
      const leave = () => {
        clearTimeout(timer)
        this.#watchers.delete(watcher)
      }
      const timer = setTimeout(() => {
        leave()
        const message = `${this.held} of ${count} exchanges came to the gate within ${patienceMs} ms`
        reject(new Inconclusive(message))
      }, patienceMs)
      const watcher = {
        count,
        enough: () => {
          leave()
          resolve()
        },
      }
      this.#watchers.add(watcher)
    })
  }

  release(order: 'in-order' | 'reversed' = 'in-order'): void {
    if (this.#mode !== 'holding') return
    this.#mode = 'releasing'
    if (order === 'reversed') this.#waiting.reverse()
    void this.#letGo()
  }

  /** One after the other, each when the one before has ended: so the other side sees them in this order. */
  async #letGo(): Promise<void> {
    for (;;) {
      const next = this.#waiting.shift()
      if (next === undefined) break
      const ended = this.#options.ended(next.exchange)
      next.go()
      if (this.#waiting.length > 0) await atMost(stepMs, ended)
    }
    this.#mode = 'open'
  }
}

async function atMost(ms: number, work: Promise<void>): Promise<void> {
  let timer: NodeJS.Timeout | undefined
  const late = new Promise<void>((resolve) => {
    timer = setTimeout(resolve, ms)
  })
  await Promise.race([work, late])
  clearTimeout(timer)
}
