import { isIPv6 } from 'node:net'
import type { Fact } from '../journal/exchange.ts'
import { Journal } from '../journal/journal.ts'
import { isServerName } from '../matrix/identifiers.ts'
import type { ProxyPlace } from '../wire/proxy-connector.ts'
import { type Listener, listen } from '../wire/server.ts'
import { clientApi, type ClientApiOptions } from './client-api/client-api.ts'
import { ReferenceServer } from './homeserver.ts'
import { home, Recent } from './inspector-page/recent.ts'
import { standardParts } from './parts.ts'
import type { Parts } from './parts.ts'
import { type Endpoint, endpointIn, isEverywhere, taking } from './serving/endpoint.ts'
import { entryOf, faultEntry, type LogEntry } from './serving/log.ts'
import { ServeError } from './serving/serve-error.ts'
import { type Trust, type TrustOptions, trustOf } from './serving/trust.ts'

export interface ServeOptions extends TrustOptions {
  /** `HOST:PORT`, `[HOST]:PORT` for federation and clients, with TLS; port 0 takes a free one. HOST is an IP address. */
  readonly listen: string
  /** The same without TLS; absent: there is no such listener. */
  readonly clientListen?: string
  /** Its server name; absent: address and port. */
  readonly name?: string
  /** `HOST:PORT` of an HTTP proxy with CONNECT, for requests to other servers. */
  readonly proxy?: string
  /** Other servers with an IP literal for a name are dialled directly. */
  readonly proxyNamesOnly?: boolean
  /** Id of a quirk to have. */
  readonly quirk?: string
  /** Joins without most memberships, and fetches these afterwards; absent: with everything at once. */
  readonly partialJoins?: boolean
  /** Folder for what is to outlast the process; absent: everything is forgotten. */
  readonly data?: string
  readonly seed: number
  /** Who may register and how, and where clients find it; absent: everybody, at the server name by HTTPS. */
  readonly clients?: ClientApiOptions
  /** Server name that its own `.well-known` gives; absent: there is no such page. */
  readonly delegatesTo?: string
  /** Stops when standard input closes, which it does however the parent ends. */
  readonly dieWithParent?: boolean
  /** Has a page at /_fedcheck/ on the listener without TLS that shows rooms, queues and exchanges to whoever asks. */
  readonly inspector?: boolean
  /** Told everything that happens. */
  readonly log: (entry: LogEntry) => void
}

/** A reference homeserver that serves on its own. */
export interface Running {
  readonly name: string
  readonly baseUrl: string
  /** Of the listener without TLS. */
  readonly clientUrl?: string
  /** PEM of whom it trusts. */
  readonly ca: string
  /** PEM of who signed its certificate, where none was given. */
  readonly issuer?: string
  /** Resolves when it has stopped, for whatever reason. */
  readonly ended: Promise<void>
  /** Answers what is under way, then closes. */
  stop(): Promise<void>
}

/** Tells what happens and keeps nothing: nobody judges it, and a server may run for long. */
class TellingJournal extends Journal {
  readonly #tell: (fact: Fact) => void

  constructor(tell: (fact: Fact) => void) {
    super()
    this.#tell = tell
  }

  override append(fact: Fact): void {
    this.#tell(fact)
  }
}

