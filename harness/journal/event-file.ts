import { closeSync, mkdirSync, openSync, writeSync } from 'node:fs'
import { join } from 'node:path'

/** Bytes that may wait for the next turn of the event loop. */
const flushAt = 256 * 1024

/**
 * events.ndjson, written as the run goes on, so that even a killed process leaves all but its last turn of the event loop.
 * Errors of writing never surface as events: the first one goes to `onFailure`, and nothing is written after it.
 */
export class EventFile {
  readonly path: string
  readonly #onFailure: (error: Error) => void
  #descriptor: number | undefined
  #pending: string[] = []
  #size = 0

  /** Makes the folder where it is missing. Throws when the file cannot be opened. */
  constructor(directory: string, onFailure: (error: Error) => void) {
    mkdirSync(directory, { recursive: true })
    this.path = join(directory, 'events.ndjson')
    this.#onFailure = onFailure
    this.#descriptor = openSync(this.path, 'a')
  }

  write(lines: string): void {
    if (this.#descriptor === undefined) return
    if (this.#pending.length === 0) setImmediate(() => this.flush())
    this.#pending.push(lines)
    this.#size += lines.length
    if (this.#size >= flushAt) this.flush()
  }

  flush(): void {
    const descriptor = this.#descriptor
    if (descriptor === undefined || this.#pending.length === 0) return
    const bytes = Buffer.from(this.#pending.join(''))
    this.#pending = []
    this.#size = 0
    this.#attempt(() => {
      // A nearly full disk takes a part first and fails with the next call.
      for (let done = 0; done < bytes.length; ) done += writeSync(descriptor, bytes, done)
    })
  }

  close(): void {
    this.flush()
    const descriptor = this.#descriptor
    this.#descriptor = undefined
    if (descriptor !== undefined) this.#attempt(() => closeSync(descriptor))
  }

  #attempt(deed: () => void): void {
    try {
      deed()
    } catch (error) {
      this.#abandon()
      this.#onFailure(error instanceof Error ? error : new Error(String(error)))
    }
  }

  #abandon(): void {
    const descriptor = this.#descriptor
    this.#descriptor = undefined
    this.#pending = []
    if (descriptor === undefined) return
    try {
      closeSync(descriptor)
    } catch {
      // The first error is the one that is told.
    }
  }
}
