import { isUtf8 } from 'node:buffer'
import { createHash } from 'node:crypto'
import type { Body, Exchange, Fact } from './exchange.ts'

/** A body where an exchange refers to it; no hash where nothing was kept. */
interface StoredBody {
  readonly hash?: string
  readonly length: number
  readonly truncated: boolean
}

/** The line that holds a body's kept bytes. It comes before the first line that refers to it. */
interface BodyLine {
  readonly kind: 'body'
  /** SHA-256 of the bytes in hex. */
  readonly hash: string
  readonly encoding: 'utf8' | 'base64'
  readonly data: string
  /** Number of bytes in `data`, decoded. */
  readonly length: number
}

/** Hashes remembered at most; after that a body may be written again, which readers do not mind. */
const rememberedHashes = 500_000

/** Turns facts into lines of events.ndjson; remembers which bodies were written already. */
export class LineWriter {
  readonly #written = new Set<string>()

  /** The lines for one fact, each with its newline. */
  lines(fact: Fact): string {
    if (fact.kind !== 'exchange') return `${JSON.stringify(fact)}\n`
    let before = ''
    const store = (body: Body): StoredBody => {
      const { length, truncated } = body
      if (body.bytes.length === 0) return { length, truncated }
      const hash = createHash('sha256').update(body.bytes).digest('hex')
      before += this.#bodyLine(hash, body.bytes)
      return { hash, length, truncated }
    }
    const { request, response } = fact
    const line = {
      ...fact,
      request: { ...request, body: store(request.body) },
      ...(response && { response: { ...response, body: store(response.body) } }),
    }
    return `${before}${JSON.stringify(line)}\n`
  }

  #bodyLine(hash: string, bytes: Uint8Array): string {
    if (this.#written.has(hash)) return ''
    if (this.#written.size >= rememberedHashes) this.#written.clear()
    this.#written.add(hash)
    const encoding = isUtf8(bytes) ? 'utf8' : 'base64'
    const data = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).toString(encoding)
    const line: BodyLine = { kind: 'body', hash, encoding, data, length: bytes.length }
    return `${JSON.stringify(line)}\n`
  }
}

type StoredExchange = Omit<Exchange, 'request' | 'response'> & {
  readonly request: { readonly headers: Exchange['request']['headers']; readonly body: StoredBody }
  readonly response?: Omit<NonNullable<Exchange['response']>, 'body'> & {
    readonly body: StoredBody
  }
}

/** The other way round: lines into facts. */
export class LineReader {
  readonly #bodies = new Map<string, Uint8Array>()

  /** Undefined for a line that is no fact by itself (a body). Throws what JSON.parse throws. */
  fact(line: string): Fact | undefined {
    const value: BodyLine | StoredExchange | Exclude<Fact, Exchange> = JSON.parse(line)
    if (value.kind === 'body') {
      this.#bodies.set(value.hash, Buffer.from(value.data, value.encoding))
      return undefined
    }
    if (value.kind !== 'exchange') return value
    const { request, response, ...rest } = value
    return {
      ...rest,
      request: { ...request, body: this.#restore(request.body) },
      ...(response && { response: { ...response, body: this.#restore(response.body) } }),
    }
  }

  #restore({ hash, length, truncated }: StoredBody): Body {
    const bytes = hash === undefined ? new Uint8Array() : this.#bodies.get(hash)
    if (bytes === undefined) throw new SyntaxError(`the body ${String(hash)} is not in the file`)
    return { bytes, length, truncated }
  }
}
