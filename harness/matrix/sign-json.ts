import { CanonicalJsonError, canonicalJson, type Numbers } from './canonical-json.ts'
import type { JsonObject } from './event.ts'
import { isObject, member } from './json.ts'
import { type SigningKey, verifySignature } from './signing-key.ts'

/** The text that is signed: canonical, without `signatures` and `unsigned` (appendices#signing-details). Throws CanonicalJsonError. */
export function signedText(value: JsonObject, numbers?: Numbers): string {
  const { signatures: _, unsigned: __, ...signed } = value
  return canonicalJson(signed, numbers)
}

/** `signatures` of the value with one more; what is no object on the way there is replaced. */
function withSignature(
  value: JsonObject,
  entity: string,
  signature: readonly [keyId: string, signature: string],
): JsonObject {
  const all = objectAt(value, 'signatures')
  const [keyId, text] = signature
  return {
    ...value,
    signatures: { ...all, [entity]: { ...objectAt(all, entity), [keyId]: text } },
  }
}

function objectAt(object: JsonObject, key: string): JsonObject {
  const inner = member(object, key)
  return isObject(inner) ? inner : {}
}

/** Adds the entity's signature; other signatures and `unsigned` stay as they are. Throws CanonicalJsonError. */
export const signJson = (value: JsonObject, entity: string, key: SigningKey): JsonObject =>
  withSignature(value, entity, [key.keyId, key.sign(signedText(value))])

/** The signature of that entity by that key, if there is one that is text. */
export function signatureOf(value: JsonObject, entity: string, keyId: string): string | undefined {
  const signature = member(objectAt(objectAt(value, 'signatures'), entity), keyId)
  return typeof signature === 'string' ? signature : undefined
}

/** Whether the value holds a good Ed25519 signature of that entity by that key (appendices#checking-for-a-signature). */
export function verifyJson(
  value: JsonObject,
  entity: string,
  keyId: string,
  publicKey: string,
): boolean {
  const signature = keyId.startsWith('ed25519:') ? signatureOf(value, entity, keyId) : undefined
  if (signature === undefined) return false
  try {
    return verifySignature(publicKey, signedText(value), signature)
  } catch (error) {
    if (error instanceof CanonicalJsonError) return false
    throw error
  }
}
