import {
  createPrivateKey,
  createPublicKey,
  type KeyObject,
  randomBytes,
  randomInt,
  sign,
} from 'node:crypto'
import { decodeBase64, encodeBase64 } from './base64.ts'
import { PublicKey } from './ed25519.ts'

const keyBytes = 32

/** What stands before the seed in a PKCS #8 private key of Ed25519 (RFC 8410). */
const pkcs8Header = Buffer.from('302e020100300506032b657004220420', 'hex')

const versionForm = /^[a-zA-Z0-9_]+$/

/** An Ed25519 key with which a server signs. */
export class SigningKey {
  /** Algorithm and version, as in `ed25519:a_1`. */
  readonly keyId: string
  /** Unpadded base64. */
  readonly publicKey: string
  /** 32 bytes. */
  readonly seed: Uint8Array
  readonly #privateKey: KeyObject

  private constructor(seed: Uint8Array, version: string) {
    if (seed.length !== keyBytes) throw new RangeError(`a seed has ${keyBytes} bytes`)
    if (!versionForm.test(version)) throw new RangeError(`${version} is no version of a key`)
    this.keyId = `ed25519:${version}`
    this.seed = Uint8Array.from(seed)
    this.#privateKey = createPrivateKey({
      key: Buffer.concat([pkcs8Header, seed]),
      format: 'der',
      type: 'pkcs8',
    })
    const { x = '' } = createPublicKey(this.#privateKey).export({ format: 'jwk' })
    this.publicKey = encodeBase64(Buffer.from(x, 'base64url'))
  }

  /** A new key; without a version, one that no other key of the server will have. */
  static generate(version?: string): SigningKey {
    const seed = randomBytes(keyBytes)
    return new SigningKey(seed, version ?? `a_${randomInt(2 ** 47).toString(36)}`)
  }

  /** The key of a seed of 32 bytes; the version holds letters, digits and `_`. Throws RangeError. */
  static fromSeed(seed: Uint8Array, version: string): SigningKey {
    return new SigningKey(seed, version)
  }

  /** The signature of the bytes, or of the text in UTF-8, in unpadded base64. */
  sign(message: Uint8Array | string): string {
    return encodeBase64(sign(null, bytesOf(message), this.#privateKey))
  }
}

/**
 * Whether `signature` is one of these bytes by that key, both in base64. What cannot be decoded is false, and so is
 * what RFC 8032 leaves to the library: points of small order, in the key or the signature.
 */
export function verifySignature(
  publicKey: string,
  message: Uint8Array | string,
  signature: string,
): boolean {
  const key = importedKey(publicKey)
  const signed = decodeBase64(signature)
  if (key === undefined || signed === undefined) return false
  return key.verify(bytesOf(message), signed)
}

/** The same for many at once: all cores take part. */
export function verifySignatureAside(
  publicKey: string,
  message: Uint8Array | string,
  signature: string,
): Promise<boolean> {
  const key = importedKey(publicKey)
  const signed = decodeBase64(signature)
  if (key === undefined || signed === undefined) return Promise.resolve(false)
  return key.verifyAside(bytesOf(message), signed)
}

const bytesOf = (message: Uint8Array | string): Buffer =>
  typeof message === 'string'
    ? Buffer.from(message)
    : Buffer.from(message.buffer, message.byteOffset, message.byteLength)

/** Import costs more than it should, and most signatures are by few keys. Oldest out first. */
const imported = new Map<string, PublicKey>()
const importedLimit = 4096

function importedKey(publicKey: string): PublicKey | undefined {
  const known = imported.get(publicKey)
  if (known !== undefined) return known
  const bytes = decodeBase64(publicKey)
  const key = bytes && PublicKey.of(bytes)
  if (key === undefined) return undefined
  const [oldest] = imported.keys()
  if (imported.size >= importedLimit && oldest !== undefined) imported.delete(oldest)
  imported.set(publicKey, key)
  return key
}
