import { integerAt } from '../../matrix/content.ts'
import { isServerName } from '../../matrix/identifiers.ts'
import { isObject, JsonError, parseJson } from '../../matrix/json.ts'
import type { Query } from '../../wire/endpoints.ts'
import type { WireReply, WireRequest } from '../../wire/client.ts'
import { invalidParam, MatrixError, notFound } from '../errors.ts'
import { type Remote, RemoteError } from '../remote.ts'
import { nameIn, safeType } from './disposition.ts'
import { isMediaId, maxFileBytes, type MediaFile, tooLarge } from './media.ts'
import { MultipartError, parseMultipart, type Part } from './multipart.ts'

export interface RemoteOrder {
  readonly server: string
  readonly id: string
  /** How long the other server may wait for an upload. */
  readonly waitMs: number
  /** Query of a thumbnail; absent: the content itself is wanted. */
  readonly thumbnail?: Query
}

/** Content that is kept, in bytes of all together. */
const maxCached = 64 * 1024 * 1024
/** On top of what the other server waits. */
const answerMs = 20_000

/** Content of other servers, fetched by federation and, from those that do not know that, in the old way (server-server-api#content-repository). */
export class RemoteMedia {
  readonly #remote: Remote
  /** The longest unused first. */
  readonly #cache = new Map<string, MediaFile>()
  #cached = 0

  constructor(remote: Remote) {
    this.#remote = remote
  }

  /** M_INVALID_PARAM, M_NOT_FOUND, M_TOO_LARGE, M_NOT_YET_UPLOADED, M_LIMIT_EXCEEDED; M_UNKNOWN (502) for a server that gives nothing usable. */
  async get(order: RemoteOrder): Promise<MediaFile> {
    const { server, id, thumbnail } = order
    if (!isServerName(server) || !isMediaId(id)) throw invalidParam('that is no content URI')
    const key = JSON.stringify([server, id, thumbnail ?? null])
    const known = this.#cache.get(key)
    if (known !== undefined) {
      this.#cache.delete(key)
      this.#cache.set(key, known)
      return known
    }
    const file = await this.#fetch(order)
    if (file.bytes.length > maxFileBytes) throw tooLarge(502)
    this.#keep(key, file)
    return file
  }

  #keep(key: string, file: MediaFile): void {
    if (file.bytes.length > maxCached / 4 || this.#cache.has(key)) return
    this.#cache.set(key, file)
    this.#cached += file.bytes.length
    for (const [oldest, { bytes }] of this.#cache) {
      if (this.#cached <= maxCached) break
      this.#cache.delete(oldest)
      this.#cached -= bytes.length
    }
  }

  async #fetch({ server, id, waitMs, thumbnail }: RemoteOrder): Promise<MediaFile> {
    const reply = await this.#ask({
      destination: server,
      operation: thumbnail === undefined ? 'mediaDownload' : 'mediaThumbnail',
      params: { mediaId: id },
      query: { ...thumbnail, timeout_ms: String(waitMs) },
      timeoutMs: waitMs + answerMs,
    })
    if (reply.status === 200) return this.#read(reply, waitMs)
    if (reply.status !== 404 || errcodeOf(reply) !== 'M_UNRECOGNIZED') throw refusalOf(reply)
    return this.#fetchOld({ server, id, waitMs, ...(thumbnail && { thumbnail }) })
  }

  /** Without authentication, and never from a third server. */
  async #fetchOld({ server, id, waitMs, thumbnail }: RemoteOrder): Promise<MediaFile> {
    const kind = thumbnail === undefined ? 'download' : 'thumbnail'
    const query = new URLSearchParams({ allow_remote: 'false', timeout_ms: String(waitMs) })
    for (const [name, value] of Object.entries(thumbnail ?? {}))
      if (typeof value === 'string') query.set(name, value)
    const reply = await this.#ask({
      destination: server,
      method: 'GET',
      uri: `/_matrix/media/v3/${kind}/${encodeURIComponent(server)}/${id}?${query.toString()}`,
      sign: false,
      timeoutMs: waitMs + answerMs,
    })
    if (reply.status !== 200) throw refusalOf(reply)
    return fileOf({ headers: reply.headers, bytes: reply.body })
  }

  async #read(reply: WireReply, waitMs: number): Promise<MediaFile> {
    const content = contentIn(reply)
    const location = content.headers['location']
    return location === undefined ? fileOf(content) : this.#follow(location, waitMs)
  }

  /** Once: what the place says after that is its own content or nothing. */
  async #follow(location: string, waitMs: number): Promise<MediaFile> {
    const url = URL.canParse(location) ? new URL(location) : undefined
    if (url?.protocol !== 'https:' || url.username !== '' || url.password !== '')
      throw unusable('the content is said to be at no HTTPS address')
    const reply = await this.#ask({
      destination: url.port === '' ? `${url.hostname}:443` : url.host,
      method: 'GET',
      uri: `${url.pathname}${url.search}`,
      sign: false,
      timeoutMs: waitMs + answerMs,
    })
    if (reply.status !== 200) throw unusable('the content is not where it is said to be')
    return fileOf({ headers: reply.headers, bytes: reply.body })
  }

  async #ask(request: WireRequest): Promise<WireReply> {
    try {
      return await this.#remote.reply(request)
    } catch (error) {
      if (error instanceof RemoteError) throw unusable(error.message)
      throw error
    }
  }
}

const unusable = (message: string): MatrixError => new MatrixError(502, 'M_UNKNOWN', message)

/** The second of two parts, where the first is metadata. */
function contentIn({ headers, body }: WireReply): Part {
  try {
    const [metadata, content, ...more] = parseMultipart(headers['content-type'], body)
    if (metadata === undefined || content === undefined || more.length > 0)
      throw new MultipartError('there are not two parts')
    if (!isObject(parseJson(metadata.bytes)))
      throw new MultipartError('the first part is no object')
    return content
  } catch (error) {
    if (error instanceof MultipartError || error instanceof JsonError)
      throw unusable(`an answer with content makes no sense: ${error.message}`)
    throw error
  }
}

function fileOf({ headers, bytes }: Part): MediaFile {
  const name = nameIn(headers['content-disposition'])
  const type = safeType(headers['content-type'])
  return { bytes, type, ...(name === undefined ? {} : { name }) }
}

function errcodeOf({ json }: WireReply): string | undefined {
  const errcode = isObject(json) ? json['errcode'] : undefined
  return typeof errcode === 'string' ? errcode : undefined
}

/** What the client is told of another server's refusal (client-server-api#content-repository, the documented errors). */
function refusalOf(reply: WireReply): MatrixError {
  const errcode = errcodeOf(reply)
  if (reply.status === 404) return notFound('there is no such content')
  if (errcode === 'M_NOT_YET_UPLOADED')
    return new MatrixError(504, errcode, 'the content has not been uploaded yet')
  if (errcode === 'M_TOO_LARGE') return tooLarge(502)
  if (errcode === 'M_LIMIT_EXCEEDED') {
    const wait = integerAt(isObject(reply.json) ? reply.json : undefined, 'retry_after_ms')
    const fields = wait === undefined ? {} : { retry_after_ms: wait }
    return new MatrixError(429, errcode, 'the other server has been asked too often', fields)
  }
  if (reply.status === 400)
    return new MatrixError(400, 'M_UNKNOWN', 'the other server cannot do it')
  return unusable(`the other server answered with status ${reply.status}`)
}
