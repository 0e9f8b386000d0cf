import assert from 'node:assert/strict'
import { once } from 'node:events'
import type { ClientRequest } from 'node:http'
import { request as httpsRequest, type RequestOptions } from 'node:https'
import {
  connect as tlsConnect,
  createServer,
  type Server as TlsServer,
  type TLSSocket,
} from 'node:tls'
import type { Exchange } from '../journal/exchange.ts'
import { Journal } from '../journal/journal.ts'
import { SigningKey } from '../matrix/signing-key.ts'
import { Addresses } from './addresses.ts'
import { type ClientOptions, WireClient } from './client.ts'
import type { ProxyPlace } from './proxy-connector.ts'
import {
  type InboundRequest,
  type Listener,
  type ListenOptions,
  listen,
  type OutboundReply,
} from './server.ts'
import { type Authority, createAuthority, type Flaw } from './tls.ts'
import { WireError } from './wire-error.ts'

export interface BenchServer {
  readonly name: string
  readonly address: string
  readonly key: SigningKey
  readonly listener: Listener
  readonly client: WireClient
}

type ServerOptions = Partial<Omit<ListenOptions, 'handle' | 'credentials' | 'limits'>> & {
  readonly handle?: (request: InboundRequest) => OutboundReply | Promise<OutboundReply>
  readonly listens?: ListenOptions['limits']
  readonly asks?: ClientOptions['limits']
  readonly resolve?: ClientOptions['resolve']
  /** DNS name; absent: the address. */
  readonly host?: string
  /** Makes the proxy of the server with that name. */
  readonly proxyFor?: (name: string) => Promise<ProxyPlace>
}

const addresses = new Addresses()
let authority: Promise<Authority> | undefined

/** For tests: servers with a listener and a client each, on one journal, over real sockets. */
export class Bench {
  readonly journal = new Journal()
  readonly #closers: (() => Promise<unknown>)[] = []

  static authority(): Promise<Authority> {
    authority ??= createAuthority()
    return authority
  }

  async server(options: ServerOptions = {}): Promise<BenchServer> {
    const trusted = await Bench.authority()
    const {
      asks,
      handle = () => ({ status: 200, json: {} }),
      listens,
      resolve,
      ...others
    } = options
    const { address = addresses.next(), proxyFor, ...rest } = others
    const { host = address } = options
    const key = SigningKey.generate()
    const shared = { journal: this.journal, ...rest }
    const listener = await listen({
      name: (port) => `${host}:${port}`,
      address,
      credentials: await trusted.issue([host]),
      ...shared,
      ...(listens && { limits: listens }),
      handle: async (request) => handle(request),
    })
    const client = new WireClient({
      key,
      ca: trusted.certificate,
      localAddress: address,
      ...shared,
      name: listener.name,
      ...(asks && { limits: asks }),
      ...(resolve && { resolve }),
      ...(proxyFor && { proxy: await proxyFor(listener.name) }),
    })
    this.#closers.push(
      () => client.close(),
      () => listener.close(),
    )
    return { name: listener.name, address, key, listener, client }
  }

  /** A server that says what it likes; answers its name. */
  async rude(behave: (socket: TLSSocket) => void, flaw?: Flaw): Promise<string> {
    const trusted = await Bench.authority()
    const address = addresses.next()
    const { certificate: cert, privateKey } = await trusted.issue([address], flaw)
    const server = createServer({ cert, key: privateKey }, behave)
    server.on('secureConnection', (socket) => socket.on('error', () => {}))
    return `${address}:${await this.#listening(server, address)}`
  }

  /** The exchanges so far that `seenBy` saw, or all. */
  exchanges(seenBy?: Exchange['seenBy']): readonly Exchange[] {
    return this.journal.facts.filter(
      (fact): fact is Exchange =>
        fact.kind === 'exchange' && (seenBy === undefined || fact.seenBy === seenBy),
    )
  }

  /** The first exchange that fits, perhaps one that is still to end. */
  exchange(fits: (exchange: Exchange) => boolean): Promise<Exchange> {
    const known = this.exchanges().find(fits)
    if (known !== undefined) return Promise.resolve(known)
    return new Promise((resolve) => {
      const leave = this.journal.subscribe((fact) => {
        if (fact.kind !== 'exchange' || !fits(fact)) return
        leave()
        resolve(fact)
      })
    })
  }

  /** The error of a request that must not be answered, after a look at its record. */
  async failure(reply: Promise<unknown>): Promise<WireError> {
    const error = await reply.then(
      () => assert.fail('it was answered'),
      (reason: unknown) => reason,
    )
    assert.ok(error instanceof WireError, String(error))
    const recorded = this.journal.exchange(error.exchange)
    assert.equal(recorded?.ending, error.code)
    assert.ok(recorded.error)
    return error
  }

  onClose(closer: () => Promise<unknown>): void {
    this.#closers.push(closer)
  }

  async close(): Promise<void> {
    for (const closer of this.#closers.splice(0)) await closer()
  }

  async #listening(server: TlsServer, address: string): Promise<number> {
    const sockets = new Set<{ destroy(): void }>()
    server.on('connection', (socket) => {
      sockets.add(socket)
      socket.on('error', () => {})
    })
    server.listen(0, address)
    await once(server, 'listening')
    this.onClose(async () => {
      const closed = once(server, 'close')
      server.close()
      for (const socket of sockets) socket.destroy()
      await closed
    })
    const bound = server.address()
    return typeof bound === 'object' && bound !== null ? bound.port : 0
  }
}

/** Answers whatever is said with this text and leaves the connection open. */
export function saying(text: string | Buffer): (socket: TLSSocket) => void {
  return (socket) => {
    socket.on('data', () => socket.write(text))
  }
}

/** A whole answer that calls itself JSON. */
export function jsonAnswer(text: string | Buffer): Buffer {
  const type = 'Content-Type: application/json'
  const head = `HTTP/1.1 200 OK\r\n${type}\r\nContent-Length: ${text.length}\r\n\r\n`
  return Buffer.concat([Buffer.from(head), Buffer.from(text)])
}

/** A request of somebody who is no server of ours. */
export async function outsider(
  server: BenchServer,
  options: RequestOptions = {},
): Promise<ClientRequest> {
  const { certificate: ca } = await Bench.authority()
  const to = { host: server.address, port: server.listener.port }
  return httpsRequest({ ...to, ca, agent: false, ...options })
}

/** An open connection of such a one. */
export async function dial(server: BenchServer): Promise<TLSSocket> {
  const { certificate: ca } = await Bench.authority()
  const socket = tlsConnect({ host: server.address, port: server.listener.port, ca })
  socket.on('error', () => {})
  await once(socket, 'secureConnect')
  return socket
}

const nothing = () => {}

/** A promise and the function that settles it. */
export function deferred<T = void>(): { promise: Promise<T>; resolve: (value: T) => void } {
  let resolve: (value: T) => void = nothing
  const promise = new Promise<T>((settle) => {
    resolve = settle
  })
  return { promise, resolve: (value) => resolve(value) }
}
