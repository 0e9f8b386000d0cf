import type { Exchange, Fact } from '../journal/exchange.ts'
import type { Journal } from '../journal/journal.ts'
import {
  type Caller,
  type Decision,
  type Gatekeeper,
  type Hop,
  type Link,
  pass,
} from '../wire/gatekeeper.ts'
import type { Place } from '../wire/client.ts'
import { Unsupported } from '../world/errors.ts'
import { FabricView } from './fabric-view.ts'
import { Directory, type Member } from './directory.ts'
import { type ProxyOrder, Relay } from './relay.ts'
import { type NewRule, type Pair, Rule } from './rule.ts'

export interface NetworkOptions {
  readonly journal: Journal
  /** Server names of the targets: whoever calls and is not one of our servers is one of them. */
  readonly outsiders: () => readonly string[]
  /** Milliseconds that a gate waits for exchanges; 10,000 by default. */
  readonly patienceMs?: number
}

/** What is to be said of the rules of one check. */
export interface NetworkReport {
  /** Rules that acted on nothing, in words. */
  readonly neverFired: readonly string[]
  /** Exchanges that were answered over a link that was cut. */
  readonly crossed: readonly number[]
}

/** All links between the servers of this process and the targets, with the rules that now hold for them. */
export class Network implements Gatekeeper {
  readonly #journal: Journal
  readonly #directory: Directory
  readonly #patienceMs: number
  readonly #unsubscribe: () => void
  /** In force, the oldest first. */
  readonly #active = new Set<Rule>()
  /** Of checks that are not reported yet. */
  readonly #rules = new Map<string | undefined, Rule[]>()
  readonly #crossed = new Map<string | undefined, number[]>()
  /** Who waits for the end of an exchange. */
  readonly #ends = new Map<number, () => void>()
  readonly #relay: Relay
  #count = 0

