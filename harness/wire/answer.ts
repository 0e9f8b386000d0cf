import type { IncomingHttpHeaders } from 'node:http'
import type { Dispatcher } from 'undici'
import { flat } from './headers.ts'

/** An answer as far as it came. */
export interface PartialAnswer {
  readonly status: number
  readonly headers: Readonly<Record<string, string>>
  readonly bytes: Uint8Array
}

/** The answer is larger than allowed. */
class AnswerTooLarge extends Error {
  override readonly name = 'AnswerTooLarge'
  readonly code = 'UND_ERR_RES_EXCEEDED_MAX_SIZE'
}

/** Collects one answer within a bound, and can be told to stop at any time. */
export class AnswerReader implements Dispatcher.DispatchHandler {
  /** Settled once: at the end of the answer, or with the first error. */
  readonly done: Promise<void>
  readonly #limit: number
  readonly #now: () => number
  readonly #chunks: Buffer[] = []
  #settle: (error?: Error) => void = () => {}
  #stopped: Error | undefined
  #controller: Dispatcher.DispatchController | undefined
  #head: Pick<PartialAnswer, 'status' | 'headers'> | undefined
  #length = 0
  #endedAt: number | undefined

  /** `now`: the clock of the journal. */
  constructor(limit: number, now: () => number) {
    this.#limit = limit
    this.#now = now
    this.done = new Promise((resolve, reject) => {
      this.#settle = (error) => (error === undefined ? resolve() : reject(error))
    })
    // Who stops it before anything was sent never comes to wait for it.
    this.done.catch(() => {})
  }

  /** Undefined until the headers are there. */
  get answer(): PartialAnswer | undefined {
    return this.#head && { ...this.#head, bytes: Buffer.concat(this.#chunks) }
  }

  /** When the last byte came: what is cut after that was answered. */
  get endedAt(): number | undefined {
    return this.#endedAt
  }

  /** Rejects `done` and ends the connection; also where the request still waits for one. */
  stop(error: Error): void {
    this.#stopped ??= error
    this.#settle(error)
    this.#controller?.abort(error)
  }

  onRequestStart(controller: Dispatcher.DispatchController): void {
    this.#controller = controller
    if (this.#stopped !== undefined) controller.abort(this.#stopped)
  }

  onResponseStart(_: unknown, status: number, headers: IncomingHttpHeaders): void {
    if (status >= 200) this.#head = { status, headers: flat(headers) }
  }

  onResponseData(_: unknown, chunk: Buffer): void {
    if (this.#stopped !== undefined) return
    this.#length += chunk.length
    if (this.#length > this.#limit) {
      this.stop(new AnswerTooLarge(`the answer is larger than ${this.#limit} bytes`))
    } else {
      this.#chunks.push(chunk)
    }
  }

  onResponseEnd(): void {
    this.#endedAt = this.#now()
    this.#settle()
  }

  onResponseError(_: unknown, error: Error): void {
    this.#settle(error)
  }
}
