import type { Reason } from '../results/outcome.ts'

/** Why and how far a run ends before its plan is done. The first reason stays. */
export class Halt {
  /** Resolves when even the running checks are given up; never, if that does not happen. */
  readonly aborted: Promise<Reason>
  #abort: (reason: Reason) => void = () => undefined
  #reason: Reason | undefined

  constructor() {
    this.aborted = new Promise((resolve) => {
      this.#abort = resolve
    })
  }

  get reason(): Reason | undefined {
    return this.#reason
  }

  /** No further check begins. */
  stop(reason: Reason): void {
    this.#reason ??= reason
  }

  /** No further check begins, and the running ones are given up. */
  abort(reason: Reason): void {
    this.stop(reason)
    this.#abort(reason)
  }
}
