import { setTimeout as sleep } from 'node:timers/promises'
import type { Pool } from 'undici'
import type { Exchange } from '../journal/exchange.ts'
import { body } from '../journal/journal.ts'
import type { Json } from '../matrix/event.ts'
import { JsonError } from '../matrix/json.ts'
import { AnswerReader, type PartialAnswer } from './answer.ts'
import { type Failure, failureOf, wordsFor } from './failure.ts'
import { type Decision, exchangeHeader, pass } from './gatekeeper.ts'
import type { ClientLimits, ClientOptions, Prepared, WireReply, WireRequest } from './request.ts'
import { parseBody } from './parse-body.ts'
import { unlessAborted } from './unless-aborted.ts'
import { WireError } from './wire-error.ts'

/** Why an exchange is over without an answer. */
export interface Stop {
  readonly ending: Failure
  readonly error: string
  readonly fault?: string
}

/** The way to a destination that was found. */
export interface Route {
  readonly destination: string
  readonly hostHeader: string
  readonly pool: Pool
}

/** The destination's name leads nowhere. */
export class Unreachable extends Error {
  override readonly name = 'Unreachable'
  readonly code = 'ENOTFOUND'
}

class Stopped extends Error {
  override readonly name = 'Stopped'
  readonly stop: Stop

  constructor(stop: Stop) {
    super(stop.error)
    this.stop = stop
  }
}

/** One request of ours from the gatekeeper to its place in the journal. */
export class Sending {
  readonly destination: string
  readonly #client: ClientOptions
  readonly #request: WireRequest
  #prepared: Prepared
  readonly #id: number
  readonly #startedAt: number
  readonly #timeoutMs: number
  readonly #reader: AnswerReader
  readonly #stopping = new AbortController()
  #decision: Decision = pass
  #stopped: Stopped | undefined
  #stoppedAt: number | undefined

  constructor(
    client: ClientOptions,
    limits: ClientLimits,
    request: WireRequest,
    prepared: Prepared,
  ) {
    this.destination = request.destination
    this.#client = client
    this.#request = request
    this.#prepared = prepared
    this.#id = client.journal.nextExchange()
    this.#startedAt = client.journal.now()
    this.#timeoutMs = request.timeoutMs ?? limits.totalMs
    this.#reader = new AnswerReader(limits.bodyBytes, () => client.journal.now())
  }

  /** Ends the exchange at once, however far it has come. Only the first reason counts. */
  stop(stop: Stop): void {
    if (this.#stopping.signal.aborted) return
    this.#stoppedAt = this.#client.journal.now()
    this.#stopped = new Stopped(stop)
    this.#stopping.abort(this.#stopped)
    this.#reader.stop(this.#stopped)
  }

  /** Throws WireError; what else it throws is the harness's own fault. */
  async run(routeTo: () => Promise<Route>): Promise<WireReply> {
    const { signal } = this.#request
    const abandon = () => this.stop({ ending: 'abandoned', error: 'given up by the harness' })
    const late = () =>
      this.stop({ ending: 'timeout', error: `no complete answer within ${this.#timeoutMs} ms` })
    const timer = setTimeout(late, this.#timeoutMs)
    signal?.addEventListener('abort', abandon, { once: true })
    if (signal?.aborted === true) abandon()
    try {
      this.#decision = await this.#unlessStopped(this.#decide())
      return this.#answered(await this.#act(routeTo))
    } catch (error) {
      throw this.#failed(error)
    } finally {
      clearTimeout(timer)
      signal?.removeEventListener('abort', abandon)
    }
  }

  async #decide(): Promise<Decision> {
    const { gatekeeper, name: from } = this.#client
    if (gatekeeper === undefined) return pass
    const { operation } = this.#prepared
    const decision = await gatekeeper.requesting({
      from,
      to: this.destination,
      ...(operation !== undefined && { operation }),
      exchange: this.#id,
      side: 'requester',
      signal: this.#stopping.signal,
    })
    if (decision.do === 'delay') await sleep(decision.ms ?? 0)
    return decision
  }

  async #act(routeTo: () => Promise<Route>): Promise<PartialAnswer> {
    const { body: text = '', do: deed, healed, rule, status = 503 } = this.#decision
    if (deed === 'pass' || deed === 'delay') return this.#dispatch(routeTo)
    if (deed === 'answer') {
      const headers = { 'content-type': 'application/json' }
      return { status, headers, bytes: Buffer.from(text) }
    }
    // Never answered: until the link heals, or until this side gives up.
    if (deed === 'blackhole')
      await this.#unlessStopped(healed?.then(() => true) ?? new Promise<true>(() => {}))
    const fault = rule === undefined ? {} : { fault: rule }
    throw new Stopped({ ending: 'cut', error: `${deed} by the fabric`, ...fault })
  }

