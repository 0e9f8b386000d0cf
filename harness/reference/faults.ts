/** Faults that are kept; a server may run for long. */
const kept = 100

/** What went wrong in a server by its own fault: the first of it is kept, all of it is told. */
export class Faults {
  readonly #errors: unknown[] = []
  readonly #tell: ((error: unknown) => void) | undefined

  constructor(tell?: (error: unknown) => void) {
    this.#tell = tell
  }

  push(error: unknown): void {
    if (this.#errors.length < kept) this.#errors.push(error)
    this.#tell?.(error)
  }

  /** In words, with where it happened. */
  get texts(): readonly string[] {
    return this.#errors.map(textOf)
  }
}

const textOf = (error: unknown): string =>
  error instanceof Error ? (error.stack ?? error.message) : String(error)
