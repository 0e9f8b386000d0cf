import type { Socket } from 'node:net'
import { setTimeout as sleep } from 'node:timers/promises'
import type { Exchange } from '../journal/exchange.ts'
import { body, type Journal } from '../journal/journal.ts'
import type { Place } from '../wire/client.ts'
import { type Decision, type Hop, pass } from '../wire/gatekeeper.ts'
import { answer, ConnectProxy, type ProxyLimits } from './connect-proxy.ts'
import type { Pair } from './rule.ts'
import { Tunnel, type TunnelLimits } from './tunnel.ts'

export interface RelayOptions {
  readonly journal: Journal
  readonly limits?: Partial<RelayLimits>
  /** Where a server of the network is or was. */
  readonly placeOf: (name: string) => Place | undefined
  /** A server of this process stops what is to be stopped itself. */
  readonly isOurs: (name: string) => boolean
  readonly decide: (hop: Hop) => Decision | Promise<Decision>
  /** A connection that was held is through, or over. */
  readonly passed: (exchange: number) => void
  readonly checkOf: (rule: string) => string | undefined
}

type RelayLimits = ProxyLimits & TunnelLimits

/** How a target's connections get into the relay. */
export interface ProxyOrder {
  readonly outsider: string
  /** Where the proxy listens and calls from: one for each target, so that it tells who calls. */
  readonly address: string
  /** It is known that the target uses the proxy; otherwise only once it has. */
  readonly isUsed: boolean
}

const defaults: RelayLimits = {
  headBytes: 8 * 1024,
  headMs: 10_000,
  connections: 1_000,
  dialMs: 5_000,
  idleMs: 300_000,
  halfOpenMs: 30_000,
}

/** More than a run has servers; what else a target asks for is not remembered. */
const maxSought = 10_000

/** One tunnel, or what wants to become one. */
interface Passage {
  readonly tunnel: Tunnel
  /** Number in the journal, where rules are asked. */
  exchange?: number
  /** Why it came to an end, where the fabric saw to that. */
  cause?: Pick<Exchange, 'error' | 'fault'>
}

interface Entrance {
  readonly proxy: ConnectProxy
  readonly isUsed: boolean
  readonly sought: Set<string>
}

/** The proxies of all targets and the tunnels through them: plain TCP, so what is cut here is cut below TLS. */
export class Relay {
  readonly #options: RelayOptions
  readonly #limits: RelayLimits
  readonly #entrances = new Map<string, Entrance>()
  readonly #passages = new Set<Passage>()

  constructor(options: RelayOptions) {
    this.#options = options
    this.#limits = { ...defaults, ...options.limits }
  }

  async open({ outsider, address, isUsed }: ProxyOrder): Promise<Place> {
    const sought = new Set<string>()
    const proxy = await ConnectProxy.open({
      address,
      limits: this.#limits,
      connect: (authority, socket) => {
        if (sought.size < maxSought) sought.add(authority)
        void this.#connect({ from: outsider, to: authority, via: address }, socket)
      },
    })
    this.#entrances.set(outsider, { proxy, isUsed, sought })
    return { host: address, port: proxy.port }
  }

  /** Whether connections of the outsider (to `to`) are known to come through here. */
  carries(from: string, to?: string): boolean {
    const entrance = this.#entrances.get(from)
    if (entrance === undefined) return false
    const { isUsed, sought } = entrance
    return isUsed || (to === undefined ? sought.size > 0 : sought.has(to))
  }

