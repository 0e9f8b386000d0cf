import { setTimeout as delay } from 'node:timers/promises'
import type { Exchange } from '../journal/exchange.ts'
import { type Decision, type Hop, pass } from '../wire/gatekeeper.ts'
import type { Fault } from '../world/fabric.ts'
import { type HoldOptions, HoldQueue } from './hold-queue.ts'

/** `offline`: the server's listening socket is closed and its client is kept from sending. */
export type Deed = Fault | { readonly do: 'offline' }

/** `from → to` by server name; `*` is anyone else. */
export type Pair = readonly [from: string, to: string]

/** What is asked of the network. */
export interface NewRule {
  readonly check: string | undefined
  readonly links: readonly Pair[]
  readonly operations?: readonly string[]
  readonly deed: Deed
}

export interface RuleOptions {
  readonly id: string
  readonly check: string | undefined
  readonly links: readonly Pair[]
  readonly operations: readonly string[] | undefined
  readonly deed: Deed
  readonly beganAt: number
  readonly hold: HoldOptions
}

/** What is done to some links from its beginning until it heals. */
export class Rule {
  readonly id: string
  readonly check: string | undefined
  readonly links: readonly Pair[]
  readonly deed: Deed
  readonly beganAt: number
  /** Only for `hold`. */
  readonly queue: HoldQueue | undefined
  readonly #operations: ReadonlySet<string> | undefined
  readonly #healed: Promise<void>
  #heal: () => void = () => {}
  /** Exchanges acted on; connections that never came to a request are counted beside them. */
  readonly #exchanges = new Set<number>()
  #connections = 0
  #acted: () => void = () => {}
  readonly #firstHit: Promise<void>
  readonly #patienceMs: number
  #endedAt: number | undefined

  constructor(options: RuleOptions) {
    this.id = options.id
    this.check = options.check
    this.links = options.links
    this.deed = options.deed
    this.beganAt = options.beganAt
    this.#operations = options.operations && new Set(options.operations)
    this.queue = options.deed.do === 'hold' ? new HoldQueue(options.hold) : undefined
    this.#healed = new Promise((resolve) => {
      this.#heal = resolve
    })
    this.#firstHit = new Promise((resolve) => {
      this.#acted = resolve
    })
    this.#patienceMs = options.hold.patienceMs
  }

  /** Comes back when the rule has acted on something, or when patience is over: a server may send long after it was told to. */
  async untilActed(): Promise<void> {
    if (!this.countsHits || this.hits > 0) return
    const timer = new AbortController()
    const late = delay(this.#patienceMs, undefined, { signal: timer.signal }).catch(() => {})
    await Promise.race([this.#firstHit, late])
    timer.abort()
  }

  get hits(): number {
    return this.#exchanges.size + this.#connections
  }

  /** A closed socket cannot count who knocks: it acts by being closed. */
  get countsHits(): boolean {
    return this.deed.do !== 'offline'
  }

  /** Nothing that goes over its links comes through, and connections that are open when it begins are killed. */
  get severs(): boolean {
    const { do: deed } = this.deed
    const hard = deed === 'refuse' || deed === 'reset' || deed === 'blackhole' || deed === 'tls'
    return hard && this.#operations === undefined
  }

  /** Acts on a new TCP connection already, before a request is known. */
  get actsOnConnections(): boolean {
    return this.severs && this.deed.do !== 'reset'
  }

  /** In words, for the journal. */
  get fault(): string {
    const { deed } = this
    const only = this.#operations === undefined ? '' : ` (${[...this.#operations].join(', ')})`
    if (deed.do === 'delay') return `delay ${deed.ms} ms${only}`
    return deed.do === 'answer' ? `answer ${deed.status}${only}` : `${deed.do}${only}`
  }

  covers(from: string, to: string, operation?: string): boolean {
    if (this.#operations !== undefined && !this.#operations.has(operation ?? '')) return false
    return this.links.some(
      ([one, other]) => (one === from || one === '*') && (other === to || other === '*'),
    )
  }

  /** Whether a request is to be stopped or changed. What goes to a server that is offline is left to its closed socket. */
  actsOn(from: string, to: string, operation?: string): boolean {
    if (this.deed.do === 'offline') return this.links.some(([one]) => one === from)
    return this.covers(from, to, operation)
  }

  hitConnection(): Decision {
    this.#connections += 1
    this.#acted()
    return this.#decision()
  }

  /** Counts the exchange and says what is to become of it. */
  hit(hop: Hop): Decision | Promise<Decision> {
    this.#exchanges.add(hop.exchange)
    this.#acted()
    if (this.queue === undefined) return this.#decision()
    const go: Decision = { ...pass, rule: this.id }
    return this.queue.wait(hop.exchange, hop.signal).then(() => go)
  }

  /** An exchange that was under way when the rule began, and was cut by it. */
  count(exchange: Exchange): void {
    if (exchange.method === '') return
    this.#exchanges.add(exchange.id)
    this.#acted()
  }

  /** Whether the exchange was answered though the rule forbade it. */
  wasCrossedBy({ endedAt, ending, startedAt }: Exchange): boolean {
    if (ending !== 'answered' || endedAt > (this.#endedAt ?? Infinity)) return false
    if (this.severs || this.deed.do === 'offline') return endedAt >= this.beganAt
    // What was under way when it began may be answered: connections were left alone.
    const cuts = this.deed.do !== 'hold' && this.deed.do !== 'delay'
    return cuts && startedAt >= this.beganAt
  }

  end(at: number): void {
    this.#endedAt = at
    this.#heal()
    this.queue?.release()
  }

  #decision(): Decision {
    const { deed, id: rule } = this
    if (deed.do === 'hold') return { ...pass, rule }
    if (deed.do === 'offline') return { do: 'refuse', rule }
    if (deed.do === 'blackhole') return { do: 'blackhole', rule, healed: this.#healed }
    if (deed.do !== 'answer') return { ...deed, rule }
    const { body, status } = deed
    return { do: 'answer', rule, status, body: body ?? bodyOf(status) }
  }
}

const errcodes: Readonly<Record<number, string>> = {
  401: 'M_UNAUTHORIZED',
  403: 'M_FORBIDDEN',
  404: 'M_NOT_FOUND',
  429: 'M_LIMIT_EXCEEDED',
}

/** A standard error response (client-server-api#standard-error-response); 200 to 299: an empty object. */
function bodyOf(status: number): string {
  if (status < 300) return '{}'
  const errcode = errcodes[status] ?? 'M_UNKNOWN'
  const again = status === 429 ? { retry_after_ms: 100 } : {}
  return JSON.stringify({ errcode, error: 'Answered by the fabric', ...again })
}
