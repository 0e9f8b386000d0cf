import { decodeBase64 } from '../../matrix/base64.ts'
import { stringAt, valueAt } from '../../matrix/content.ts'
import type { Json, JsonObject } from '../../matrix/event.ts'
import { isObject } from '../../matrix/json.ts'
import { signatureOf, signedText, verifyJson } from '../../matrix/sign-json.ts'

export type Usage = 'master' | 'self_signing' | 'user_signing'

/** A user's cross-signing key as it is published: user_id, usage, keys with one entry, signatures. */
export interface CrossSigningKey {
  readonly json: JsonObject
  /** `ed25519:` and the public key in unpadded base64. */
  readonly keyId: string
  readonly publicKey: string
}

const keyBytes = 32

/** Undefined for what is no such key of that user (client-server-api#key-and-signature-security). */
export function readCrossSigningKey(
  json: Json | undefined,
  user: string,
  usage: Usage,
): CrossSigningKey | undefined {
  if (!isObject(json) || stringAt(json, 'user_id') !== user) return undefined
  const usages = valueAt(json, 'usage')
  const keys = valueAt(json, 'keys')
  if (!Array.isArray(usages) || !usages.includes(usage) || !isObject(keys)) return undefined
  const [entry, ...more] = Object.entries(keys)
  if (entry === undefined || more.length > 0) return undefined
  const [keyId, publicKey] = entry
  if (typeof publicKey !== 'string' || keyId !== `ed25519:${publicKey}`) return undefined
  return decodeBase64(publicKey)?.length === keyBytes ? { json, keyId, publicKey } : undefined
}

/** Whether `user` has signed the object with that key. */
export const isSignedBy = (
  json: JsonObject,
  user: string,
  { keyId, publicKey }: Pick<CrossSigningKey, 'keyId' | 'publicKey'>,
): boolean => verifyJson(json, user, keyId, publicKey)

/** Whether two objects differ only in what signatures do not cover. */
export function isSameObject(one: JsonObject, other: JsonObject): boolean {
  try {
    return signedText(one) === signedText(other)
  } catch {
    // What has no canonical form cannot have been signed.
    return false
  }
}

/** `json` with one signature of `from` more. */
export function takeSignature(
  json: JsonObject,
  from: JsonObject,
  user: string,
  keyId: string,
): JsonObject {
  const signature = signatureOf(from, user, keyId)
  if (signature === undefined) return json
  return withSignatures(json, user, { [keyId]: signature })
}

/** `json` with further signatures of a user. */
export function withSignatures(json: JsonObject, user: string, added: JsonObject): JsonObject {
  const signatures = valueAt(json, 'signatures')
  const all = isObject(signatures) ? signatures : {}
  const own = valueAt(all, user)
  return {
    ...json,
    signatures: { ...all, [user]: { ...(isObject(own) ? own : {}), ...added } },
  }
}
