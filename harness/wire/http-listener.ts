import { once } from 'node:events'
import { createServer as createPlain, type IncomingMessage, type ServerResponse } from 'node:http'
import { createServer as createSecure, type Server as SecureServer } from 'node:https'
import { type Server, Socket } from 'node:net'
import type { Duplex } from 'node:stream'
import type { TLSSocket } from 'node:tls'
import type { Exchange } from '../journal/exchange.ts'
import { body } from '../journal/journal.ts'
import { Connection, failHandshake } from './connection.ts'
import { type Decision, pass } from './gatekeeper.ts'
import type { Listener, ListenLimits, ListenOptions, OpenConnection } from './listener.ts'
import { Allowance } from './read-body.ts'
import { endingOf, Reception } from './reception.ts'

const defaults: ListenLimits = {
  bodyBytes: 64 * 1024 * 1024,
  bodiesBytes: 512 * 1024 * 1024,
  headerBytes: 64 * 1024,
  headersMs: 20_000,
  requestMs: 60_000,
  idleMs: 30_000,
  replyMs: 120_000,
  drainMs: 2_000,
  connections: 2_000,
  pipelined: 16,
}

/** HTTP/1.1 under TLS, or plain where there are no credentials. */
export class HttpListener implements Listener {
  readonly address: string
  readonly #options: ListenOptions
  readonly #limits: ListenLimits
  readonly #allowance: Allowance
  readonly #server: Server
  /** By remote address and port. */
  readonly #connections = new Map<string, Connection>()
  readonly #receptions = new Set<Promise<void>>()
  #name = ''
  #port = 0
  #closing = false

  constructor(options: ListenOptions) {
    this.#options = options
    this.address = options.address
    const limits = { ...defaults, ...options.limits }
    this.#limits = limits
    this.#allowance = new Allowance(limits.bodiesBytes)
    this.#server = serverFor(options, limits)
    this.#server.maxConnections = limits.connections
    this.#standBefore()
    this.#server.on('secureConnection', (socket) => this.#secured(socket))
    this.#server.on('request', (request, response) => this.#receive(request, response))
    this.#server.on('clientError', (error, socket) => this.#clientError(error, socket))
  }

  get name(): string {
    return this.#name
  }

  get port(): number {
    return this.#port
  }

