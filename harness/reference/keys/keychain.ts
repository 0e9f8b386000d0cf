import type { JsonObject } from '../../matrix/event.ts'
import type { VerifyKey } from '../../matrix/sign-event.ts'
import { SigningKey } from '../../matrix/signing-key.ts'
import type { Author } from '../rooms/build.ts'
import type { Store, Table } from '../store/store.ts'
import { StoreError } from '../store/store-error.ts'
import { ownKeyDocument, type RetiredKeys } from './key-document.ts'

/** How a server knows itself again. `seed`: base64. */
type Own = {
  readonly name: string
  readonly version: string
  readonly seed: string
  readonly retired?: RetiredKeys
}

/** Others fetch a server's keys again when this is over at the latest. */
const lifetimeMs = 24 * 3_600_000

interface Wishes {
  /** For a server that has no key yet. */
  readonly key?: SigningKey | undefined
  readonly clock: () => number
}

/** The keys of this server: the one that it signs with, and those that it signed with before (server-server-api#publishing-keys). */
export class Keychain implements Author {
  readonly name: string
  readonly #table: Table<Own>
  readonly clock: () => number
  #current: SigningKey
  #retired: RetiredKeys

  /** @throws StoreError `owner` where the store is another server's, or belongs to another key than the wanted */
  constructor(store: Store, name: string, { key, clock }: Wishes) {
    this.name = name
    this.#table = store.table('own')
    this.clock = clock
    const known = this.#table.get('key')
    this.#retired = known?.retired ?? {}
    if (known === undefined) {
      this.#current = key ?? SigningKey.generate()
      this.#keep()
      return
    }
    if (known.name !== name)
      throw new StoreError('owner', `the data is of the server ${known.name}, not of ${name}`)
    this.#current = SigningKey.fromSeed(Buffer.from(known.seed, 'base64'), known.version)
    if (key !== undefined && this.find(key.keyId)?.publicKey !== key.publicKey)
      throw new StoreError('owner', `the data is of ${name} with another signing key`)
  }

  #keep(): void {
    const { keyId, seed } = this.#current
    this.#table.set('key', {
      name: this.name,
      version: keyId.slice('ed25519:'.length),
      seed: Buffer.from(seed).toString('base64'),
      ...(Object.keys(this.#retired).length === 0 ? {} : { retired: this.#retired }),
    })
  }

  get key(): SigningKey {
    return this.#current
  }

  /** From now on another key signs; the former one goes on counting for the events that it has signed. Throws RangeError for a key id that was used before. */
  rotate(next: SigningKey = SigningKey.generate()): void {
    const { keyId, publicKey } = this.#current
    if (this.find(next.keyId) !== undefined) throw new RangeError(`${next.keyId} was used before`)
    const expired_ts = this.clock()
    this.#retired = { ...this.#retired, [keyId]: { key: publicKey, expired_ts } }
    this.#current = next
    this.#keep()
  }

  /** A key of this server by its id, as others have to judge it. */
  find(keyId: string): VerifyKey | undefined {
    const { publicKey } = this.#current
    if (keyId === this.#current.keyId) return { publicKey, validUntil: Number.MAX_SAFE_INTEGER }
    const old = Object.hasOwn(this.#retired, keyId) ? this.#retired[keyId] : undefined
    if (old === undefined) return undefined
    return { publicKey: old.key, validUntil: old.expired_ts, expired: old.expired_ts }
  }

  /** What this server publishes. */
  document(): JsonObject {
    const validUntil = this.clock() + lifetimeMs
    return ownKeyDocument(this.name, this.#current, validUntil, this.#retired)
  }
}
