import { closeSync, openSync, writeSync } from 'node:fs'
import { StringDecoder } from 'node:string_decoder'

const KEPT_LINES = 200
const LINE_CHARACTERS = 2_000
const FILE_BYTES = 64 * 1024 * 1024

/** What a server writes: its last lines in memory, and all of it in a file up to a bound. */
export class LogBuffer {
  readonly #decoder = new StringDecoder('utf8')
  readonly #lines: string[] = []
  #open = ''
  #file: number | undefined
  #room = FILE_BYTES

  constructor(file: string) {
    this.#file = openSync(file, 'a')
  }

  /** Synchronous, so that memory stays bounded however much is written, and nothing is lost when the harness is killed. */
  write(chunk: Buffer): void {
    this.#keep(chunk)
    this.#collect(this.#decoder.write(chunk))
  }

  /** The last lines, the oldest first. */
  tail(lines = 20): string {
    const open = this.#open === '' ? [] : [this.#open]
    return [...this.#lines, ...open].slice(-lines).join('\n')
  }

  close(): void {
    if (this.#file !== undefined) closeSync(this.#file)
    this.#file = undefined
  }

  #keep(chunk: Buffer): void {
    if (this.#file === undefined) return
    const fits = chunk.subarray(0, this.#room)
    this.#room -= fits.length
    try {
      writeSync(this.#file, fits)
      if (fits.length < chunk.length)
        writeSync(this.#file, '\n[cut: the log is larger than 64 MiB]\n')
      if (fits.length < chunk.length) this.close()
    } catch {
      this.close()
    }
  }

  #collect(text: string): void {
    const lines = (this.#open + text).split('\n')
    this.#open = (lines.pop() ?? '').slice(0, LINE_CHARACTERS)
    for (const line of lines) this.#lines.push(line.trimEnd().slice(0, LINE_CHARACTERS))
    if (this.#lines.length > KEPT_LINES) this.#lines.splice(0, this.#lines.length - KEPT_LINES)
  }
}
