import type { IncomingMessage, ServerResponse } from 'node:http'
import { setTimeout as sleep } from 'node:timers/promises'
import type { Body, Ending, Exchange } from '../journal/exchange.ts'
import { body } from '../journal/journal.ts'
import { writeBody } from '../matrix/write-body.ts'
import type { Connection } from './connection.ts'
import { type Matched, operationOf } from './endpoints.ts'
import { type Caller, type Decision, exchangeHeader, pass } from './gatekeeper.ts'
import { flat } from './headers.ts'
import { discard, type ReadBody, readBody, type Allowance } from './read-body.ts'
import type { InboundRequest, ListenLimits, ListenOptions, OutboundReply } from './listener.ts'
import { unlessAborted } from './unless-aborted.ts'
import { parseAuthorization } from './x-matrix.ts'

export interface ReceptionContext extends Omit<ListenOptions, 'name' | 'limits'> {
  readonly name: string
  readonly limits: ListenLimits
  /** For the bodies of all requests. */
  readonly allowance: Allowance
}

/** How an exchange ended, with what is to be said of it. */
interface End {
  readonly ending: Ending
  readonly error?: string
  readonly fault?: string
  readonly deliberate?: boolean
}

type Response = NonNullable<Exchange['response']>

/** One reason for all: making an error for each would cost more than the rest of it. */
const gone = 'the requester has gone'

/** One request from its headers to its place in the journal. */
export class Reception {
  readonly #context: ReceptionContext
  readonly #connection: Connection
  readonly #request: IncomingMessage
  readonly #response: ServerResponse
  readonly #startedAt: number
  readonly #headers: Readonly<Record<string, string>>
  readonly #claimed: string | undefined
  readonly #caller: Caller | undefined
  readonly #matched: Matched | undefined
  readonly #gone = new AbortController()
  readonly #id: number
  /** False where the requester, a server of this process, records it. */
  readonly #recorded: boolean
  #read: ReadBody = { bytes: new Uint8Array(), length: 0, end: 'gone' }

  constructor(
    context: ReceptionContext,
    connection: Connection,
    request: IncomingMessage,
    response: ServerResponse,
  ) {
    this.#context = context
    this.#connection = connection
    this.#request = request
    this.#response = response
    this.#startedAt = context.journal.now()
    const { [exchangeHeader]: marked, ...headers } = flat(request.headers)
    this.#headers = headers
    const { number, name } = readMark(marked)
    this.#claimed = parseAuthorization(headers['authorization'] ?? '')?.origin
    const says = name ?? this.#claimed
    this.#caller = context.gatekeeper?.caller(connection.remoteAddress, says ?? '')
    this.#recorded = number === undefined || this.#caller?.ours !== true
    this.#id = this.#recorded || number === undefined ? context.journal.nextExchange() : number
    this.#matched = operationOf(request.method ?? '', this.#uri)
    if (says !== undefined) connection.claimed.add(says)
    response.once('close', () => {
      if (!response.writableFinished) this.#gone.abort(gone)
    })
    response.on('error', () => {})
  }

