import type { Limits } from '../limits.ts'
import type { QueueSetup } from './queue-setup.ts'

/** When a destination that failed is tried again. */
export class Backoff {
  readonly #setup: Pick<QueueSetup, 'parts' | 'limits' | 'random'>
  #failures = 0
  #stopped = false
  /** Ends the pause that is under way. */
  #wake: (() => void) | undefined
  #stop: (() => void) | undefined

  constructor(setup: Pick<QueueSetup, 'parts' | 'limits' | 'random'>) {
    this.#setup = setup
  }

  /** In a row. */
  get failures(): number {
    return this.#failures
  }

  failed(): void {
    this.#failures += 1
  }

  reset(): void {
    this.#failures = 0
  }

  /** The destination is alive. */
  end(): void {
    this.#failures = 0
    this.#wake?.()
  }

  /** Ends the pause and forgets nothing. */
  skip(): void {
    this.#wake?.()
  }

  stop(): void {
    this.#stopped = true
    this.#stop?.()
  }

  /** `atLeastMs`: what the destination asks for (RFC 9110, Retry-After); to that it is held even when it is heard of. */
  async pause(atLeastMs = 0): Promise<void> {
    const { parts, limits, random } = this.#setup
    const asked = Math.min(atLeastMs, limits.retryAfterMaxMs)
    const own = parts.pause(this.#failures, limits) * (0.5 + random() / 2)
    if (asked > 0) await this.#sleep(asked, false)
    if (own > asked && this.#failures > 0) await this.#sleep(own - asked, true)
  }

  #sleep(ms: number, canEnd: boolean): Promise<void> {
    if (this.#stopped) return Promise.resolve()
    return new Promise((resolve) => {
      const end = () => {
        clearTimeout(timer)
        this.#wake = undefined
        this.#stop = undefined
        resolve()
      }
      const timer = setTimeout(end, ms)
      this.#stop = end
      if (canEnd) this.#wake = end
    })
  }
}

/** Doubles from `retryFirstMs` to `retryMaxMs`; after a long outage on to `outageMaxMs`. */
export function pause(failures: number, limits: Limits): number {
  const short = Math.min(limits.retryFirstMs * 2 ** Math.min(failures - 1, 30), limits.retryMaxMs)
  const over = failures - limits.outageAfter
  return over <= 0 ? short : Math.min(short * 2 ** Math.min(over, 30), limits.outageMaxMs)
}