  async #dispatch(routeTo: () => Promise<Route>): Promise<PartialAnswer> {
    const { destination, hostHeader, pool } = await this.#unlessStopped(routeTo())
    if (hostHeader !== destination)
      this.#prepared = {
        ...this.#prepared,
        headers: { ...this.#prepared.headers, host: hostHeader },
      }
    const { bytes, headers, method, uri: path } = this.#prepared
    const ours = this.#client.gatekeeper?.isOurs(this.destination) === true
    const mark = ours ? { [exchangeHeader]: `${this.#id} ${this.#client.name}` } : {}
    const payload = bytes.length === 0 ? null : bytes
    pool.dispatch({ path, method, headers: { ...headers, ...mark }, body: payload }, this.#reader)
    await this.#reader.done
    const { answer } = this.#reader
    if (answer === undefined) throw new TypeError('an answer without a status')
    return answer
  }

  #answered(answer: PartialAnswer): WireReply {
    const faked = this.#decision.do === 'answer'
    this.#record(faked ? this.#cut('answered by the fabric') : { ending: 'answered' }, answer)
    const { bytes, headers, status } = answer
    return {
      status,
      headers,
      body: bytes,
      ...jsonOf(answer, this.#prepared.operation),
      exchange: this.#id,
    }
  }

  /** Records the failure and answers what to throw for it. */
  #failed(cause: unknown): unknown {
    const stop = this.#stopOf(cause)
    if (stop === undefined) {
      this.#record({ ending: 'abandoned', error: String(cause) })
      return cause
    }
    const answer = this.#reader.answer
    this.#record(stop, answer)
    const { method, uri } = this.#prepared
    const [path] = uri.split('?')
    const message = `${method} ${path} at ${this.destination}: ${stop.error}`
    return new WireError(stop.ending, message, { exchange: this.#id, cause })
  }

  #stopOf(error: unknown): Stop | undefined {
    if (error instanceof Stopped) {
      const { stop } = error
      const swallowed = this.#decision.do === 'blackhole' && stop.ending === 'timeout'
      return swallowed ? this.#cut(`blackhole by the fabric: ${stop.error}`) : stop
    }
    const ending = error instanceof Error ? failureOf(error) : undefined
    return ending && error instanceof Error ? { ending, error: wordsFor(error) } : undefined
  }

  #cut(error: string): Stop {
    const { rule } = this.#decision
    return { ending: 'cut', error, ...(rule !== undefined && { fault: rule }) }
  }

  #record(end: Pick<Exchange, 'ending' | 'error' | 'fault'>, answer?: PartialAnswer): void {
    const { check, journal, name: from } = this.#client
    const { bytes, headers, method, operation, uri } = this.#prepared
    const { rule } = this.#decision
    journal.append({
      kind: 'exchange',
      id: this.#id,
      ...(check !== undefined && { check }),
      from,
      to: this.destination,
      seenBy: 'requester',
      method,
      uri,
      ...(operation !== undefined && { operation }),
      request: { headers, body: body(bytes) },
      ...(answer && {
        response: { status: answer.status, headers: answer.headers, body: body(answer.bytes) },
      }),
      startedAt: this.#startedAt,
      // An answer that was there before a stop is one that came in time.
      endedAt: this.#reader.endedAt ?? this.#stoppedAt ?? journal.now(),
      ...(rule !== undefined && { fault: rule }),
      ...end,
      ...(this.#request.deliberate === true && { deliberate: true }),
    })
  }

  async #unlessStopped<T>(work: Promise<T>): Promise<T> {
    const result = await unlessAborted(this.#stopping.signal, work)
    if (result === undefined) throw this.#stopped ?? new TypeError('nothing came of it')
    return result
  }
}

const claimsJson = /^application\/(?:[\w.-]+\+)?json\b/i

/** A body is read as JSON where it says so or says nothing; only the first counts as an error when it is none. */
function jsonOf(
  { bytes, headers }: PartialAnswer,
  operation: string | undefined,
): { json: Json | undefined; jsonError?: string } {
  const type = headers['content-type']
  const claims = type !== undefined && claimsJson.test(type)
  if (!claims && type !== undefined && !type.startsWith('text/')) return { json: undefined }
  try {
    return { json: parseBody(bytes, { operation, part: 'response' }) }
  } catch (error) {
    if (!(error instanceof JsonError)) throw error
    return claims ? { json: undefined, jsonError: error.message } : { json: undefined }
  }
}
