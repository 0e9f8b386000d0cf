import type { JsonObject } from '../../matrix/event.ts'
import { invalidParam, MatrixError } from '../errors.ts'
import type { Table } from '../store/store.ts'
import {
  type CrossSigningKey,
  isSameObject,
  isSignedBy,
  readCrossSigningKey,
  type Usage,
  withSignatures,
} from './cross-signing-key.ts'

/** A user's public keys by their names in requests. */
export type CrossSigningKeys = {
  readonly master_key?: JsonObject
  readonly self_signing_key?: JsonObject
  readonly user_signing_key?: JsonObject
}

/** Signatures by key id, by user who was signed for, by the key that was signed. */
type Attestations = Readonly<
  Record<string, Readonly<Record<string, Readonly<Record<string, string>>>>>
>

const names = ['master_key', 'self_signing_key', 'user_signing_key'] as const
const usages: Readonly<Record<keyof CrossSigningKeys, Usage>> = {
  master_key: 'master',
  self_signing_key: 'self_signing',
  user_signing_key: 'user_signing',
}

/** Called with every change; a private one is none but for the user. */
type Listener = (user: string, isPrivate: boolean) => void

/** Cross-signing keys of this server's users, and what they have signed of other users (client-server-api#cross-signing). */
export class CrossSigning {
  readonly #keys: Table<CrossSigningKeys>
  /** By who signed. */
  readonly #attestations: Table<Attestations>
  readonly #listeners = new Set<Listener>()

  constructor(keys: Table<CrossSigningKeys>, attestations: Table<Attestations>) {
    this.#keys = keys
    this.#attestations = attestations
  }

  onChange(listener: Listener): void {
    this.#listeners.add(listener)
  }

  of(user: string): CrossSigningKeys {
    return this.#keys.get(user) ?? {}
  }

  key(user: string, name: keyof CrossSigningKeys): CrossSigningKey | undefined {
    return readCrossSigningKey(this.of(user)[name], user, usages[name])
  }

  /** What `viewer` may know: the user-signing key is for its owner, as are signatures for other users. */
  seenBy(viewer: string, user: string, known: CrossSigningKeys = this.of(user)): CrossSigningKeys {
    const { user_signing_key: own, ...open } = known
    if (viewer === user) return own === undefined ? open : { ...open, user_signing_key: own }
    const master = readCrossSigningKey(open.master_key, user, 'master')
    if (master === undefined) return open
    const signed = this.#attestations.get(viewer)?.[user]?.[master.keyId]
    if (signed === undefined) return open
    return { ...open, master_key: withSignatures(master.json, viewer, signed) }
  }

  /** Whether an upload would replace what is there, so that who asks has to prove who it is. */
  replaces(user: string, body: JsonObject): boolean {
    const known = this.of(user)
    if (known.master_key === undefined) return false
    return names.some((name) => {
      const offered = body[name]
      const had = known[name]
      if (offered === undefined) return false
      const key = readCrossSigningKey(offered, user, usages[name])
      return key === undefined || had === undefined || !isSameObject(key.json, had)
    })
  }

  /** M_INVALID_PARAM, M_MISSING_PARAM, M_INVALID_SIGNATURE; M_FORBIDDEN for a key that is named as a device. */
  upload(user: string, body: JsonObject, devices: readonly string[]): void {
    const offered = names.flatMap((name) => {
      if (body[name] === undefined) return []
      const key = readCrossSigningKey(body[name], user, usages[name])
      if (key === undefined) throw invalidParam(`${name} is no such key of ${user}`)
      if (devices.includes(key.publicKey))
        throw new MatrixError(403, 'M_FORBIDDEN', 'a device has the name of the key')
      return [[name, key] as const]
    })
    const masters = new Map(offered)
    const master = masters.get('master_key') ?? this.key(user, 'master_key')
    if (master === undefined)
      throw new MatrixError(400, 'M_MISSING_PARAM', 'there is no master key')
    for (const [name, key] of offered)
      if (name !== 'master_key' && !isSignedBy(key.json, user, master))
        throw new MatrixError(400, 'M_INVALID_SIGNATURE', `${name} is not signed by the master key`)
    const known = this.of(user)
    const changed = offered.filter(([name, { json }]) => !isSame(known[name], json))
    if (changed.length === 0) return
    // What an earlier master key has vouched for is worth nothing under a new one.
    const kept = changed.some(([name]) => name === 'master_key') ? {} : known
    const fresh = Object.fromEntries(offered.map(([name, { json }]) => [name, json]))
    this.#set(
      user,
      { ...kept, ...fresh },
      changed.every(([name]) => name === 'user_signing_key'),
    )
  }

  /** A signature of one of the user's devices for the user's own master key. */
  signMaster(user: string, signed: JsonObject): void {
    this.#set(user, { ...this.of(user), master_key: signed })
  }

  #set(user: string, keys: CrossSigningKeys, isPrivate = false): void {
    this.#keys.set(user, keys)
    for (const listener of this.#listeners) listener(user, isPrivate)
  }

  /** `by`, a user of this server, vouches for another user's master key. */
  attest(by: string, user: string, keyId: string, signatures: Readonly<Record<string, string>>) {
    const all = this.#attestations.get(by) ?? {}
    const ofUser = all[user] ?? {}
    this.#attestations.set(by, {
      ...all,
      [user]: { ...ofUser, [keyId]: { ...ofUser[keyId], ...signatures } },
    })
  }
}

const isSame = (had: JsonObject | undefined, json: JsonObject): boolean =>
  had !== undefined && isSameObject(had, json)
