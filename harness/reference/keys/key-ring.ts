import { valueAt } from '../../matrix/content.ts'
import type { Event } from '../../matrix/event.ts'
import { isServerName } from '../../matrix/identifiers.ts'
import { type KeyLookup, requiredSigners, type VerifyKey } from '../../matrix/sign-event.ts'
import type { Remote } from '../remote.ts'
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
}

const maxServers = 2_000
/** A server is not asked again within this time for what it did not have. */
const againMs = 500

/** Other servers' keys: fetched when needed, checked, kept. */
export class KeyRing {
  readonly #remote: Remote
  readonly #clock: () => number
  readonly #own: ReadonlyMap<string, VerifyKey>
  readonly #entries = new Map<string, Entry>()

  constructor(remote: Remote, clock: () => number) {
    this.#remote = remote
    this.#clock = clock
    const { keyId, publicKey } = remote.key
    this.#own = new Map([[keyId, { publicKey, validUntil: Number.MAX_SAFE_INTEGER }]])
  }

  readonly lookup: KeyLookup = (server, keyId) =>
    (server === this.#remote.name ? this.#own : this.#entries.get(server)?.document?.keys)?.get(
      keyId,
    )

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
    const servers = new Set(wanted.filter((key) => this.#lacks(key)).map(({ server }) => server))
    await Promise.all([...servers].map((server) => this.#refresh(server, via)))
  }

  #lacks({ server, keyId, at }: WantedKey): boolean {
    if (server === this.#remote.name || !isServerName(server)) return false
    const key = this.lookup(server, keyId)
    return key === undefined || (key.expired === undefined && key.validUntil < at)
  }

  #refresh(server: string, via: string | undefined): Promise<void> {
    const entry = this.#entry(server)
    if (entry.fetching !== undefined) return entry.fetching
    const now = this.#clock()
    if (now - entry.asked < againMs) return Promise.resolve()
    entry.fetching = this.#fetch(server, via)
      .then((document) => {
        // A server that did not answer may be back at any moment, so only answers are taken for the last word.
        if (document === undefined) return
        entry.asked = now
        entry.document = document
      })
      .finally(() => {
        entry.fetching = undefined
      })
    return entry.fetching
  }

  async #fetch(server: string, via: string | undefined): Promise<KeyDocument | undefined> {
    const direct = await this.#remote.tryRequest(server, 'serverKeys')
    const document = readKeyDocument(direct, server, this.#clock())
    if (document !== undefined || via === undefined || via === server || via === this.#remote.name)
      return document
    const relayed = await this.#remote.tryRequest(via, 'queryKeys', {
      params: { serverName: server },
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
    const entry = known ?? { document: undefined, asked: 0, fetching: undefined }
    this.#entries.delete(server)
    this.#entries.set(server, entry)
    for (const [oldest] of this.#entries) {
      if (this.#entries.size <= maxServers) break
      this.#entries.delete(oldest)
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
