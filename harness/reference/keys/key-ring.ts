import { integerAt, valueAt } from '../../matrix/content.ts'
import type { Event, JsonObject } from '../../matrix/event.ts'
import { isServerName } from '../../matrix/identifiers.ts'
import { type KeyLookup, requiredSigners, type VerifyKey } from '../../matrix/sign-event.ts'
import type { Remote } from '../remote.ts'
import type { Table } from '../store/store.ts'
import type { Keychain } from './keychain.ts'
import { type KeyDocument, readKeyDocument } from './key-document.ts'

/** A key that somebody signed with, and the time at which it has to be valid. */
export interface WantedKey {
  readonly server: string
  readonly keyId: string
  readonly at: number
}

interface Entry {
  document: KeyDocument | undefined
  /** When the last answer was asked for. */
  asked: number
  fetching: Promise<void> | undefined
  /** Keys that the server has published before and does not any more. */
  former: ReadonlyMap<string, VerifyKey>
}

/** A document as it came, and when; `former`: as of an entry. */
type Kept = {
  readonly json: JsonObject
  readonly asked: number
  readonly former: Readonly<Record<string, { readonly key: string; readonly end: number }>>
}

interface KeyRingSetup {
  readonly remote: Remote
  readonly keychain: Keychain
  readonly clock: () => number
  readonly table: Table<Kept>
}

interface Order {
  /** Asked where the server itself gives no answer. */
  readonly via: string | undefined
  /** When the keys have to be valid. */
  readonly at: number
}

const maxServers = 2_000
/** A server is not asked again within this time for what it did not have. */
const againMs = 500
/** Of one server; the oldest are forgotten first. */
const maxFormer = 100

/** Other servers' keys: fetched when needed, checked, kept. */
export class KeyRing {
  readonly #remote: Remote
  readonly #keychain: Keychain
  readonly #clock: () => number
  readonly #table: Table<Kept>
  readonly #entries = new Map<string, Entry>()

  constructor({ remote, keychain, clock, table }: KeyRingSetup) {
    this.#remote = remote
    this.#keychain = keychain
    this.#clock = clock
    this.#table = table
    for (const [server, { json, asked, former }] of table.entries()) {
      const entry = this.#entry(server)
      entry.document = readKeyDocument(json, server, asked)
      entry.asked = asked
      const old = Object.entries(former).map(([keyId, { key: publicKey, end }]) => {
        return [keyId, { publicKey, validUntil: end, expired: end }] as const
      })
      entry.former = new Map(old)
    }
  }

  readonly lookup: KeyLookup = (server, keyId) => {
    if (server === this.#remote.name) return this.#keychain.find(keyId)
    const entry = this.#entries.get(server)
    return entry?.document?.keys.get(keyId) ?? entry?.former.get(keyId)
  }

  /** Only keys that can sign a request now: not retired, not run out. */
  readonly active: KeyLookup = (server, keyId) => {
    const key = this.lookup(server, keyId)
    if (key === undefined || key.expired !== undefined || key.validUntil < this.#clock())
      return undefined
    return key
  }

  /** The document as another server published it, where it is known. */
  document(server: string): KeyDocument | undefined {
    return this.#entries.get(server)?.document
  }

  /** Fetches what is missing for the signatures of `events`; `via` is asked where a server itself gives no answer. */
  async prepare(events: readonly Event[], via?: string): Promise<void> {
    await this.obtain(events.flatMap(keysOf), via)
  }

  async obtain(wanted: readonly WantedKey[], via?: string): Promise<void> {
    const latest = new Map<string, number>()
    for (const key of wanted)
      if (this.#lacks(key)) latest.set(key.server, Math.max(key.at, latest.get(key.server) ?? 0))
    await Promise.all([...latest].map(([server, at]) => this.#refresh(server, { via, at })))
  }

  /**
   * The document for who asks this server as a notary: fetched where there is none, where it does not reach to `until` or
   * lacks one of `keyIds`, and after half of its lifetime; an old one where nothing newer can be had.
   */
  async current(
    server: string,
    until: number,
    keyIds: readonly string[] = [],
  ): Promise<KeyDocument | undefined> {
    if (!isServerName(server)) return undefined
    const { document, asked } = this.#entry(server)
    const valid = integerAt(document?.json, 'valid_until_ts') ?? 0
    const isStale = valid < until || this.#clock() > asked + (valid - asked) / 2
    if (isStale || keyIds.some((keyId) => document?.keys.has(keyId) !== true))
      await this.#refresh(server, { via: undefined, at: until })
    return this.document(server)
  }

  #lacks({ server, keyId, at }: WantedKey): boolean {
    if (server === this.#remote.name || !isServerName(server)) return false
    const key = this.lookup(server, keyId)
    return key === undefined || (key.expired === undefined && key.validUntil < at)
  }

  #refresh(server: string, order: Order): Promise<void> {
    const entry = this.#entry(server)
    if (entry.fetching !== undefined) return entry.fetching
    const now = this.#clock()
    if (now - entry.asked < againMs) return Promise.resolve()
    entry.fetching = this.#fetch(server, order)
      .then((document) => {
        // A server that did not answer may be back at any moment, so only answers are taken for the last word.
        if (document === undefined) return
        this.#take(entry, document, now)
      })
      .finally(() => {
        entry.fetching = undefined
      })
    return entry.fetching
  }

  /** A key that is published no more goes on counting for what it has signed until now. */
  #take(entry: Entry, document: KeyDocument, now: number): void {
    const former = new Map(entry.former)
    for (const [keyId, { publicKey, validUntil, expired }] of entry.document?.keys ?? []) {
      const end = expired ?? Math.min(validUntil, now)
      if (!document.keys.has(keyId)) former.set(keyId, { publicKey, validUntil: end, expired: end })
    }
    entry.former = new Map([...former].slice(-maxFormer))
    entry.asked = now
    entry.document = document
    const kept = [...entry.former].map(([keyId, { publicKey, validUntil }]) => {
      return [keyId, { key: publicKey, end: validUntil }] as const
    })
    const { json, server } = document
    this.#table.set(server, { json, asked: now, former: Object.fromEntries(kept) })
  }

  async #fetch(server: string, { via, at }: Order): Promise<KeyDocument | undefined> {
    const direct = await this.#remote.tryRequest(server, 'serverKeys')
    const document = readKeyDocument(direct, server, this.#clock())
    if (document !== undefined || via === undefined || via === server || via === this.#remote.name)
      return document
    const relayed = await this.#remote.tryRequest(via, 'queryKeys', {
      params: { serverName: server },
      query: { minimum_valid_until_ts: String(at) },
    })
    const list = valueAt(relayed, 'server_keys')
    if (!Array.isArray(list)) return undefined
    return list
      .slice(0, 10)
      .map((json) => readKeyDocument(json, server, this.#clock()))
      .find((found) => found !== undefined)
  }

  #entry(server: string): Entry {
    const known = this.#entries.get(server)
    const entry = known ?? {
      document: undefined,
      asked: 0,
      fetching: undefined,
      former: new Map<string, VerifyKey>(),
    }
    this.#entries.delete(server)
    this.#entries.set(server, entry)
    for (const [oldest] of this.#entries) {
      if (this.#entries.size <= maxServers) break
      this.#entries.delete(oldest)
      this.#table.delete(oldest)
    }
    return entry
  }
}

function keysOf(event: Event): WantedKey[] {
  return requiredSigners(event).flatMap((server) =>
    Object.keys(event.pdu.signatures[server] ?? {}).map((keyId) => ({
      server,
      keyId,
      at: event.pdu.origin_server_ts,
    })),
  )
}