  get #uri(): string {
    return this.#request.url ?? ''
  }

  /** Reads, asks the gatekeeper, answers, records. Never rejects. */
  async run(): Promise<void> {
    const leave = () => this.#gone.abort(gone)
    this.#connection.underWay.add(leave)
    const { limits, allowance } = this.#context
    try {
      this.#read = await readBody(this.#request, limits.bodyBytes, allowance)
      if (this.#read.end === 'gone') this.#recordGone()
      else if (this.#read.end !== 'complete') await this.#refuseBody(this.#read.end)
      else await this.#act(await this.#decision())
    } catch (error) {
      this.#context.onError?.(error, this.#id)
    } finally {
      this.#connection.underWay.delete(leave)
      allowance.give(this.#read.bytes.length)
    }
  }

  async #decision(): Promise<Decision> {
    const { gatekeeper, name: to } = this.#context
    if (gatekeeper === undefined) return pass
    const operation = this.#matched?.operation.name
    const asked = gatekeeper.requesting({
      from: this.#caller?.name,
      to,
      ...(operation !== undefined && { operation }),
      exchange: this.#id,
      side: 'receiver',
      signal: this.#gone.signal,
    })
    const decision = asked instanceof Promise ? await this.#unlessGone(asked) : asked
    if (decision?.do !== 'delay') return decision ?? pass
    await this.#unlessGone(sleep(decision.ms ?? 0))
    return { ...decision, do: 'pass' }
  }

  async #act(decision: Decision): Promise<void> {
    const { rule: fault } = decision
    if (this.#gone.signal.aborted) return this.#recordGone(fault)
    switch (decision.do) {
      case 'pass':
      case 'delay':
        return this.#handle(fault)
      case 'answer':
        return this.#answer(faultReply(decision), this.#cut(fault, 'answered by the fabric'))
      case 'blackhole':
        await this.#unlessGone(decision.healed ?? new Promise(() => {}))
        break
      case 'refuse':
      case 'reset':
      case 'tls':
    }
    this.#record(this.#cut(fault, `${decision.do} by the fabric`))
    this.#connection.cut(fault)
  }

  async #handle(fault: string | undefined): Promise<void> {
    const end: End = { ending: 'answered', ...(fault !== undefined && { fault }) }
    try {
      const reply = await this.#unlessGone(this.#context.handle(this.#inbound()))
      if (reply === undefined) return this.#recordGone(fault)
      await this.#answer(reply, { ...end, ...(reply.deliberate && { deliberate: true }) })
    } catch (error) {
      this.#context.onError?.(error, this.#id)
      const json = { errcode: 'M_UNKNOWN', error: 'The harness failed to answer' }
      await this.#answer(
        { status: 500, json, headers: forPages },
        { ...end, error: `the handler failed: ${String(error)}` },
      )
    }
  }

  #inbound(): InboundRequest {
    const uri = this.#uri
    const mark = uri.indexOf('?')
    return {
      method: this.#request.method ?? '',
      uri,
      path: mark < 0 ? uri : uri.slice(0, mark),
      query: readQuery(mark < 0 ? '' : uri.slice(mark + 1)),
      headers: this.#headers,
      body: this.#read.bytes,
      exchange: this.#id,
      params: this.#matched?.params ?? {},
      ...(this.#matched && { operation: this.#matched.operation }),
      remoteAddress: this.#connection.remoteAddress,
      ...(this.#claimed !== undefined && { claimedOrigin: this.#claimed }),
      signal: this.#gone.signal,
    }
  }

  async #refuseBody(why: 'too-large' | 'no-room'): Promise<void> {
    const reply = why === 'too-large' ? tooLarge(this.#context.limits.bodyBytes) : noRoom
    const { bytes, headers } = rendered({ ...reply, headers: { ...forPages, connection: 'close' } })
    this.#response.writeHead(reply.status, headers).write(bytes)
    const more = await discard(this.#request)
    const { bytes: kept, length } = this.#read
    this.#read = { ...this.#read, length: Math.max(length, kept.length + more) }
    this.#response.end()
    this.#connection.end()
    const error = `${reply.json.error}; it had ${this.#read.length} bytes or more`
    this.#record({ ending: 'garbage', error }, { status: reply.status, headers, body: body(bytes) })
  }

  /** Writes the reply and records it once the last byte has left, or as gone. Throws what writeHead says of a bad reply. */
  async #answer(reply: OutboundReply, end: End): Promise<void> {
    // A connection that was cut in this very moment has not told of it yet.
    const isCut = this.#connection.cutBy !== undefined
    if (isCut || this.#gone.signal.aborted) return this.#recordGone(end.fault)
    const { bytes, headers } = rendered(reply)
    this.#response.writeHead(reply.status, headers)
    // The moment that counts: what is cut after this is cut with an answer on its way.
    const endedAt = this.#context.journal.now()
    if (!(await this.#taken(bytes))) return this.#recordGone(end.fault)
    this.#record(end, { status: reply.status, headers, body: body(bytes) }, endedAt)
  }

  /** Whether the last byte has left within the time for it. */
  #taken(bytes: Uint8Array): Promise<boolean> {
    const { replyMs } = this.#context.limits
    const late = () => this.#connection.giveUp(`the answer was not taken within ${replyMs} ms`)
    return new Promise((resolve) => {
      const timer = setTimeout(late, replyMs)
      const settle = (left: boolean) => {
        clearTimeout(timer)
        resolve(left)
      }
      // Node says so of what was thrown away with its connection, too.
      this.#response.once('finish', () => settle(!this.#connection.isReset))
      this.#gone.signal.addEventListener('abort', () => settle(false), { once: true })
      this.#response.end(bytes)
    })
  }

  #recordGone(rule?: string): void {
    const { cutBy, abandoned, failure } = this.#connection
    if (cutBy !== undefined) return this.#record(this.#cut(cutBy, 'the link was cut'))
    const fault = rule === undefined ? {} : { fault: rule }
    if (abandoned) {
      return this.#record({ ending: 'abandoned', error: 'the listener was closed', ...fault })
    }
    const error = failure?.message ?? gone
    this.#record({ ending: endingOf(failure), error, ...fault })
  }

  #cut(fault: string | undefined, error: string): End {
    return { ending: 'cut', error, ...(fault !== undefined && { fault }) }
  }

  #record(end: End, response?: Response, endedAt = this.#context.journal.now()): void {
    if (!this.#recorded) return
    const { check, journal, name: to } = this.#context
    const { bytes, length } = this.#read
    const request: { headers: Readonly<Record<string, string>>; body: Body } = {
      headers: this.#headers,
      body: body(bytes, length),
    }
    journal.append({
      kind: 'exchange',
      id: this.#id,
      ...(check !== undefined && { check }),
      from: this.#caller?.name ?? this.#claimed ?? '?',
      to,
      seenBy: 'receiver',
      method: this.#request.method ?? '',
      uri: this.#uri,
      ...(this.#matched && { operation: this.#matched.operation.name }),
      request,
      ...(response && { response }),
      startedAt: this.#startedAt,
      endedAt,
      ...end,
    })
  }

  /** Undefined when the requester has gone first. */
  #unlessGone<T>(work: Promise<T>): Promise<T | undefined> {
    return unlessAborted(this.#gone.signal, work)
  }
}

/** What an error of the HTTP parser or the connection means for the exchange. */
export function endingOf(failure: (Error & { code?: string }) | undefined): Ending {
  const code = failure?.code ?? ''
  if (code === 'ERR_HTTP_REQUEST_TIMEOUT' || code === 'ETIMEDOUT') return 'timeout'
  if (code === 'HPE_INVALID_EOF_STATE') return 'reset'
  return code.startsWith('HPE_') || code.startsWith('ERR_SSL') ? 'garbage' : 'reset'
}

function rendered(reply: OutboundReply): { bytes: Uint8Array; headers: Record<string, string> } {
  const { json, status } = reply
  const bytes = reply.bytes ?? (json === undefined ? Buffer.alloc(0) : writeBody(json))
  const type = reply.bytes !== undefined || json === undefined ? {} : jsonType
  const length = status === 204 || status === 304 ? {} : { 'content-length': String(bytes.length) }
  return { bytes, headers: { ...type, ...length, ...reply.headers } }
}

function faultReply({ status = 503, body: text = '' }: Decision): OutboundReply {
  return { status, headers: jsonType, bytes: Buffer.from(text) }
}

/** What no handler has answered: a client in a browser has to be able to read it too (client-server-api#web-browser-clients). */
const forPages = { 'access-control-allow-origin': '*' }

const tooLarge = (limit: number) => ({
  status: 413,
  json: { errcode: 'M_TOO_LARGE', error: `The body is too large: ${limit} are allowed` },
})

const noRoom = {
  status: 503,
  json: { errcode: 'M_LIMIT_EXCEEDED', error: 'Too many large bodies at once' },
}

const jsonType = { 'content-type': 'application/json' }

function readMark(mark: string | undefined): { number?: number; name?: string } {
  const [, number, name] = /^(\d+) (\S+)$/.exec(mark ?? '') ?? []
  return number === undefined || name === undefined ? {} : { number: Number(number), name }
}

function readQuery(text: string): Record<string, string[]> {
  // No prototype, so that a parameter called __proto__ is one like any other.
  const query: Record<string, string[]> = Object.create(null)
  for (const [name, value] of new URLSearchParams(text)) {
    const values = query[name]
    if (values === undefined) query[name] = [value]
    else values.push(value)
  }
  return query
}
