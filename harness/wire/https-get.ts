import { AnswerReader, type PartialAnswer } from './answer.ts'
import type { Dialling } from './dialling.ts'
import { failureOf, wordsFor } from './failure.ts'

export interface GetLimits {
  /** Bytes of the body. */
  readonly bodyBytes: number
  readonly headerBytes: number
  /** Milliseconds for everything. */
  readonly totalMs: number
  readonly signal?: AbortSignal
}

/** A page could not be had. */
export class GetError extends Error {
  override readonly name = 'GetError'
  /** As an exchange ends. */
  readonly code: NonNullable<ReturnType<typeof failureOf>>

  constructor(code: GetError['code'], message: string, cause: unknown) {
    super(message, { cause })
    this.code = code
  }
}

/** Gets one page by HTTPS on a connection of its own, whatever its status; follows no redirect. Throws GetError; TypeError for what is no such address. */
export async function httpsGet(
  url: URL,
  dialling: Dialling,
  limits: GetLimits,
): Promise<PartialAnswer> {
  if (url.protocol !== 'https:') throw new TypeError(`${url.href} is not by HTTPS`)
  const spot = { host: url.hostname.replace(/^\[|\]$/g, ''), port: Number(url.port || 443) }
  const [{ Client }, { connectorTo }] = await Promise.all([
    import('undici'),
    import('./dialling.ts'),
  ])
  const client = new Client(url.origin, {
    maxHeaderSize: limits.headerBytes,
    connect: connectorTo([spot], dialling, limits.totalMs),
  })
  const reader = new AnswerReader(limits.bodyBytes, () => performance.now())
  const { signal, totalMs } = limits
  const late = () => reader.stop(new GivenUp(`no complete answer within ${totalMs} ms`))
  const timer = setTimeout(late, totalMs)
  const stop = () => reader.stop(new GivenUp('it is not wanted any more'))
  signal?.addEventListener('abort', stop, { once: true })
  if (signal?.aborted === true) stop()
  try {
    const path = `${url.pathname}${url.search}`
    const headers = { host: url.host, accept: 'application/json' }
    client.dispatch({ path, method: 'GET', headers }, reader)
    await reader.done
    if (reader.answer === undefined) throw new TypeError('an answer without a status')
    return reader.answer
  } catch (error) {
    const code = error instanceof Error ? failureOf(error) : undefined
    if (code === undefined || !(error instanceof Error)) throw error
    throw new GetError(code, `GET ${url.origin}${url.pathname}: ${wordsFor(error)}`, error)
  } finally {
    clearTimeout(timer)
    signal?.removeEventListener('abort', stop)
    void client.destroy().catch(() => undefined)
  }
}

class GivenUp extends Error {
  override readonly name = 'GivenUp'
  readonly code = 'ETIMEDOUT'
}
