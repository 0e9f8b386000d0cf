/** Runs tasks one after the other, in the order in which they came. A task that throws does not stop the next. */
export class Serial {
  #last: Promise<unknown> = Promise.resolve()
  #waiting = 0

  /** Tasks that have not ended. */
  get waiting(): number {
    return this.#waiting
  }

  run<T>(task: () => Promise<T>): Promise<T> {
    this.#waiting += 1
    const result = this.#last.then(task).finally(() => {
      this.#waiting -= 1
    })
    this.#last = result.catch(() => undefined)
    return result
  }
}
