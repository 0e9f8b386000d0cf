import { createReadStream } from 'node:fs'
import { EventFile } from './event-file.ts'
import type { Body, Exchange, Fact } from './exchange.ts'
import { LineReader, LineWriter } from './line.ts'

export interface JournalOptions {
  /** Folder for events.ndjson; absent: memory only. */
  readonly directory?: string
  /** Bytes kept of each body; 1 MiB by default. */
  readonly keepBytes?: number
  /** Bytes of all bodies in memory above which those of checks that are done go; 256 MiB by default. */
  readonly memoryBytes?: number
  /** Called once, at the first write that fails. */
  readonly onFailure?: (error: Error) => void
}

const MiB = 1024 * 1024

/** Append-only facts of one run, in the order in which they were complete. */
export class Journal {
  readonly #began = performance.now()
  readonly #keepBytes: number
  readonly #memoryBytes: number
  readonly #onFailure: ((error: Error) => void) | undefined
  readonly #lines = new LineWriter()
  readonly #file: EventFile | undefined
  readonly #facts: Fact[] = []
  /** Exchange number → place in #facts. */
  readonly #places = new Map<number, number>()
  readonly #checks = new Map<string, number[]>()
  /** Checks whose bodies may go, the oldest first. */
  readonly #done = new Set<string>()
  readonly #listeners = new Set<(fact: Fact) => void>()
  #exchanges = 0
  #bodyBytes = 0
  #failure: Error | undefined

  /** Throws when the file cannot be opened; later errors go to `failure` and `onFailure`. */
  constructor(options: JournalOptions = {}) {
    this.#keepBytes = options.keepBytes ?? MiB
    this.#memoryBytes = options.memoryBytes ?? 256 * MiB
    this.#onFailure = options.onFailure
    if (options.directory !== undefined)
      this.#file = new EventFile(options.directory, (error) => this.#fail(error))
  }

  get facts(): readonly Fact[] {
    return this.#facts
  }

  /** The first error of writing to disk; facts are still kept in memory after it. */
  get failure(): Error | undefined {
    return this.#failure
  }

  /** Milliseconds since the journal was opened. */
  now(): number {
    return performance.now() - this.#began
  }

  /** A number for an exchange that begins, from 1; it is appended when it has ended. */
  nextExchange(): number {
    this.#exchanges += 1
    return this.#exchanges
  }

  append(fact: Fact): void {
    const kept = fact.kind === 'exchange' ? this.#trimmed(fact) : fact
    this.#file?.write(this.#lines.lines(kept))
    const place = this.#facts.push(kept) - 1
    if (kept.kind === 'exchange') this.#places.set(kept.id, place)
    if (kept.check !== undefined) {
      const places = this.#checks.get(kept.check)
      if (places === undefined) this.#checks.set(kept.check, [place])
      else places.push(place)
    }
    this.#bodyBytes += bytesOf(kept)
    this.#shed()
    for (const listener of this.#listeners) listener(kept)
  }

  exchange(id: number): Exchange | undefined {
    const place = this.#places.get(id)
    const fact = place === undefined ? undefined : this.#facts[place]
    return fact?.kind === 'exchange' ? fact : undefined
  }

  /** The facts of one check. */
  of(check: string): readonly Fact[] {
    return (this.#checks.get(check) ?? []).flatMap((place) => this.#facts[place] ?? [])
  }

  /** The check has been judged: its bodies may go from memory. They stay in the file. */
  done(check: string): void {
    this.#done.add(check)
    this.#shed()
  }

  /** Answers the function that ends the subscription. */
  subscribe(listener: (fact: Fact) => void): () => void {
    this.#listeners.add(listener)
    return () => this.#listeners.delete(listener)
  }

  /** Writes what is left and closes the file. Never throws: see `failure`. */
  async close(): Promise<void> {
    this.#file?.close()
  }

  #fail(error: Error): void {
    if (this.#failure !== undefined) return
    this.#failure = error
    this.#onFailure?.(error)
  }

  #trimmed(exchange: Exchange): Exchange {
    const keep = this.#keepBytes
    return withBodies(exchange, ({ bytes, length, truncated }) => ({
      // A copy where it is cut: a view would keep the whole body in memory.
      bytes: bytes.length > keep ? Uint8Array.from(bytes.subarray(0, keep)) : bytes,
      length,
      truncated: truncated || bytes.length > keep,
    }))
  }

  #shed(): void {
    for (const check of this.#done) {
      if (this.#bodyBytes <= this.#memoryBytes) return
      this.#done.delete(check)
      for (const place of this.#checks.get(check) ?? []) {
        const fact = this.#facts[place]
        if (fact?.kind !== 'exchange') continue
        this.#bodyBytes -= bytesOf(fact)
        this.#facts[place] = withBodies(fact, emptied)
      }
    }
  }
}

function emptied({ length }: Body): Body {
  return { bytes: new Uint8Array(), length, truncated: length > 0 }
}

function bytesOf(fact: Fact): number {
  if (fact.kind !== 'exchange') return 0
  return fact.request.body.bytes.length + (fact.response?.body.bytes.length ?? 0)
}

function withBodies(exchange: Exchange, change: (body: Body) => Body): Exchange {
  const { request, response } = exchange
  return {
    ...exchange,
    request: { ...request, body: change(request.body) },
    ...(response && { response: { ...response, body: change(response.body) } }),
  }
}

/** `length`: what was on the wire, where more than `bytes`. */
export function body(bytes: Uint8Array, length: number = bytes.length): Body {
  return { bytes, length, truncated: length > bytes.length }
}

/** A line of events.ndjson that cannot be understood. */
export class JournalError extends Error {
  override readonly name = 'JournalError'
  readonly code = 'broken-line'
  /** From 1. */
  readonly line: number

  constructor(file: string, line: number, cause: unknown) {
    super(`${file}: line ${line} is not a line of a journal: ${String(cause)}`, { cause })
    this.line = line
  }
}

/** Reads events.ndjson with its bodies; a last line that was cut off is left out. Throws JournalError for any other broken line. */
export async function readJournal(file: string): Promise<Fact[]> {
  const reader = new LineReader()
  const facts: Fact[] = []
  let number = 0
  for await (const line of linesOf(file)) {
    number += 1
    try {
      const fact = reader.fact(line)
      if (fact !== undefined) facts.push(fact)
    } catch (cause) {
      throw new JournalError(file, number, cause)
    }
  }
  return facts
}

/** Whole lines only. (node:readline would also split at U+2028, which JSON leaves as it is.) */
async function* linesOf(file: string): AsyncGenerator<string> {
  const pieces: Buffer[] = []
  for await (const chunk of createReadStream(file) as AsyncIterable<Buffer>) {
    let start = 0
    for (;;) {
      const end = chunk.indexOf(0x0a, start)
      if (end < 0) break
      pieces.push(chunk.subarray(start, end))
      yield Buffer.concat(pieces).toString('utf8')
      pieces.length = 0
      start = end + 1
    }
    pieces.push(chunk.subarray(start))
  }
}
