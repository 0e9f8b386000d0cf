import { isIPv6 } from 'node:net'
import { join } from 'node:path'
import type { Network } from '../fabric/network.ts'
import type { Journal } from '../journal/journal.ts'
import type { SigningKey } from '../matrix/signing-key.ts'
import { WireClient } from '../wire/client.ts'
import type { Dialling } from '../wire/dialling.ts'
import type { ProxyPlace } from '../wire/proxy-connector.ts'
import { type InboundRequest, type Listener, listen, type OutboundReply } from '../wire/server.ts'
import type { Authority, Credentials } from '../wire/tls.ts'
import { assemble } from './assemble.ts'
import { Discovery, type DiscoveryOptions } from './discovery/discovery.ts'
import { Faults } from './faults.ts'
import { Federation } from './federation.ts'
import { judgeStaged } from './handlers/send.ts'
import { Keychain } from './keys/keychain.ts'
import { type Bytes, FolderBytes, MemoryBytes } from './media/bytes.ts'
import { defaultLimits, type Limits } from './limits.ts'
import { type Parts, standardParts } from './parts.ts'
import { seededRandom } from './random.ts'
import type { Rooms } from './rooms/rooms.ts'
import type { Services } from './services.ts'
import { openStore } from './store/open-store.ts'
import type { Store } from './store/store.ts'
import type { UserOperations } from './users/operations.ts'
import type { People } from './users/people.ts'
import { Users } from './users/users.ts'

/** Answers what is for clients: /_matrix/client, /_matrix/media and the like; undefined: an unknown path. */
export type ClientApi = (request: InboundRequest) => Promise<OutboundReply | undefined>

export interface ReferenceOptions {
  /** IP address to listen on. */
  readonly address: string
  /** Absent: a free one. */
  readonly port?: number
  /** Absent: `HOST:PORT`. */
  readonly name?: string
  /** Of the server name: a DNS name; absent: the address. */
  readonly host?: string
  /** Whom a certificate is issued for; absent: the host. */
  readonly certified?: string
  /** Absent: issued by the authority. */
  readonly credentials?: Credentials
  readonly authority?: Authority
  /** PEM of whom this server trusts; absent: the authority. */
  readonly ca?: string
  readonly journal: Journal
  readonly check?: string
  readonly network?: Network
  readonly seed: number
  /** Absent: the one of an earlier run on the same data, else a new one. */
  readonly key?: SigningKey
  /** Folder for what is to outlast the process, of this server alone; absent: everything is forgotten. */
  readonly data?: string
  readonly clock?: () => number
  /** Absent: those of an honest server. */
  readonly parts?: Parts
  readonly limits?: Partial<Limits>
  /** For requests to others. */
  readonly proxy?: ProxyPlace
  /** Makes the client API of this server; absent: it has none. */
  readonly clientApi?: (server: ReferenceServer) => ClientApi
  /** Server name that this server's own `.well-known` gives; absent: there is no such page. */
  readonly delegatesTo?: string
  /** How names are found where there is no network that knows them; absent: by the system's resolver. */
  readonly discovery?: Pick<DiscoveryOptions, 'resolveSrv' | 'lookup' | 'limits'>
  /** Told of every error of the reference itself, beside `faults`, which keeps the first ones. */
  readonly onFault?: (error: unknown) => void
}

const forClients = /^\/(?:_matrix\/(?:client|media)|_synapse|\.well-known\/matrix\/client)(?:\/|$)/

/** A whole homeserver: rooms, store, federation, queues and users. */
export class ReferenceServer {
  readonly name: string
  readonly address: string
  readonly port: number
  readonly users: UserOperations
  readonly rooms: Rooms
  readonly services: Services
  /** Requests to other servers beside those that the server makes by itself. */
  readonly client: WireClient
  readonly #listener: Listener
  readonly #network: Network | undefined
  readonly #discovery: Discovery
  readonly #federation: Federation
  readonly #clientApi: ClientApi | undefined

  /** Listens before it comes back; throws the system's error where the port is taken, StoreError where the data cannot be used. */
  static async start(options: ReferenceOptions): Promise<ReferenceServer> {
    const store = await openStore(options.data)
    try {
      return await ReferenceServer.#startOn(store, options)
    } catch (error) {
      await store.close()
      throw error
    }
  }

