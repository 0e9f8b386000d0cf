import { setTimeout as delay } from 'node:timers/promises'

const boundMs = 15_000

/** What has been set up and must be torn down again, in reverse. Teardown is known before setup begins. */
export class Tasks {
  readonly #undone: { readonly title: string; readonly teardown: () => Promise<void> | void }[] = []
  readonly #problems: string[] = []
  #current = ''

  /** The task that is being set up, for messages. */
  get current(): string {
    return this.#current
  }

  /** What could not be torn down, in words. */
  get problems(): readonly string[] {
    return this.#problems
  }

  /** `teardown` is called whether or not `setup` succeeded, with what it made, if it did. */
  async run<T>(
    title: string,
    setup: () => Promise<T> | T,
    teardown: (made: T | undefined) => Promise<void> | void = () => undefined,
  ): Promise<T> {
    let made: T | undefined
    let settled: Promise<unknown> = Promise.resolve()
    this.#undone.push({
      title,
      teardown: async () => {
        await settled
        await teardown(made)
      },
    })
    this.#current = title
    const making = Promise.resolve().then(setup)
    settled = making.then(
      (value) => {
        made = value
      },
      () => undefined,
    )
    return await making
  }

  /** Tears everything down, the latest first, each within a bound. Never throws: see `problems`. */
  async close(): Promise<void> {
    for (;;) {
      const task = this.#undone.pop()
      if (task === undefined) return
      const timer = new AbortController()
      const late = delay(boundMs, 'late' as const, { signal: timer.signal })
      try {
        const ended = await Promise.race([task.teardown(), late])
        if (ended === 'late') this.#problems.push(`${task.title}: not torn down in ${boundMs} ms`)
      } catch (error) {
        this.#problems.push(`${task.title}: ${String(error)}`)
      } finally {
        timer.abort()
        await late.catch(() => undefined)
      }
    }
  }
}
