import { setMaxListeners } from 'node:events'
import { Resolver } from 'node:dns/promises'
import {
  defaultPort,
  originOf,
  partsOf,
  type Place,
  placeOf,
  type Spot,
} from '../../wire/destination.ts'
import type { Dialling } from '../../wire/dialling.ts'
import { httpsGet } from '../../wire/https-get.ts'
import { DiscoveryError } from './discovery-error.ts'
import { ExpiringCache } from './expiring-cache.ts'
import { lifetimeOf } from './lifetime.ts'
import { isRefusal, type ResolveSrv, serviceNames, spotsOf, type SrvRecord } from './services.ts'
import { Slots } from './slots.ts'
import { NoDelegation, readWellKnown } from './well-known.ts'

export interface DiscoveryOptions extends Dialling {
  readonly clock: () => number
  /** 0 ≤ x < 1. */
  readonly random: () => number
  /** Absent: the system's resolver. With a proxy, which is there because names are not for the system, none is asked. */
  readonly resolveSrv?: ResolveSrv
  readonly limits?: Partial<DiscoveryLimits>
  /** Told what came of each search, in words. */
  readonly tell?: (text: string) => void
}

/** Times in milliseconds. */
export interface DiscoveryLimits {
  /** Port of `.well-known`. */
  readonly wellKnownPort: number
  /** For the page with all its redirects. What this and the records take together has to leave a request some of its time. */
  readonly pageMs: number
  readonly pageBytes: number
  /** For the records under both names. */
  readonly srvMs: number
  readonly delegationUsual: number
  readonly delegationLongest: number
  readonly delegationShortest: number
  /** How long it is remembered that there is no delegation: doubles from the first to the longest. */
  readonly errorFirst: number
  readonly errorLongest: number
  readonly srvKept: number
  /** Names remembered. */
  readonly names: number
  /** Names looked for at once, and those that wait for it. */
  readonly searches: number
  readonly waiting: number
}

const minute = 60_000
const hour = 60 * minute

const defaults: DiscoveryLimits = {
  wellKnownPort: 443,
  pageMs: 3_000,
  pageBytes: 64 * 1024,
  srvMs: 1_500,
  delegationUsual: 24 * hour,
  delegationLongest: 48 * hour,
  delegationShortest: minute,
  errorFirst: minute,
  errorLongest: hour,
  srvKept: 5 * minute,
  names: 2_000,
  searches: 64,
  waiting: 10_000,
}

/** Who stands in for a host, or how often in a row it was not to be learnt. */
type Delegated = { readonly server: string } | { readonly failures: number }
type Services = 'none' | 'not-offered' | readonly [Spot, ...Spot[]]

/** Finds where the server of a name is: server-server-api#resolving-server-names. */
export class Discovery {
  readonly #options: DiscoveryOptions
  readonly #limits: DiscoveryLimits
  /** With the name servers that the system is set up with; made when it is needed. */
  #system: Resolver | undefined
  readonly #closing = new AbortController()
  readonly #delegations: ExpiringCache<Delegated>
  readonly #services: ExpiringCache<Services>
  readonly #searches = new Map<string, Promise<Place>>()
  readonly #slots: Slots

  constructor(options: DiscoveryOptions) {
    const limits = { ...defaults, ...options.limits }
    setMaxListeners(0, this.#closing.signal)
    this.#options = options
    this.#limits = limits
    this.#delegations = new ExpiringCache(limits.names)
    this.#services = new ExpiringCache(limits.names)
    this.#slots = new Slots(limits.searches, limits.waiting)
  }

  /** Throws DiscoveryError. One search for all who ask for the same name at once. */
  async find(serverName: string): Promise<Place> {
    const parts = partsOf(serverName)
    if (parts === undefined) throw new DiscoveryError('name', `${serverName} is no server name`)
    // Steps 1 and 2.
    const known = placeOf(serverName)
    if (known !== undefined) return known
    const { host } = parts
    const running = this.#searches.get(host)
    if (running !== undefined) return running
    const search = this.#slots.run(() => this.#search(host))
    this.#searches.set(host, search)
    try {
      return checked(await search)
    } finally {
      this.#searches.delete(host)
    }
  }

  /** Gives up what is being looked for. */
  close(): void {
    this.#closing.abort()
    this.#system?.cancel()
  }

  /** Steps 3 to 6. */
  async #search(host: string): Promise<Place> {
    const delegated = await this.#delegation(host)
    if (!('server' in delegated)) return this.#byService(host)
    const { server } = delegated
    // Steps 3.1 and 3.2.
    const known = placeOf(server)
    if (known !== undefined) return { ...known, hostHeader: server }
    return this.#byService(server)
  }