  /** `HOST:PORT` of everything that the outsider wanted to be connected to. */
  sought(from: string): readonly string[] {
    return [...(this.#entrances.get(from)?.sought ?? [])]
  }

  /** Resets the tunnels over a link between two outsiders. */
  sever(link: Pair, rule: string): void {
    for (const passage of this.#over(link)) {
      passage.cause ??= { error: 'the link was cut', fault: rule }
      passage.tunnel.reset()
    }
  }

  /** From now on whatever is said anew in the tunnels over a link is decided upon. */
  watch(link: Pair): void {
    for (const { tunnel } of this.#over(link)) tunnel.askBeforeEach(() => this.#ask(tunnel))
  }

  /** Records the tunnels that stand over a link where there must not be any. */
  tellStanding(link: Pair): void {
    for (const passage of this.#over(link))
      if (passage.tunnel.isOpen) this.#record(passage, { ending: 'answered' })
  }

  async close(): Promise<void> {
    for (const { tunnel } of this.#passages) tunnel.reset()
    const proxies = [...this.#entrances.values()].map(({ proxy }) => proxy.close())
    this.#entrances.clear()
    await Promise.all(proxies)
  }

  #over([from, to]: Pair): readonly Passage[] {
    return [...this.#passages].filter(({ tunnel }) => tunnel.from === from && tunnel.to === to)
  }

  async #connect(link: { from: string; to: string; via: string }, socket: Socket): Promise<void> {
    const { isOurs, journal, passed, placeOf } = this.#options
    const place = placeOf(link.to)
    if (place === undefined) return answer(socket, '502 Bad Gateway')
    const tunnel = new Tunnel({ ...link, openedAt: journal.now() }, socket, this.#limits)
    const passage: Passage = { tunnel }
    this.#passages.add(passage)
    tunnel.signal.addEventListener('abort', () => this.#leave(passage))
    const far = { host: place.host, port: place.port, localAddress: link.via }
    if (isOurs(link.to)) return tunnel.carry(far)
    const hop = this.#hop(tunnel)
    passage.exchange = hop.exchange
    const decision = await this.#decision(hop)
    if (decision.do !== 'pass') {
      const { do: deed, rule: fault } = decision
      const error = `${deed} by the fabric, before a request was made`
      passage.cause ??= { error, ...(fault !== undefined && { fault }) }
      return fail(tunnel, decision)
    }
    await tunnel.carry(far)
    passed(hop.exchange)
  }

  #leave(passage: Passage): void {
    this.#passages.delete(passage)
    if (passage.cause !== undefined) this.#record(passage, { ending: 'cut', ...passage.cause })
  }

  #hop({ from, to, signal }: Tunnel): Hop {
    const exchange = this.#options.journal.nextExchange()
    return { from, to, exchange, side: 'receiver', signal }
  }

  async #ask(tunnel: Tunnel): Promise<void> {
    const hop = this.#hop(tunnel)
    const decision = await this.#decision(hop)
    if (decision.do !== 'pass') tunnel.reset()
    this.#options.passed(hop.exchange)
  }

  /** Comes when a connection that is held or delayed may go on. */
  async #decision(hop: Hop): Promise<Decision> {
    const decision = await this.#options.decide(hop)
    if (decision.do !== 'delay') return decision
    await sleep(decision.ms ?? 0, undefined, hop.signal && { signal: hop.signal }).catch(() => {})
    return pass
  }

  #record({ tunnel, exchange }: Passage, end: Pick<Exchange, 'ending' | 'error' | 'fault'>): void {
    const { checkOf, journal } = this.#options
    const check = end.fault === undefined ? undefined : checkOf(end.fault)
    journal.append({
      kind: 'exchange',
      id: exchange ?? journal.nextExchange(),
      ...(check !== undefined && { check }),
      from: tunnel.from,
      to: tunnel.to,
      seenBy: 'receiver',
      method: '',
      uri: '',
      request: { headers: {}, body: body(new Uint8Array()) },
      startedAt: tunnel.openedAt,
      endedAt: journal.now(),
      ...end,
    })
  }
}

function fail(tunnel: Tunnel, { do: deed, healed }: Decision): void {
  if (deed === 'blackhole') tunnel.swallow(healed)
  else if (deed === 'tls') tunnel.garble()
  else if (deed === 'reset') tunnel.breakOff()
  else tunnel.reset()
}