/** Starts a reference homeserver with a client API. Throws ServeError where the options do not fit, StoreError where the data cannot be used. */
export async function serve(options: ServeOptions): Promise<Running> {
  const place = endpointIn(options.listen, 'listen')
  const plain =
    options.clientListen === undefined
      ? undefined
      : endpointIn(options.clientListen, 'client-listen')
  const proxy = proxyOf(options)
  const parts = await partsOf(options)
  checkNames(options, place)
  const trust = await trustOf(options, options.name, place)
  if (options.inspector === true && plain === undefined)
    throw new ServeError('inspector', '--inspector needs --client-listen: its page is there')
  const recent = new Recent()
  const log = (entry: LogEntry) => {
    if (String(entry['path']).startsWith(home)) return
    if (options.inspector === true) recent.add(entry)
    options.log(entry)
  }
  let name = options.name ?? options.listen
  const journal = new TellingJournal((fact) => log(entryOf(fact, name, Date.now())))
  const server = await taking(place, 'listen', () =>
    ReferenceServer.start({
      ...place,
      ...(options.name === undefined ? {} : { name: options.name }),
      credentials: trust.credentials,
      ca: trust.ca,
      ...(proxy === undefined ? {} : { proxy }),
      ...(options.data === undefined ? {} : { data: options.data }),
      journal,
      seed: options.seed,
      parts,
      clientApi: (started) => clientApi(started, options.clients),
      ...(options.delegatesTo === undefined ? {} : { delegatesTo: options.delegatesTo }),
      onFault: (error) => log(faultEntry(error, name, Date.now())),
    }),
  )
  ;({ name } = server)
  const page = options.inspector === true ? recent : undefined
  const clients = plain && (await plainListener(server, plain, { journal, page }))
  return running({ server, clients, trust }, options.dieWithParent === true)
}

/** A second way into the server. Stops the server where it cannot have it. */
async function plainListener(
  server: ReferenceServer,
  place: Endpoint,
  { journal, page }: { readonly journal: Journal; readonly page: Recent | undefined },
): Promise<Listener> {
  const shown = page && (await import('./inspector-page/inspector-page.ts'))
  try {
    return await taking(place, 'client-listen', () =>
      listen({
        ...place,
        name: server.name,
        journal,
        handle: async (request) =>
          (page && shown?.inspect(request, server.services, page)) ?? server.answer(request),
        onError: (error) => server.services.faults.push(error),
      }),
    )
  } catch (error) {
    await server.stop()
    throw error
  }
}

interface Pieces {
  readonly server: ReferenceServer
  readonly clients: Listener | undefined
  readonly trust: Trust
}

function running({ server, clients, trust }: Pieces, dieWithParent: boolean): Running {
  let stopping: Promise<void> | undefined
  let end: (done: Promise<void>) => void
  const ended = new Promise<void>((resolve) => {
    end = resolve
  })
  const stop = () => {
    stopping ??= server.stop(clients === undefined ? [] : [clients])
    end(stopping)
    return stopping
  }
  if (dieWithParent) process.stdin.once('close', () => void stop()).resume()
  return {
    name: server.name,
    baseUrl: `https://${authorityOf(server)}`,
    ...(clients === undefined ? {} : { clientUrl: `http://${authorityOf(clients)}` }),
    ca: trust.ca,
    ...(trust.issuer === undefined ? {} : { issuer: trust.issuer }),
    ended,
    stop,
  }
}

const authorityOf = ({ address, port }: Endpoint): string =>
  `${isIPv6(address) ? `[${address}]` : address}:${port}`

function checkNames({ name, delegatesTo }: ServeOptions, place: Endpoint): void {
  const everywhere = `--listen ${place.address} is no address for others: a --name is needed`
  if (name === undefined && isEverywhere(place)) throw new ServeError('name', everywhere)
  for (const [flag, one] of [
    ['name', name],
    ['well-known', delegatesTo],
  ] as const)
    if (one !== undefined && !isServerName(one))
      throw new ServeError(flag, `--${flag} ${JSON.stringify(one)} is no server name`)
}

function proxyOf({ proxy, proxyNamesOnly = false }: ServeOptions): ProxyPlace | undefined {
  if (proxy === undefined) return undefined
  const { address: host, port } = endpointIn(proxy, 'proxy')
  return { host, port, covers: proxyNamesOnly ? 'names' : 'everything' }
}

async function partsOf({
  quirk: id,
  partialJoins: joinsWithoutMembers = false,
}: ServeOptions): Promise<Parts> {
  const parts = { ...standardParts, making: { ...standardParts.making, joinsWithoutMembers } }
  if (id === undefined) return parts
  const { mutants } = await import('./quirks/index.ts')
  const mutant = Object.hasOwn(mutants, id) ? mutants[id] : undefined
  if (mutant !== undefined) return mutant.apply(parts)
  throw new ServeError(
    'quirk',
    `there is no quirk ${JSON.stringify(id)}: see \`fedcheck list --quirks\``,
  )
}