  constructor({ journal, outsiders, patienceMs = 10_000 }: NetworkOptions) {
    this.#journal = journal
    this.#directory = new Directory(outsiders)
    this.#patienceMs = patienceMs
    this.#unsubscribe = journal.subscribe((fact) => this.#heard(fact))
    this.#relay = new Relay({
      journal,
      placeOf: (name) => this.#directory.placeOf(name),
      isOurs: (name) => this.isOurs(name),
      decide: (hop) => this.requesting(hop),
      passed: (exchange) => this.#passed(exchange),
      checkOf: (id) => this.#ruleNamed(id)?.check,
    })
  }

  /** A server of this process: cuts act on its listener and its client. */
  register(member: Member): void {
    this.#directory.add(member)
  }

  deregister(name: string): void {
    this.#directory.delete(name)
  }

  /** A proxy for the connections of one target, open until the network closes. Throws the system's error. */
  openProxy(order: ProxyOrder): Promise<Place> {
    this.#directory.addProxy(order.address, order.outsider)
    return this.#relay.open(order)
  }

  /** Whether a target is known to go through its proxy. */
  isProxied(outsider: string): boolean {
    return this.#relay.carries(outsider)
  }

  /** `HOST:PORT` of all that a target asked its proxy for. */
  sought(outsider: string): readonly string[] {
    return this.#relay.sought(outsider)
  }

  /** Where a server of the network is, or was: what takes the place of DNS. */
  async resolve(name: string): Promise<Place | undefined> {
    return this.#directory.placeOf(name)
  }

  /** The fabric as the scenario of one check has it. */
  view(check?: string): FabricView {
    return new FabricView(this, check)
  }

  isOurs(name: string): boolean {
    return this.#directory.get(name) !== undefined
  }

  caller(address: string, claimed?: string): Caller | undefined {
    return this.#directory.caller(address, claimed)
  }

  connecting({ from, to }: Link): Decision {
    if (from !== undefined && this.isOurs(from)) return pass
    // Whoever cannot be told from others is stopped here only if all of them are cut, and counts for each.
    const rules = this.#directory
      .candidates(from, 'connection')
      .map((candidate) =>
        [...this.#active].findLast((rule) => rule.actsOnConnections && rule.covers(candidate, to)),
      )
    if (rules.includes(undefined)) return pass
    const [decision = pass] = [...new Set(rules)].map((rule) => rule?.hitConnection() ?? pass)
    return decision
  }

  requesting(hop: Hop): Decision | Promise<Decision> {
    // Between two servers of ours the requester's side has decided.
    if (hop.side === 'receiver' && hop.from !== undefined && this.isOurs(hop.from)) return pass
    return this.#active.size === 0 ? pass : this.#decide(hop, [])
  }

  /** Makes the rule and cuts what it cuts. */
  begin(order: NewRule): Rule {
    const { check, deed, links, operations } = order
    for (const link of links) this.#checkLink(link, order)
    this.#count += 1
    const rule = new Rule({
      id: `rule-${this.#count}`,
      check,
      links,
      operations,
      deed,
      beganAt: this.#journal.now(),
      hold: { patienceMs: this.#patienceMs, ended: (exchange) => this.#endOf(exchange) },
    })
    this.#rules.set(check, [...(this.#rules.get(check) ?? []), rule])
    this.#active.add(rule)
    this.#append(rule, 'begin')
    for (const link of links) {
      if (rule.severs) this.#sever(link, rule.id)
      else if (this.#isBetweenTargets(link)) this.#relay.watch(link)
    }
    return rule
  }

  end(rule: Rule): void {
    for (const link of rule.links)
      if (rule.severs && this.#isBetweenTargets(link)) this.#relay.tellStanding(link)
    this.#active.delete(rule)
    rule.end(this.#journal.now())
    this.#append(rule, 'end')
  }

  sever(name: string, { id }: Rule): void {
    for (const member of this.#directory.members)
      member.client.sever(member.name === name ? undefined : name, id)
  }

  member(name: string): Member | undefined {
    return this.#directory.get(name)
  }

  /** To be asked when the check is over; forgets its rules. */
  report(check?: string): NetworkReport {
    const rules = this.#rules.get(check) ?? []
    const crossed = this.#crossed.get(check) ?? []
    this.#rules.delete(check)
    this.#crossed.delete(check)
    const idle = rules.filter((rule) => rule.countsHits && rule.hits === 0)
    const neverFired = idle.map(({ fault, links }) => `${fault}: ${links.map(arrow).join(', ')}`)
    return { neverFired, crossed }
  }

  /** Ends every rule that is still in force, and closes the proxies. */
  async close(): Promise<void> {
    for (const rule of this.#active) this.end(rule)
    this.#unsubscribe()
    await this.#relay.close()
  }

  async #decide(hop: Hop, done: readonly Rule[]): Promise<Decision> {
    const candidates = this.#directory.candidates(hop.from, 'request')
    const rule = [...this.#active].findLast(
      (one) =>
        !done.includes(one) &&
        candidates.some((candidate) => one.actsOn(candidate, hop.to, hop.operation)),
    )
    if (rule === undefined)
      return done.length === 0 ? pass : { ...pass, rule: done.at(-1)?.id ?? '' }
    const decision = await rule.hit(hop)
    // What was held may have to pass a rule that began before, or meanwhile.
    return rule.deed.do === 'hold' ? this.#decide(hop, [...done, rule]) : decision
  }

  #checkLink(link: Pair, { deed, operations }: NewRule): void {
    const known = (name: string) => name === '*' || this.#directory.knows(name)
    for (const name of link) if (!known(name)) throw new TypeError(`${name} is not in the network`)
    if (!this.#isBetweenTargets(link)) return
    const [from, to] = link
    if (!this.#relay.carries(from, to))
      throw withoutRelay(
        `nothing stands between ${from} and ${to}, so their link cannot be changed`,
      )
    if (deed.do === 'answer' || operations !== undefined)
      throw withoutRelay(`what ${from} and ${to} say to each other is under TLS of their own`)
  }

  /** Between servers of which none is ours there are connections to act on, and no requests. */
  #isBetweenTargets([from, to]: Pair): boolean {
    return ![from, to].some((name) => name === '*' || this.isOurs(name))
  }

  #sever(link: Pair, rule: string): void {
    if (this.#isBetweenTargets(link)) return this.#relay.sever(link, rule)
    const [from, to] = link
    this.#directory.get(from)?.client.sever(to, rule)
    const outside = !this.isOurs(from)
    this.#directory
      .get(to)
      ?.listener.sever(
        (connection) =>
          connection.from === from ||
          (connection.from === undefined &&
            (connection.claimed.has(from) || (outside && connection.claimed.size === 0))),
        rule,
      )
  }

  #append(rule: Rule, act: 'begin' | 'end'): void {
    this.#journal.append({
      kind: 'fabric',
      ...(rule.check !== undefined && { check: rule.check }),
      at: this.#journal.now(),
      act,
      rule: rule.id,
      links: rule.links,
      fault: rule.fault,
      ...(act === 'end' && { hits: rule.hits }),
    })
  }

  #heard(fact: Fact): void {
    if (fact.kind !== 'exchange') return
    this.#passed(fact.id)
    for (const rules of this.#rules.values()) for (const rule of rules) this.#weigh(fact, rule)
  }

  #weigh(exchange: Exchange, rule: Rule): void {
    if (exchange.fault === rule.id) rule.count(exchange)
    const from = exchange.from === '?' ? undefined : exchange.from
    const covered = this.#directory
      .candidates(from, 'request')
      .some((candidate) => rule.covers(candidate, exchange.to, exchange.operation))
    if (!covered || !rule.wasCrossedBy(exchange)) return
    this.#crossed.set(rule.check, [...(this.#crossed.get(rule.check) ?? []), exchange.id])
  }

  #passed(exchange: number): void {
    this.#ends.get(exchange)?.()
    this.#ends.delete(exchange)
  }

  #ruleNamed(id: string): Rule | undefined {
    return [...this.#rules.values()].flat().find((rule) => rule.id === id)
  }

  #endOf(exchange: number): Promise<void> {
    return new Promise((resolve) => this.#ends.set(exchange, resolve))
  }
}

const withoutRelay = (message: string) => new Unsupported('missing-capability:relay', message)

function arrow([from, to]: Pair): string {
  return `${from} → ${to}`
}
