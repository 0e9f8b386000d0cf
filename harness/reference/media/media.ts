import { createHash, randomBytes } from 'node:crypto'
import { forbidden, invalidParam, MatrixError, notFound } from '../errors.ts'
import type { Table } from '../store/store.ts'
import type { Bytes } from './bytes.ts'
import { safeType } from './disposition.ts'

export interface MediaFile {
  readonly bytes: Uint8Array
  /** Fit for a header. */
  readonly type: string
  readonly name?: string
}

type Kept = {
  readonly user: string
  readonly type: string
  readonly name?: string
  readonly size: number
  readonly hash: string
}

/** An id without content yet. */
type Promised = { readonly user: string; readonly expires: number }

type Entry = Kept | Promised

/** Bytes of one file: with what goes around it, an answer stays within what servers take. */
export const maxFileBytes = 50 * 1024 * 1024
/** Of all files of this server. */
const maxTotalBytes = 2 * 1024 * 1024 * 1024
const maxPromised = 20
const promisedMs = 24 * 3_600_000
const maxNameLength = 255

const isKept = (entry: Entry | undefined): entry is Kept => entry !== undefined && 'hash' in entry

/** client-server-api#content-repo-security-considerations */
export const isMediaId = (id: string): boolean => /^[A-Za-z0-9_-]{1,255}$/.test(id)

export const tooLarge = (status: 413 | 502): MatrixError =>
  new MatrixError(status, 'M_TOO_LARGE', `the content has more than ${maxFileBytes} bytes`)

/** What users of this server have uploaded (client-server-api#content-repository). */
export class Media {
  readonly #table: Table<Entry>
  readonly #bytes: Bytes
  readonly #clock: () => number
  readonly #waiting = new Map<string, Set<() => void>>()
  #total = 0

  constructor(table: Table<Entry>, bytes: Bytes, clock: () => number) {
    this.#table = table
    this.#bytes = bytes
    this.#clock = clock
    for (const [, entry] of table.entries()) if (isKept(entry)) this.#total += entry.size
  }

  /** An id to upload to later, and until when, in milliseconds since the epoch. M_LIMIT_EXCEEDED. */
  create(user: string): { id: string; expires: number } {
    const now = this.#clock()
    const open = [...this.#table.entries()].filter(([, one]) => !isKept(one) && one.user === user)
    for (const [id, one] of open) if (!isKept(one) && one.expires <= now) this.#table.delete(id)
    const pending = open.filter(([id]) => this.#table.get(id) !== undefined)
    if (pending.length >= maxPromised)
      throw new MatrixError(429, 'M_LIMIT_EXCEEDED', 'too many uploads are outstanding', {
        retry_after_ms: 60_000,
      })
    const id = randomBytes(18).toString('base64url')
    const expires = now + promisedMs
    this.#table.set(id, { user, expires })
    return { id, expires }
  }

  /** Answers the id. M_TOO_LARGE, M_FORBIDDEN. */
  async upload(user: string, file: MediaFile): Promise<string> {
    const id = randomBytes(18).toString('base64url')
    await this.#keep(id, user, file)
    return id
  }

  /** To an id made before. M_NOT_FOUND, M_FORBIDDEN, M_CANNOT_OVERWRITE_MEDIA, M_TOO_LARGE. */
  async uploadTo(id: string, user: string, file: MediaFile): Promise<void> {
    const entry = this.#table.get(id)
    if (entry === undefined) throw notFound('there is no such id')
    if (entry.user !== user) throw forbidden('the id is another user’s')
    if (isKept(entry))
      throw new MatrixError(409, 'M_CANNOT_OVERWRITE_MEDIA', 'there is content already')
    if (entry.expires <= this.#clock()) throw notFound('the id has run out')
    await this.#keep(id, user, file)
  }

  async #keep(id: string, user: string, { bytes, type, name }: MediaFile): Promise<void> {
    if (bytes.length > maxFileBytes) throw tooLarge(413)
    if (this.#total + bytes.length > maxTotalBytes)
      throw forbidden('there is no space for more content')
    this.#total += bytes.length
    const hash = createHash('sha256').update(bytes).digest('base64url')
    await this.#bytes.put(hash, bytes)
    if (isKept(this.#table.get(id)))
      throw new MatrixError(409, 'M_CANNOT_OVERWRITE_MEDIA', 'there is content already')
    const named =
      name === undefined ? {} : { name: Buffer.from(name.slice(0, maxNameLength)).toString() }
    this.#table.set(id, { user, type: safeType(type), size: bytes.length, hash, ...named })
    for (const end of this.#waiting.get(id) ?? []) end()
  }

  /** Waits for content that is promised, for `waitMs`. M_INVALID_PARAM, M_NOT_FOUND, M_NOT_YET_UPLOADED. */
  async get(id: string, waitMs: number): Promise<MediaFile> {
    if (!isMediaId(id)) throw invalidParam('that is no media id')
    const entry = this.#table.get(id)
    if (entry === undefined) throw notFound('there is no such content')
    if (!isKept(entry) && entry.expires > this.#clock()) await this.#wait(id, waitMs)
    const kept = this.#table.get(id)
    if (!isKept(kept))
      throw new MatrixError(504, 'M_NOT_YET_UPLOADED', 'the content has not been uploaded yet')
    const bytes = await this.#bytes.get(kept.hash)
    if (bytes === undefined) throw notFound('the content is lost')
    return { bytes, type: kept.type, ...(kept.name === undefined ? {} : { name: kept.name }) }
  }

  #wait(id: string, ms: number): Promise<void> {
    return new Promise((resolve) => {
      const waiting = this.#waiting.get(id) ?? new Set()
      this.#waiting.set(id, waiting)
      const end = () => {
        clearTimeout(timer)
        waiting.delete(end)
        if (waiting.size === 0) this.#waiting.delete(id)
        resolve()
      }
      const timer = setTimeout(end, ms)
      waiting.add(end)
    })
  }

  /** Ends everybody's waiting. */
  stop(): void {
    for (const waiting of this.#waiting.values()) for (const end of waiting) end()
  }
}
