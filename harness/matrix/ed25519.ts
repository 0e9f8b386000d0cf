import { createPublicKey, type KeyObject, verify as verifyByOpenSsl } from 'node:crypto'
import { createRequire } from 'node:module'
import { availableParallelism } from 'node:os'
import type * as SodiumNative from 'sodium-native'
import { encodeBase64Url } from './base64.ts'

const keyBytes = 32
const signatureBytes = 64

type Verify = (signature: Buffer, message: Buffer, publicKey: Buffer) => boolean

let sodium: Verify | null | undefined

/** libsodium's, which takes half the time of OpenSSL's. It is loaded when first needed, which takes 20 ms; null where it has no build for the platform. */
function sodiumVerify(): Verify | null {
  if (sodium !== undefined) return sodium
  try {
    const library: typeof SodiumNative = createRequire(import.meta.url)('sodium-native')
    sodium = library.crypto_sign_verify_detached
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
    const quick = sodiumVerify()
    if (quick === null) return this.verifyByOpenSsl(message, signature)
    return signature.length === signatureBytes && quick(signature, message, this.#bytes)
  }

  /** The same by OpenSSL. */
  verifyByOpenSsl(message: Buffer, signature: Buffer): boolean {
    return isOfUse(signature) && verifyByOpenSsl(null, message, this.#keyObject, signature)
  }

  /** The same on one of Node's threads, of which there are four (`UV_THREADPOOL_SIZE`), or here while these are busy. */
  verifyAside(message: Buffer, signature: Buffer): Promise<boolean> {
    if (!isOfUse(signature)) return Promise.resolve(false)
    return new Promise((resolve, reject) => {
      const here = (): void => resolve(this.verify(message, signature))
      const aside = (done: () => void): void =>
        verifyByOpenSsl(null, message, this.#keyObject, signature, (error, isGood) => {
          done()
          if (error === null) resolve(isGood)
          else reject(error)
        })
      shareOut({ here, aside })
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

/** One verification, to be done by the thread that asks or by another. */
interface Task {
  readonly here: () => void
  readonly aside: (done: () => void) => void
}

/** As many as keep the other cores busy from one turn of the event loop to the next. */
const asideAtMost = 3 * Math.max(1, availableParallelism() - 1)
/** After so many the event loop has its turn, which hands new work to the threads. */
const hereAtOnce = 2

let waiting: Task[] = []
let taken = 0
let aside = 0
let isScheduled = false

function shareOut(task: Task): void {
  waiting.push(task)
  if (aside < asideAtMost) sendAside()
  else if (!isScheduled) schedule()
}

function sendAside(): void {
  while (aside < asideAtMost) {
    const task = next()
    if (task === undefined) return
    aside += 1
    task.aside(() => {
      aside -= 1
      sendAside()
    })
  }
}

function schedule(): void {
  isScheduled = true
  setImmediate(() => {
    isScheduled = false
    for (let count = 0; count < hereAtOnce; count += 1) next()?.here()
    if (waiting.length > 0) schedule()
  })
}

/** Oldest first, and without moving those that are left. */
function next(): Task | undefined {
  const task = waiting[taken++]
  if (taken >= waiting.length) [waiting, taken] = [[], 0]
  return task
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
  const y = Buffer.from(bytes)
  y[keyBytes - 1] = y.readUInt8(keyBytes - 1) & 0x7f
  return !isBeyondField(y) && !smallOrder.has(y.toString('hex'))
}

/** y is p = 2^255-19 or more: a second encoding of a number from 0 to 18. */
const isBeyondField = (y: Buffer): boolean =>
  y.readUInt8(0) >= 0xed &&
  y.readUInt8(keyBytes - 1) === 0x7f &&
  y.subarray(1, keyBytes - 1).every((byte) => byte === 0xff)