  /** Takes the place of the listener that begins TLS or HTTP, so that the fabric acts on a connection before that. */
  #standBefore(): void {
    const begin = this.#server.listeners('connection')
    this.#server.removeAllListeners('connection')
    this.#server.on('connection', (socket: Socket) => {
      if (this.#accept(socket)) for (const listener of begin) listener.call(this.#server, socket)
    })
  }

  async open(port: number): Promise<void> {
    this.#server.listen(port, this.address)
    await once(this.#server, 'listening')
    const bound = this.#server.address()
    this.#port = typeof bound === 'object' && bound !== null ? bound.port : port
    const { name } = this.#options
    this.#name = typeof name === 'string' ? name : name(this.#port)
  }

  async refuseAll(rule?: string): Promise<void> {
    const closed = this.#stopListening()
    this.sever(() => true, rule)
    await closed
  }

  async resume(): Promise<void> {
    if (!this.#closing && !this.#server.listening) await this.open(this.#port)
  }

  sever(matches: (connection: OpenConnection) => boolean, rule?: string): number {
    const severed = [...this.#connections.values()].filter(matches)
    for (const connection of severed) connection.cut(rule)
    return severed.length
  }

  async close(): Promise<void> {
    this.#closing = true
    const closed = this.#stopListening()
    for (const connection of this.#connections.values()) if (connection.busy === 0) connection.end()
    await within(this.#limits.drainMs, Promise.all(this.#receptions))
    for (const connection of this.#connections.values()) connection.abandon()
    await closed
    await Promise.all(this.#receptions)
  }

  async #stopListening(): Promise<void> {
    if (!this.#server.listening) return
    const closed = once(this.#server, 'close')
    this.#server.close()
    await closed
  }

  /** Whether the connection goes on to TLS, or to HTTP where that is plain. */
  #accept(socket: Socket): boolean {
    const { gatekeeper, journal } = this.#options
    const connection = new Connection(
      socket,
      gatekeeper?.caller(socket.remoteAddress ?? ''),
      journal.now(),
    )
    connection.secure = this.#options.credentials === undefined
    const key = keyOf(socket)
    this.#connections.set(key, connection)
    socket.on('error', () => {})
    socket.once('close', () => this.#connections.delete(key))
    const decision = gatekeeper?.connecting({ from: connection.from, to: this.#name }) ?? pass
    if (decision.do === 'pass' || decision.do === 'delay' || decision.do === 'answer') {
      socket.once('close', () => this.#closedEarly(connection, socket.bytesRead))
      return true
    }
    socket.once('close', () => this.#recordConnection(connection, decision))
    this.#bar(socket, connection, decision)
    return false
  }

  #bar(socket: Socket, connection: Connection, decision: Decision): void {
    if (decision.do === 'tls') return failHandshake(socket, this.#limits.headersMs)
    if (decision.do !== 'blackhole') return connection.cut(decision.rule)
    // Read, so that it is known when the other side gives up; never answered.
    socket.resume()
    void decision.healed?.then(() => connection.reset())
  }

  #secured(socket: TLSSocket): void {
    this.#connections.get(keyOf(socket))?.secured(socket)
  }

  #receive(request: IncomingMessage, response: ServerResponse): void {
    const connection = this.#connections.get(keyOf(request.socket))
    if (connection === undefined) return void request.socket.destroy()
    const { pipelined } = this.#limits
    if (connection.busy >= pipelined)
      return connection.giveUp(`more than ${pipelined} requests at once on one connection`)
    if (this.#closing) response.shouldKeepAlive = false
    const context = {
      ...this.#options,
      name: this.#name,
      limits: this.#limits,
      allowance: this.#allowance,
    }
    const done = new Reception(context, connection, request, response).run()
    this.#receptions.add(done)
    void done.finally(() => this.#receptions.delete(done))
  }

  /** Not HTTP, headers too large or too slow, a failed handshake, or a connection that broke. */
  #clientError(error: ClientError, socket: Duplex): void {
    const connection = socket instanceof Socket ? this.#connections.get(keyOf(socket)) : undefined
    // What still comes on a connection that was told to go fails again, and is thrown away.
    if (connection?.dismissed === true) return
    if (connection !== undefined) connection.failure ??= error
    const status = statusOf(error.code)
    if (connection?.secure !== true || status === undefined || !socket.writable) {
      socket.destroy()
      return
    }
    connection.dismiss(socket, status)
    // A request whose body broke is recorded by its reception.
    if (connection.busy > 0) return
    const end = { ending: endingOf(error), error: `${error.message} (answered ${status})` }
    this.#recordBroken(connection, end, error.rawPacket)
  }

  /** A connection that ended before TLS was up, though something was said on it. */
  #closedEarly(connection: Connection, bytesRead: number): void {
    if (connection.secure || bytesRead === 0) return
    const { abandoned, cutBy, failure } = connection
    if (cutBy !== undefined) {
      this.#recordBroken(connection, { ending: 'cut', error: 'the link was cut', fault: cutBy })
      return
    }
    const why = failure?.message ?? 'closed by the other side'
    const ending = abandoned ? 'abandoned' : 'garbage'
    this.#recordBroken(connection, { ending, error: `no TLS connection came about: ${why}` })
  }

  #recordConnection(connection: Connection, decision: Decision): void {
    this.#recordBroken(connection, {
      ending: 'cut',
      error: `${decision.do} by the fabric, before a request was made`,
      ...(decision.rule !== undefined && { fault: decision.rule }),
    })
  }

  /** An exchange that never came to a request: method and uri are empty. A server of ours records its side itself. */
  #recordBroken(connection: Connection, end: BrokenEnd, bytes?: Uint8Array): void {
    if (connection.caller?.ours === true) return
    const { check, journal } = this.#options
    journal.append({
      kind: 'exchange',
      id: journal.nextExchange(),
      ...(check !== undefined && { check }),
      from: connection.from ?? '?',
      to: this.#name,
      seenBy: 'receiver',
      method: '',
      uri: '',
      request: { headers: {}, body: body(bytes ?? new Uint8Array()) },
      startedAt: connection.acceptedAt,
      endedAt: journal.now(),
      ...end,
    })
  }
}

function serverFor({ credentials }: ListenOptions, limits: ListenLimits): Server {
  const bounds = {
    maxHeaderSize: limits.headerBytes,
    headersTimeout: limits.headersMs,
    requestTimeout: limits.requestMs,
    connectionsCheckingInterval: Math.min(1_000, limits.headersMs),
    keepAliveTimeout: limits.idleMs,
  }
  if (credentials === undefined) return createPlain(bounds)
  const secure: SecureServer = createSecure({
    ...bounds,
    cert: credentials.certificate,
    key: credentials.privateKey,
    // No client has to show a certificate, and without this Node reads all those that it comes with.
    ca: [],
    ALPNProtocols: ['http/1.1'],
    handshakeTimeout: limits.headersMs,
  })
  return secure
}

type ClientError = Error & { code?: string; rawPacket?: Uint8Array }
type BrokenEnd = Pick<Exchange, 'ending' | 'error' | 'fault'>

function keyOf(socket: Socket): string {
  return `${socket.remoteAddress} ${socket.remotePort}`
}

function statusOf(code: string | undefined): string | undefined {
  if (code === 'HPE_HEADER_OVERFLOW') return '431 Request Header Fields Too Large'
  if (code === 'ERR_HTTP_REQUEST_TIMEOUT') return '408 Request Timeout'
  return code?.startsWith('HPE_') === true ? '400 Bad Request' : undefined
}

async function within(ms: number, work: Promise<unknown>): Promise<void> {
  let timer: NodeJS.Timeout | undefined
  const late = new Promise<void>((resolve) => {
    timer = setTimeout(resolve, ms)
  })
  await Promise.race([work, late])
  clearTimeout(timer)
}