  static async #startOn(store: Store, options: ReferenceOptions): Promise<ReferenceServer> {
    let started: (server: ReferenceServer) => void
    const whenStarted = new Promise<ReferenceServer>((resolve) => {
      started = resolve
    })
    const { address, port = 0, journal, network } = options
    const { host = isIPv6(address) ? `[${address}]` : address } = options
    const listener = await listen({
      name: options.name ?? ((taken) => `${host}:${taken}`),
      address,
      port,
      credentials: await credentialsOf(options),
      journal,
      ...(options.check === undefined ? {} : { check: options.check }),
      ...(network === undefined ? {} : { gatekeeper: network }),
      handle: async (request) => (await whenStarted).answer(request),
      onError: (error) => void whenStarted.then((server) => server.services.faults.push(error)),
    })
    let server: ReferenceServer
    try {
      const { key, clock = Date.now } = options
      const keychain = new Keychain(store, listener.name, { key, clock })
      server = new ReferenceServer(options, { listener, store, keychain })
    } catch (error) {
      await listener.close()
      throw error
    }
    network?.register({ name: server.name, address, listener, client: server.client })
    started!(server)
    server.#goOn()
    return server
  }

  private constructor(
    options: ReferenceOptions,
    { listener, store, keychain }: { listener: Listener; store: Store; keychain: Keychain },
  ) {
    const parts = options.parts ?? standardParts
    this.#listener = listener
    this.#network = options.network
    this.name = listener.name
    this.address = listener.address
    this.port = listener.port
    const tell = noteIn(options.journal, this.name)
    const dialling = diallingOf(options)
    const discovery = new Discovery({
      ...dialling,
      ...options.discovery,
      clock: options.clock ?? Date.now,
      random: seededRandom(options.seed),
      tell,
    })
    this.#discovery = discovery
    this.client = new WireClient({
      name: this.name,
      // A getter, since the key may become another.
      get key() {
        return keychain.key
      },
      journal: options.journal,
      ...(options.check === undefined ? {} : { check: options.check }),
      ...dialling,
      ...(options.network && { gatekeeper: options.network }),
      resolve: (destination) =>
        options.network?.resolve(destination) ?? discovery.find(destination),
    })
    this.services = assemble({
      client: this.client,
      keychain,
      clock: options.clock ?? Date.now,
      seed: options.seed,
      limits: { ...defaultLimits, ...options.limits },
      parts,
      faults: new Faults(options.onFault),
      store,
      bytes: bytesIn(options.data),
      delegatesTo: options.delegatesTo,
      tell,
    })
    this.rooms = this.services.rooms
    this.users = new Users(this.services)
    this.#federation = new Federation(this.services, parts)
    this.#clientApi = options.clientApi?.(this)
  }

  /** Takes up what an earlier run left undone. */
  #goOn(): void {
    this.services.sender.resume()
    judgeStaged(this.services).catch((error: unknown) => this.services.faults.push(error))
  }

  get people(): People {
    return this.services.people
  }

  /** What it signs with now. */
  get key(): SigningKey {
    return this.services.keychain.key
  }

  /** Answers a request of any listener. */
  async answer(request: InboundRequest): Promise<OutboundReply> {
    if (!forClients.test(request.path)) return this.#federation.answer(request)
    return (await this.#clientApi?.(request)) ?? unknownPath
  }

  /** Errors of the reference itself, in words: requests that they hit were answered 500. */
  get faults(): readonly string[] {
    return this.services.faults.texts
  }

  /** Ends waiting syncs and queues, answers what is open, and closes its listener, and `others` through which it answers too. */
  async stop(others: readonly Listener[] = []): Promise<void> {
    this.services.sender.stop()
    this.services.intake.stop()
    this.services.streams.stop()
    this.services.partials.stop()
    this.people.typing.stop()
    this.people.presence.stop()
    this.people.media.stop()
    await Promise.all([this.#listener, ...others].map((listener) => listener.close()))
    this.#network?.deregister(this.name)
    this.#discovery.close()
    await this.client.close()
    await this.services.store.close()
  }
}

const diallingOf = (options: ReferenceOptions): Dialling => ({
  ca: caOf(options),
  // Nothing outside of the loopback network can be reached from an address in it.
  ...(options.address.startsWith('127.') && { localAddress: options.address }),
  ...(options.proxy && { proxy: options.proxy }),
  ...(options.discovery?.lookup && { lookup: options.discovery.lookup }),
})

const noteIn =
  (journal: Journal, name: string) =>
  (what: string): void =>
    journal.append({ kind: 'note', at: journal.now(), text: `${name} ${what}` })

const bytesIn = (data: string | undefined): Bytes =>
  data === undefined ? new MemoryBytes() : new FolderBytes(join(data, 'media'))

const unknownPath: OutboundReply = {
  status: 404,
  json: { errcode: 'M_UNRECOGNIZED', error: 'there is no such endpoint' },
}

async function credentialsOf({
  credentials,
  authority,
  address,
  host = address,
  certified = host,
}: ReferenceOptions): Promise<Credentials> {
  if (credentials !== undefined) return credentials
  if (authority === undefined) throw new TypeError('a server needs credentials or an authority')
  return authority.issue([certified])
}

function caOf({ ca, authority }: ReferenceOptions): string {
  const pem = ca ?? authority?.certificate
  if (pem === undefined) throw new TypeError('a server needs to know whom to trust')
  return pem
}
