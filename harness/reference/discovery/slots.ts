import { DiscoveryError } from './discovery-error.ts'

/** Lets a number of tasks go at once; the others wait in line, and the line is bounded. */
export class Slots {
  #free: number
  readonly #line: (() => void)[] = []
  readonly #longest: number

  constructor(slots: number, longest: number) {
    this.#free = slots
    this.#longest = longest
  }

  /** Throws DiscoveryError `busy` where the line is too long. */
  async run<Result>(task: () => Promise<Result>): Promise<Result> {
    if (this.#free > 0) this.#free -= 1
    else await this.#turn()
    try {
      return await task()
    } finally {
      const next = this.#line.shift()
      if (next === undefined) this.#free += 1
      else next()
    }
  }

  #turn(): Promise<void> {
    if (this.#line.length >= this.#longest)
      throw new DiscoveryError('busy', 'too many server names are being looked for')
    return new Promise((resolve) => this.#line.push(resolve))
  }
}
