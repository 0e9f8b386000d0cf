import {
  createPrivateKey,
  createPublicKey,
  type KeyObject,
  randomBytes,
  randomInt,
  sign,
  verify,
} from 'node:crypto'
import { decodeBase64, encodeBase64, encodeBase64Url } from './base64.ts'

const keyBytes = 32
const signatureBytes = 64

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
 * a key of small order or one not encoded as RFC 8032 demands: some versions of OpenSSL take these, and the verdict
 * must not depend on which is installed.
 */
export function verifySignature(
  publicKey: string,
  message: Uint8Array | string,
  signature: string,
): boolean {
  const key = importedKey(publicKey)
  const signed = decodeBase64(signature)
  if (key === undefined || signed?.length !== signatureBytes) return false
  return verify(null, bytesOf(message), key, signed)
}

/** The same on a thread that Node keeps for such work: so that all cores can take part. */
export function verifySignatureAside(
  publicKey: string,
  message: Uint8Array | string,
  signature: string,
): Promise<boolean> {
  const key = importedKey(publicKey)
  const signed = decodeBase64(signature)
  if (key === undefined || signed?.length !== signatureBytes) return Promise.resolve(false)
  return new Promise((resolve, reject) => {
    verify(null, bytesOf(message), key, signed, (error, isGood) =>
      error === null ? resolve(isGood) : reject(error),
    )
  })
}

const bytesOf = (message: Uint8Array | string): Uint8Array =>
  typeof message === 'string' ? Buffer.from(message) : message

/** Import costs more than it should, and most signatures are by few keys. Oldest out first. */
const imported = new Map<string, KeyObject>()
const importedLimit = 4096

function importedKey(publicKey: string): KeyObject | undefined {
  const known = imported.get(publicKey)
  if (known !== undefined) return known
  const bytes = decodeBase64(publicKey)
  if (bytes === undefined || !isUsablePoint(bytes)) return undefined
  const jwk = { kty: 'OKP', crv: 'Ed25519', x: encodeBase64Url(bytes) }
  const key = createPublicKey({ key: jwk, format: 'jwk' })
  const [oldest] = imported.keys()
  if (imported.size >= importedLimit && oldest !== undefined) imported.delete(oldest)
  imported.set(publicKey, key)
  return key
}

/**
 * The y coordinates, little endian, of the eight points whose order divides 8; each comes with either sign of x:
 * 0 (order 4), 1 (order 1), p-1 (order 2) and the two of order 8.
 */
const smallOrder = new Set([
  '0000000000000000000000000000000000000000000000000000000000000000',
  '0100000000000000000000000000000000000000000000000000000000000000',
  'ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f',
  '26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05',
  'c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac037a',
])

function isUsablePoint(bytes: Buffer): boolean {
  if (bytes.length !== keyBytes) return false
  const y = Buffer.from(bytes)
  y[keyBytes - 1] = y.readUInt8(keyBytes - 1) & 0x7f
  return !isBeyondField(y) && !smallOrder.has(y.toString('hex'))
}

/** y is p = 2^255-19 or more: a second encoding of a number from 0 to 18. */
const isBeyondField = (y: Buffer): boolean =>
  y.readUInt8(0) >= 0xed &&
  y.readUInt8(keyBytes - 1) === 0x7f &&
  y.subarray(1, keyBytes - 1).every((byte) => byte === 0xff)
