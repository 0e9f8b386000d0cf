import { once } from 'node:events'
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import { Socket } from 'node:net'
import type { Duplex } from 'node:stream'
import { reset } from '../wire/reset.ts'

export interface ProxyLimits {
  /** Bytes of a CONNECT request; more is answered 431. */
  readonly headBytes: number
  /** Milliseconds until the request is there. */
  readonly headMs: number
  /** Open connections; more are dropped. */
  readonly connections: number
}

export interface ProxyOptions {
  readonly address: string
  readonly limits: ProxyLimits
  /** A well-formed CONNECT for `HOST:PORT`, in lower case. Whoever takes the socket answers on it. */
  connect(authority: string, socket: Socket): void
}

const wellFormed = /^(?:[a-z0-9.-]{1,253}|\[[0-9a-f:.]{2,45}\]):\d{1,5}$/

/** Listens for CONNECT (RFC 9110) and for nothing else. */
export class ConnectProxy {
  readonly address: string
  readonly #options: ProxyOptions
  readonly #server: Server
  readonly #sockets = new Set<Socket>()
  #port = 0

  /** Throws the system's error where the address cannot be taken. */
  static async open(options: ProxyOptions): Promise<ConnectProxy> {
    const proxy = new ConnectProxy(options)
    proxy.#server.listen(0, options.address)
    await once(proxy.#server, 'listening')
    const bound = proxy.#server.address()
    proxy.#port = typeof bound === 'object' && bound !== null ? bound.port : 0
    return proxy
  }

  private constructor(options: ProxyOptions) {
    const { address, limits } = options
    this.address = address
    this.#options = options
    this.#server = createServer({
      maxHeaderSize: limits.headBytes,
      headersTimeout: limits.headMs,
      requestTimeout: limits.headMs,
      connectionsCheckingInterval: Math.min(1_000, limits.headMs),
      requireHostHeader: false,
    })
    this.#server.maxConnections = limits.connections
    this.#server.on('connection', (socket) => this.#keep(socket))
    this.#server.on('connect', (request, socket, head) => this.#connect(request, socket, head))
    this.#server.on('request', onlyConnect)
    this.#server.on('clientError', clientError)
  }

  get port(): number {
    return this.#port
  }

  /** Resets what is open and listens no more. */
  async close(): Promise<void> {
    const closed = once(this.#server, 'close')
    this.#server.close()
    for (const socket of this.#sockets) reset(socket)
    await closed
  }

  #keep(socket: Socket): void {
    this.#sockets.add(socket)
    socket.on('error', () => {})
    socket.once('close', () => this.#sockets.delete(socket))
  }

  #connect({ url = '' }: IncomingMessage, socket: Duplex, head: Buffer): void {
    if (!(socket instanceof Socket)) return void socket.destroy()
    const authority = url.toLowerCase()
    if (!wellFormed.test(authority)) return answer(socket, '400 Bad Request')
    if (head.length > 0) socket.unshift(head)
    this.#options.connect(authority, socket)
  }
}

/** How long a connection stays open after a refusal: to close it at once would take the answer along. */
const lingerMs = 1_000

/** Says no and closes. */
export function answer(socket: Duplex, status: string): void {
  socket.end(`HTTP/1.1 ${status}\r\nConnection: close\r\nContent-Length: 0\r\n\r\n`)
  socket.resume()
  socket.once('end', () => socket.destroy())
  const timer = setTimeout(() => socket.destroy(), lingerMs)
  socket.once('close', () => clearTimeout(timer))
}

function onlyConnect(request: IncomingMessage, response: ServerResponse): void {
  response.writeHead(405, { allow: 'CONNECT', connection: 'close' }).end()
  request.resume()
}

function clientError({ code }: NodeJS.ErrnoException, socket: Duplex): void {
  // What still comes on a connection that was told to go fails again, and is thrown away.
  if (!socket.writable) return
  if (code === 'HPE_HEADER_OVERFLOW') return answer(socket, '431 Request Header Fields Too Large')
  if (code === 'ERR_HTTP_REQUEST_TIMEOUT') return answer(socket, '408 Request Timeout')
  if (code?.startsWith('HPE_') === true) return answer(socket, '400 Bad Request')
  socket.destroy()
}
