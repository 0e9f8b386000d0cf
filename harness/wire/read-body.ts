import type { IncomingMessage } from 'node:http'

/** How much of a body was read, and why it stopped there. */
export interface ReadBody {
  readonly bytes: Uint8Array
  /** Bytes seen, or announced where nothing was read. */
  readonly length: number
  readonly end: 'complete' | 'too-large' | 'no-room' | 'gone'
}

/** Bytes of bodies that one listener holds at once, for all its requests together. */
export class Allowance {
  #free: number

  constructor(bytes: number) {
    this.#free = bytes
  }

  /** False where there is not enough left. */
  take(bytes: number): boolean {
    if (bytes > this.#free) return false
    this.#free -= bytes
    return true
  }

  give(bytes: number): void {
    this.#free += bytes
  }
}

/** Reads at most `limit` bytes. A body that announces more is not read at all. What was read has to be given back to `allowance`. */
export function readBody(
  request: IncomingMessage,
  limit: number,
  allowance: Allowance,
): Promise<ReadBody> {
  const announced = Number(request.headers['content-length'] ?? 0)
  if (announced > limit) {
    return Promise.resolve({ bytes: new Uint8Array(), length: announced, end: 'too-large' })
  }
  return new Promise((resolve) => {
    const chunks: Buffer[] = []
    let length = 0
    const settle = (end: ReadBody['end']) => {
      request.off('data', take).off('end', complete).off('close', gone).off('error', gone)
      // Who is gone may still raise an error.
      request.on('error', () => {})
      request.pause()
      resolve({
        bytes: chunks.length === 1 && chunks[0] ? chunks[0] : Buffer.concat(chunks),
        length,
        end,
      })
    }
    const take = (chunk: Buffer) => {
      length += chunk.length
      if (length > limit) settle('too-large')
      else if (!allowance.take(chunk.length)) settle('no-room')
      else chunks.push(chunk)
    }
    const complete = () => settle('complete')
    const gone = () => settle('gone')
    request.on('data', take).on('end', complete).on('close', gone).on('error', gone)
  })
}

/** What is still read of a refused body, so that its sender gets to the answer: bytes and milliseconds. */
const lingerBytes = 16 * 1024 * 1024
const lingerMs = 1_000

/** Reads on and throws away until the sender has ended, gone, or gone on for too long. Answers the bytes seen. */
export function discard(request: IncomingMessage): Promise<number> {
  return new Promise((resolve) => {
    let seen = 0
    const settle = () => {
      clearTimeout(timer)
      request.off('data', take).off('end', settle).off('close', settle)
      resolve(seen)
    }
    const timer = setTimeout(settle, lingerMs)
    const take = (chunk: Buffer) => {
      seen += chunk.length
      if (seen > lingerBytes) settle()
    }
    if (request.complete || request.destroyed) return settle()
    request.on('data', take).on('end', settle).on('close', settle).resume()
  })
}
