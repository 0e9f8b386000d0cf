import type { Body, Exchange, Fact } from './exchange.ts'

export interface JournalOptions {
  /** Folder for events.ndjson; absent: memory only. */
  readonly directory?: string
  /** Bytes kept of each body; 1 MiB by default. */
  readonly keepBytes?: number
  /** Bytes of bodies that may stay in memory of checks that are done; 256 MiB by default. */
  readonly memoryBytes?: number
  /** Called once, at the first write that fails. */
  readonly onFailure?: (error: Error) => void
}

/** Append-only facts of one run, in the order in which they were complete. */
export class Journal {
  /** The first error of writing to disk; facts are still kept in memory after it. */
  readonly failure: Error | undefined = undefined

  constructor(_options: JournalOptions = {}) {}

  get facts(): readonly Fact[] {
    throw new Error('not yet')
  }

  /** Milliseconds since the journal was opened. */
  now(): number {
    throw new Error('not yet')
  }

  /** A number for an exchange that begins; it is appended when it has ended. */
  nextExchange(): number {
    throw new Error('not yet')
  }

  append(_fact: Fact): void {}

  exchange(_id: number): Exchange | undefined {
    throw new Error('not yet')
  }

  /** The facts of one check. */
  of(_check: string): readonly Fact[] {
    throw new Error('not yet')
  }

  /** The check has been judged: its bodies may go from memory. They stay in the file. */
  done(_check: string): void {}

  /** Answers the function that ends the subscription. */
  subscribe(_listener: (fact: Fact) => void): () => void {
    throw new Error('not yet')
  }

  /** Writes what is left and closes the file. */
  async close(): Promise<void> {}
}

/** `length`: what was on the wire, where more than `bytes`. */
export function body(bytes: Uint8Array, length: number = bytes.length): Body {
  return { bytes, length, truncated: length > bytes.length }
}

/** Reads events.ndjson with its bodies; a last line that was cut off is left out. Throws JournalError for any other broken line. */
export async function readJournal(_file: string): Promise<Fact[]> {
  throw new Error('not yet')
}
