import type { Place, WireClient } from '../wire/client.ts'
import { placeOf } from '../wire/destination.ts'
import type { Caller } from '../wire/gatekeeper.ts'
import type { Listener } from '../wire/server.ts'

/** A server of this process. */
export interface Member {
  readonly name: string
  /** Where it listens, and where its client calls from. */
  readonly address: string
  readonly listener: Pick<Listener, 'port' | 'sever' | 'refuseAll' | 'resume'>
  readonly client: Pick<WireClient, 'sever'>
}

/** Where whoever does not choose calls from; an address that servers of ours share with others tells nothing. */
const common = new Set(['127.0.0.1', '::1'])

/** Who is in the network, and who is behind an address. */
export class Directory {
  readonly #members = new Map<string, Member>()
  readonly #byAddress = new Map<string, Set<Member>>()
  /** Where each name has led: one that is gone leads where nobody listens any more, and not to the outside. */
  readonly #places = new Map<string, Place>()
  /** Address that a proxy calls from → the outsider whose connections it passes on. */
  readonly #proxies = new Map<string, string>()
  readonly #outsiders: () => readonly string[]

  constructor(outsiders: () => readonly string[]) {
    this.#outsiders = outsiders
  }

  add(member: Member): void {
    this.#members.set(member.name, member)
    this.#places.set(member.name, { host: member.address, port: member.listener.port })
    const others = this.#byAddress.get(member.address)
    if (others === undefined) this.#byAddress.set(member.address, new Set([member]))
    else others.add(member)
  }

  delete(name: string): void {
    const member = this.#members.get(name)
    if (member === undefined) return
    this.#members.delete(name)
    const others = this.#byAddress.get(member.address)
    others?.delete(member)
    if (others?.size === 0) this.#byAddress.delete(member.address)
  }

  get(name: string): Member | undefined {
    return this.#members.get(name)
  }

  get members(): Iterable<Member> {
    return this.#members.values()
  }

  knows(name: string): boolean {
    return this.#members.has(name) || this.#outsiders().includes(name)
  }

  addProxy(address: string, outsider: string): void {
    if (!common.has(address)) this.#proxies.set(address, outsider)
  }

  /** Where a server of the network is, or was; undefined for every other name. */
  placeOf(name: string): Place | undefined {
    return this.#outsiders().includes(name) ? placeOf(name) : this.#places.get(name)
  }

  /** `claimed` is empty for a request that names no origin, absent for a connection without a request. */
  caller(address: string, claimed?: string): Caller | undefined {
    const [member, ...others] = this.#byAddress.get(address) ?? []
    if (member !== undefined && others.length === 0 && !common.has(address))
      return { name: member.name, ours: true }
    if (member !== undefined) {
      // Shared: only what a caller says of itself can tell it from others.
      if (claimed === undefined) return undefined
      if (this.#members.get(claimed)?.address === address) return { name: claimed, ours: true }
    }
    const name = this.#proxies.get(address) ?? this.#outsiderAt(address, claimed)
    return name === undefined ? undefined : { name, ours: false }
  }

  /**
   * Who `from` may be where it is not known. A connection at a shared address may be anyone's, so nobody is named; a
   * request of a server of ours always says whose it is.
   */
  candidates(from: string | undefined, what: 'connection' | 'request'): readonly string[] {
    if (from !== undefined) return [from]
    const shared = [...common].some((address) => this.#byAddress.has(address))
    return what === 'connection' && shared ? [] : this.#outsiders()
  }

  #outsiderAt(address: string, claimed: string | undefined): string | undefined {
    const outsiders = this.#outsiders()
    if (outsiders.length === 1) return outsiders[0]
    const there = outsiders.filter((name) => name.startsWith(`${address}:`))
    if (there.length === 1 && !common.has(address)) return there[0]
    return claimed && outsiders.includes(claimed) ? claimed : undefined
  }
}
