import { request } from 'node:http'
import { setTimeout as delay } from 'node:timers/promises'
import { CallError, valueIn } from './client.ts'
import type { ClientApi } from './client.ts'
import { TargetError } from './errors.ts'

/** Between two looks; at first fewer, so that a start that takes little is not made long by them. */
const [LEAST_BETWEEN_MS, BETWEEN_MS] = [2, 40]
const PROBE_MS = 5_000

/** What is waited for. */
export interface Starting {
  readonly address: string
  readonly port: number
  readonly client: ClientApi
  readonly timeoutMs: number
  /** Resolves with the reason when the process has ended. */
  readonly exited: Promise<string>
  logTail(): string
}

/**
 * Waits until `GET /_matrix/client/versions` answers as a homeserver does.
 * @throws TargetError `exited`, `silent`, `not-matrix`, `plain-http` or `tls`
 */
export async function untilReady(starting: Starting): Promise<void> {
  const over = new AbortController()
  const exited = starting.exited.then((why) => {
    throw exitedEarly(why, starting.logTail())
  })
  try {
    await Promise.race([exited, poll(starting, over.signal)])
  } finally {
    over.abort()
  }
}

async function poll(starting: Starting, signal: AbortSignal): Promise<void> {
  const began = performance.now()
  const deadline = began + starting.timeoutMs
  let seen: Seen = { answered: false, text: 'nothing was tried' }
  while (!signal.aborted && performance.now() < deadline) {
    const found = await probe(starting, signal)
    if (found === undefined) return
    seen = found
    const pause = Math.max(LEAST_BETWEEN_MS, (performance.now() - began) / 50)
    await delay(Math.min(pause, BETWEEN_MS), undefined, { signal }).catch(() => undefined)
  }
  if (!signal.aborted) throw notReady(starting, seen)
}

interface Seen {
  readonly answered: boolean
  readonly text: string
}

/** Undefined when the server is ready, else what is wrong so far. */
async function probe(starting: Starting, signal: AbortSignal): Promise<Seen | undefined> {
  const timeoutMs = Math.min(PROBE_MS, starting.timeoutMs)
  try {
    const answer = await starting.client.call({
      method: 'GET',
      path: '/_matrix/client/versions',
      timeoutMs,
      signal,
    })
    if (answer.status === 200 && Array.isArray(valueIn(answer.json, 'versions'))) return undefined
    const text = `the last answer was ${answer.status} without a list of versions`
    return { answered: true, text }
  } catch (error) {
    if (!(error instanceof CallError)) throw error
    if (error.code === 'tls') await explainTls(starting, error)
    return { answered: false, text: error.message }
  }
}

/** A handshake that fails will fail again: find out why at once. */
async function explainTls(starting: Starting, error: CallError): Promise<void> {
  const logTail = starting.logTail()
  const where = `${starting.address}:${starting.port}`
  if (await speaksPlainHttp(starting)) {
    throw new TargetError('plain-http', `the target speaks plain HTTP on ${where}`, {
      advice:
        'Serve TLS there, with the certificate of FEDCHECK_TLS_CERT and the key of FEDCHECK_TLS_KEY. Federation is never plain HTTP.',
      logTail,
    })
  }
  throw new TargetError('tls', `TLS with the target on ${where} failed: ${error.message}`, {
    advice:
      'Use the certificate of FEDCHECK_TLS_CERT and the key of FEDCHECK_TLS_KEY as they are: the run trusts no other.',
    logTail,
  })
}

function speaksPlainHttp(starting: Starting): Promise<boolean> {
  return new Promise((resolve) => {
    const asked = request({
      host: starting.address,
      port: starting.port,
      path: '/_matrix/client/versions',
      timeout: PROBE_MS,
      agent: false,
    })
    asked.once('response', (answer) => {
      answer.destroy()
      resolve(true)
    })
    asked.once('timeout', () => asked.destroy())
    asked.once('error', () => resolve(false))
    asked.once('close', () => resolve(false))
    asked.end()
  })
}

function exitedEarly(why: string, logTail: string): TargetError {
  return new TargetError('exited', `the target ${why} before it was ready`, {
    advice:
      'Its last lines say more. The command must stay in the foreground for as long as the server runs.',
    logTail,
  })
}

function notReady(starting: Starting, seen: Seen): TargetError {
  const where = `https://${starting.address}:${starting.port}/_matrix/client/versions`
  return new TargetError(
    seen.answered ? 'not-matrix' : 'silent',
    `the target was not ready within ${starting.timeoutMs} ms: ${seen.text}`,
    {
      advice: seen.answered
        ? `${where} has to answer 200 with the versions of the client API.`
        : `Nothing useful came from ${where}. The server must listen at FEDCHECK_ADDRESS and FEDCHECK_PORT, for clients as well as for federation.`,
      logTail: starting.logTail(),
    },
  )
}
