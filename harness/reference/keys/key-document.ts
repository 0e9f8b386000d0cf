import { integerAt, stringAt, valueAt } from '../../matrix/content.ts'
import type { Json, JsonObject } from '../../matrix/event.ts'
import { isObject } from '../../matrix/json.ts'
import type { VerifyKey } from '../../matrix/sign-event.ts'
import { signJson, verifyJson } from '../../matrix/sign-json.ts'
import type { SigningKey } from '../../matrix/signing-key.ts'

/** One server's published keys, checked. */
export interface KeyDocument {
  readonly server: string
  /** As it was published. */
  readonly json: JsonObject
  /** By key id; validity is the smaller of what the server says and seven days. */
  readonly keys: ReadonlyMap<string, VerifyKey>
}

/** Keys that a server has signed with, by id, each with the time of its end. */
export type RetiredKeys = Readonly<
  Record<string, { readonly key: string; readonly expired_ts: number }>
>

const week = 7 * 24 * 3_600_000
/** More is not a plausible document. */
const maxKeys = 100

/** What a server publishes about its own key (GET /_matrix/key/v2/server). */
export function ownKeyDocument(
  server: string,
  key: SigningKey,
  validUntil: number,
  retired: RetiredKeys = {},
): JsonObject {
  // In the order of canonical JSON: there are those who check the signature over the bytes as they come.
  const unsigned = {
    old_verify_keys: retired,
    server_name: server,
    valid_until_ts: validUntil,
    verify_keys: { [key.keyId]: { key: key.publicKey } },
  }
  return signJson(unsigned, server, key)
}

/**
 * Checks a document that `server` is said to have published: its name, and the signature by each key that it lists.
 * Keys without a valid signature are left out; without any key it is worth nothing and the answer is undefined.
 */
export function readKeyDocument(
  json: Json | undefined,
  server: string,
  now: number,
): KeyDocument | undefined {
  if (!isObject(json) || valueAt(json, 'server_name') !== server) return undefined
  const stated = integerAt(json, 'valid_until_ts')
  if (stated === undefined) return undefined
  const validUntil = Math.min(stated, now + week)
  const active = entriesOf(json, 'verify_keys').flatMap(([keyId, value]) => {
    const publicKey = stringAt(value, 'key')
    if (publicKey === undefined || !verifyJson(json, server, keyId, publicKey)) return []
    return [[keyId, { publicKey, validUntil }] as const]
  })
  if (active.length === 0) return undefined
  const retired = entriesOf(json, 'old_verify_keys').flatMap(([keyId, value]) => {
    const publicKey = stringAt(value, 'key')
    const expired = integerAt(value, 'expired_ts')
    if (publicKey === undefined || expired === undefined) return []
    return [[keyId, { publicKey, validUntil: expired, expired }] as const]
  })
  return { server, json, keys: new Map<string, VerifyKey>([...retired, ...active]) }
}

function entriesOf(json: JsonObject, key: string): readonly (readonly [string, Json])[] {
  const value = valueAt(json, key)
  return isObject(value) ? Object.entries(value).slice(0, maxKeys) : []
}
