import { createPublicKey, type KeyObject, verify as verifyByOpenSsl } from 'node:crypto'
import { createRequire } from 'node:module'
import type * as SodiumNative from 'sodium-native'
import { encodeBase64Url } from './base64.ts'
import { keyBytes, signatureBytes, VerifyingThreads } from './verifying-threads.ts'

interface Sodium {
  readonly verify: (signature: Buffer, message: Buffer, publicKey: Buffer) => boolean
  readonly threads: VerifyingThreads
}

let sodium: Sodium | null | undefined

/** libsodium, which takes half the time of OpenSSL. It is loaded when first needed, which takes 20 ms; null where it has no build for the platform. */
function libsodium(): Sodium | null {
  if (sodium !== undefined) return sodium
  try {
    const require = createRequire(import.meta.url)
    const library: typeof SodiumNative = require('sodium-native')
    const verify = library.crypto_sign_verify_detached
    const threads = new VerifyingThreads(
      require.resolve('sodium-native'),
      ({ signature, message, publicKey }) => verify(signature, message, publicKey),
    )
    sodium = { verify, threads }
  } catch {
    sodium = null
  }
  return sodium
}

/**
 * A key to verify with (RFC 8032). Verdicts are the same by libsodium and by every version of OpenSSL: what these see
 * differently, points of small order in a key or a signature and points not encoded as they must be, is refused here.
 */
export class PublicKey {
  readonly #bytes: Buffer
  #openSsl: KeyObject | undefined

  private constructor(bytes: Buffer) {
    this.#bytes = bytes
  }

  /** The key of 32 bytes; undefined for any other number of bytes, and for a point that no key can be. */
  static of(bytes: Buffer): PublicKey | undefined {
    return bytes.length === keyBytes && isUsablePoint(bytes) ? new PublicKey(bytes) : undefined
  }

  /** Whether these 64 bytes sign the message; other numbers of bytes do not. */
  verify(message: Buffer, signature: Buffer): boolean {
    const quick = libsodium()
    if (quick === null) return this.verifyByOpenSsl(message, signature)
    return signature.length === signatureBytes && quick.verify(signature, message, this.#bytes)
  }

  /** The same by OpenSSL. */
  verifyByOpenSsl(message: Buffer, signature: Buffer): boolean {
    return isOfUse(signature) && verifyByOpenSsl(null, message, this.#keyObject, signature)
  }

  /** The same for many at once: on all cores. */
  verifyAside(message: Buffer, signature: Buffer): Promise<boolean> {
    const quick = libsodium()
    if (quick === null) return this.#verifyAsideByOpenSsl(message, signature)
    if (signature.length !== signatureBytes) return Promise.resolve(false)
    return new Promise((done) => {
      quick.threads.add({ publicKey: this.#bytes, signature, message, done })
    })
  }

  /** On one of Node's threads, of which there are four (`UV_THREADPOOL_SIZE`). */
  #verifyAsideByOpenSsl(message: Buffer, signature: Buffer): Promise<boolean> {
    if (!isOfUse(signature)) return Promise.resolve(false)
    return new Promise((resolve, reject) => {
      verifyByOpenSsl(null, message, this.#keyObject, signature, (error, isGood) =>
        error === null ? resolve(isGood) : reject(error),
      )
    })
  }

  get #keyObject(): KeyObject {
    const jwk = { kty: 'OKP', crv: 'Ed25519', x: encodeBase64Url(this.#bytes) }
    this.#openSsl ??= createPublicKey({ key: jwk, format: 'jwk' })
    return this.#openSsl
  }
}

const isOfUse = (signature: Buffer): boolean =>
  signature.length === signatureBytes && isUsablePoint(signature.subarray(0, keyBytes))

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
  const y = Buffer.from(bytes)
  y[keyBytes - 1] = y.readUInt8(keyBytes - 1) & 0x7f
  return !isBeyondField(y) && !smallOrder.has(y.toString('hex'))
}

/** y is p = 2^255-19 or more: a second encoding of a number from 0 to 18. */
const isBeyondField = (y: Buffer): boolean =>
  y.readUInt8(0) >= 0xed &&
  y.readUInt8(keyBytes - 1) === 0x7f &&
  y.subarray(1, keyBytes - 1).every((byte) => byte === 0xff)