  /** Steps 3.3 to 3.5, and 4 to 6: SRV under its two names, then the default port. */
  async #byService(host: string): Promise<Place> {
    const services = await this.#servicesOf(host)
    if (services === 'not-offered')
      throw new DiscoveryError('not-offered', `${host} says that it has no Matrix server`)
    if (services === 'none') return { host, port: defaultPort, hostHeader: host }
    const [first, ...others] = services
    return { ...first, hostHeader: host, ...(others.length > 0 && { others }) }
  }

  async #delegation(host: string): Promise<Delegated> {
    const { clock } = this.#options
    const known = this.#delegations.get(host, clock())
    if (known !== undefined) return known
    const [delegated, lifetime] = await this.#readDelegation(host)
    this.#delegations.set(host, delegated, clock() + lifetime)
    return delegated
  }

  async #readDelegation(host: string): Promise<readonly [Delegated, number]> {
    const limits = this.#limits
    const { wellKnownPort, pageBytes: bodyBytes, pageMs } = limits
    const page = `https://${host}:${wellKnownPort}/.well-known/matrix/server`
    const bounds = { bodyBytes, headerBytes: 32 * 1024, signal: this.#closing.signal }
    const end = performance.now() + pageMs
    try {
      const get = (url: URL) => {
        const totalMs = Math.max(1, end - performance.now())
        return httpsGet(url, this.#options, { ...bounds, totalMs })
      }
      const { server, headers } = await readWellKnown(page, get)
      const { delegationLongest: longest, delegationShortest: shortest } = limits
      const lifetimes = { usual: limits.delegationUsual, longest, shortest }
      this.#options.tell?.(`finds that ${host} is served by ${server}`)
      return [{ server }, lifetimeOf(headers, lifetimes, this.#options.clock())]
    } catch (error) {
      if (!(error instanceof NoDelegation)) throw error
      this.#options.tell?.(`finds that ${host} is served by itself: ${error.message}`)
      const before = this.#delegations.last(host)
      const failures = before !== undefined && 'failures' in before ? before.failures : 0
      const lifetime = limits.errorFirst * 2 ** Math.min(failures, 30)
      return [{ failures: failures + 1 }, Math.min(limits.errorLongest, lifetime)]
    }
  }

  async #servicesOf(host: string): Promise<Services> {
    const { clock } = this.#options
    const known = this.#services.get(host, clock())
    if (known !== undefined) return known
    const services = await this.#askServices(host)
    this.#services.set(host, services, clock() + this.#limits.srvKept)
    return services
  }

  /** A resolver that fails is taken for one that knows of none: names of the local network have no SRV records, and their server may fail for them. */
  async #askServices(host: string): Promise<Services> {
    const end = performance.now() + this.#limits.srvMs
    for (const name of serviceNames(host)) {
      const records = await inTime(this.#resolveSrv(name), end - performance.now())
      if (isRefusal(records)) return 'not-offered'
      const [first, ...others] = spotsOf(records, this.#options.random)
      if (first !== undefined) return [first, ...others]
    }
    return 'none'
  }

  #resolveSrv(name: string): Promise<readonly SrvRecord[]> {
    const { proxy, resolveSrv } = this.#options
    if (resolveSrv !== undefined) return resolveSrv(name)
    if (proxy !== undefined) return Promise.resolve([])
    this.#system ??= new Resolver({ timeout: this.#limits.srvMs / 2, tries: 2 })
    return this.#system.resolveSrv(name)
  }
}

/** A grammar that is wider than that of host names lets names through that nobody can dial. Throws DiscoveryError. */
function checked(place: Place): Place {
  if (URL.canParse(originOf(place))) return place
  throw new DiscoveryError('name', `${place.host} is no host name`)
}

/** Nothing where it fails, or takes too long. */
async function inTime<Item>(work: Promise<readonly Item[]>, ms: number): Promise<readonly Item[]> {
  let timer: NodeJS.Timeout | undefined
  const late = new Promise<readonly Item[]>((resolve) => {
    timer = setTimeout(() => resolve([]), ms)
  })
  try {
    return await Promise.race([work.catch(() => []), late])
  } finally {
    clearTimeout(timer)
  }
}
