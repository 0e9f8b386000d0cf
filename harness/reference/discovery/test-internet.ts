import { once } from 'node:events'
import {
  createServer as createProxy,
  type IncomingMessage,
  type Server as ProxyServer,
  type ServerResponse,
} from 'node:http'
import { createServer, type Server } from 'node:https'
import { connect, type LookupFunction, type Socket } from 'node:net'
import { createSecureContext, type SecureContext } from 'node:tls'
import { type Authority, createAuthority, type Flaw } from '../../wire/tls.ts'
import { Discovery, type DiscoveryOptions } from './discovery.ts'
import type { SrvRecord } from './services.ts'

type Serve = (request: IncomingMessage, response: ServerResponse) => void

/** For tests: host names with pages by HTTPS on one real socket, and a DNS that knows nothing but them. */
export class Internet {
  readonly authority: Authority
  /** Host name → address. */
  readonly addresses = new Map<string, string>()
  readonly services = new Map<string, readonly SrvRecord[] | Error | 'silence'>()
  /** In order: `HOST/PATH` of pages, `srv NAME` of records. */
  readonly asked: string[] = []
  now = Date.parse('2030-01-01T00:00:00Z')
  readonly told: string[] = []
  readonly #sites = new Map<string, { readonly serve: Serve; readonly context: SecureContext }>()
  readonly #server: Server
  readonly #discoveries: Discovery[] = []
  readonly #proxies: ProxyServer[] = []

  static async open(): Promise<Internet> {
    const authority = await createAuthority()
    const { certificate: cert, privateKey: key } = await authority.issue(['nobody.test'])
    const internet = new Internet(authority, { cert, key })
    internet.#server.listen(0, '127.0.0.1')
    await once(internet.#server, 'listening')
    return internet
  }

  private constructor(
    authority: Authority,
    other: { readonly cert: string; readonly key: string },
  ) {
    this.authority = authority
    this.#server = createServer(
      { ...other, SNICallback: (name, done) => done(null, this.#sites.get(name)?.context) },
      (request, response) => {
        const host = (request.headers.host ?? '').replace(/:\d+$/, '')
        this.asked.push(`${host}${request.url}`)
        this.#sites.get(host)?.serve(request, response)
      },
    )
    this.#server.on('connection', (socket) => socket.on('error', () => {}))
  }

  get port(): number {
    const bound = this.#server.address()
    return typeof bound === 'object' && bound !== null ? bound.port : 0
  }

  readonly lookup: LookupFunction = (host, { all = false }, callback) => {
    const address = this.addresses.get(host)
    if (address === undefined)
      return callback(Object.assign(new Error(`getaddrinfo ${host}`), { code: 'ENOTFOUND' }), '')
    if (all) callback(null, [{ address, family: 4 }])
    else callback(null, address, 4)
  }

  readonly resolveSrv = async (name: string): Promise<readonly SrvRecord[]> => {
    this.asked.push(`srv ${name}`)
    const records = this.services.get(name)
    if (records === undefined) throw Object.assign(new Error(`srv ${name}`), { code: 'ENODATA' })
    if (records instanceof Error) throw records
    if (records === 'silence') return new Promise(() => {})
    return records
  }

  /** A host that answers so on its HTTPS port. */
  async site(host: string, serve: Serve, flaw?: Flaw): Promise<void> {
    const { certificate: cert, privateKey: key } = await this.authority.issue([host], flaw)
    this.addresses.set(host, '127.0.0.1')
    this.#sites.set(host, { serve, context: createSecureContext({ cert, key }) })
  }

  /** A host whose `.well-known/matrix/server` has this body. */
  wellKnown(
    host: string,
    body: string | Buffer,
    headers: Readonly<Record<string, string>> = {},
  ): Promise<void> {
    return this.site(host, (_, response) => response.writeHead(200, { ...headers }).end(body))
  }

  delegates(
    host: string,
    server: string,
    headers?: Readonly<Record<string, string>>,
  ): Promise<void> {
    return this.wellKnown(host, JSON.stringify({ 'm.server': server }), headers)
  }

  /** Where an HTTP proxy is that leads to the pages. */
  async proxy(): Promise<{ readonly host: string; readonly port: number }> {
    const proxy = createProxy().listen(0, '127.0.0.1')
    this.#proxies.push(proxy)
    proxy.on('connect', ({ url = '' }: IncomingMessage, socket: Socket) => {
      this.asked.push(`CONNECT ${url}`)
      socket.write('HTTP/1.1 200 OK\r\n\r\n')
      const onward = connect(this.port, '127.0.0.1')
      onward.on('error', () => socket.destroy()).pipe(socket)
      socket.on('error', () => onward.destroy()).pipe(onward)
    })
    await once(proxy, 'listening')
    const bound = proxy.address()
    return { host: '127.0.0.1', port: typeof bound === 'object' && bound !== null ? bound.port : 0 }
  }

  /** With a proxy, this DNS is not asked for records by the discovery's own choice. */
  discovery(
    limits: DiscoveryOptions['limits'] = {},
    { proxy }: Pick<DiscoveryOptions, 'proxy'> = {},
  ): Discovery {
    const discovery = new Discovery({
      ca: this.authority.certificate,
      clock: () => this.now,
      random: () => 0.5,
      lookup: this.lookup,
      ...(proxy === undefined ? { resolveSrv: this.resolveSrv } : { proxy }),
      tell: (text) => this.told.push(text),
      limits: { wellKnownPort: this.port, ...limits },
    })
    this.#discoveries.push(discovery)
    return discovery
  }

  async close(): Promise<void> {
    for (const discovery of this.#discoveries) discovery.close()
    for (const proxy of this.#proxies) proxy.close()
    const closed = once(this.#server, 'close')
    this.#server.close()
    this.#server.closeAllConnections()
    await closed
  }
}
