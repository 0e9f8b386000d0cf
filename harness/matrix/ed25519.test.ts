import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { fileURLToPath } from 'node:url'
import * as fc from 'fast-check'
import { describe, it } from 'mocha'
import { decodeBase64 } from './base64.ts'
import { PublicKey } from './ed25519.ts'
import { SigningKey } from './signing-key.ts'

const bytesOf = (text: string): Buffer => decodeBase64(text) ?? assert.fail(`${text} is no base64`)

const signing = SigningKey.fromSeed(Buffer.alloc(32, 7), '1')
const key = PublicKey.of(bytesOf(signing.publicKey)) ?? assert.fail('the key is none')
const signatureOf = (message: Buffer): Buffer => bytesOf(signing.sign(message))

/** By libsodium, by OpenSSL and by whichever has time. */
const verdicts = async (message: Buffer, signature: Buffer): Promise<readonly boolean[]> => [
  key.verify(message, signature),
  key.verifyByOpenSsl(message, signature),
  await key.verifyAside(message, signature),
]

const groupOrder = 2n ** 252n + 27742317777372353535851937790883648493n
const numberOf = (littleEndian: Uint8Array): bigint =>
  BigInt(`0x${Buffer.from(littleEndian.toReversed()).toString('hex')}`)
const sha512 = (...parts: readonly Uint8Array[]): Buffer =>
  createHash('sha512').update(Buffer.concat(parts)).digest()

/** What the owner of the key gets with 0 for the secret number of a signature: R is the point of order 1. */
function signatureOfSmallOrder(message: Buffer): Buffer {
  const scalar = sha512(signing.seed).subarray(0, 32)
  scalar[0] = scalar.readUInt8(0) & 0xf8
  scalar[31] = (scalar.readUInt8(31) & 0x7f) | 0x40
  const r = Buffer.alloc(32)
  r[0] = 1
  const k = numberOf(sha512(r, bytesOf(signing.publicKey), message)) % groupOrder
  const s = ((k * numberOf(scalar)) % groupOrder).toString(16).padStart(64, '0')
  return Buffer.concat([r, Buffer.from(s, 'hex').toReversed()])
}

describe('PublicKey', () => {
  it('gives the same verdict by every library', () =>
    fc.assert(
      fc.asyncProperty(
        fc.uint8Array({ maxLength: 2000 }),
        fc.option(fc.tuple(fc.nat(63), fc.integer({ min: 1, max: 255 }))),
        async (bytes, change) => {
          const message = Buffer.from(bytes)
          const signature = signatureOf(message)
          if (change !== null) signature[change[0]] = signature.readUInt8(change[0]) ^ change[1]
          const good = change === null
          assert.deepEqual(await verdicts(message, signature), [good, good, good])
        },
      ),
      { numRuns: 200 },
    ))

  it('refuses a signature whose point is of small order, which OpenSSL alone would take', async () => {
    const message = Buffer.from('x')
    assert.deepEqual(await verdicts(message, signatureOfSmallOrder(message)), [false, false, false])
  })

  it('refuses other numbers of bytes', async () => {
    const message = Buffer.from('x')
    for (const length of [0, 63, 65])
      assert.deepEqual(await verdicts(message, Buffer.alloc(length)), [false, false, false])
    assert.equal(PublicKey.of(Buffer.alloc(31, 9)), undefined)
  })

  it('tells which of many at once are good', async () => {
    const messages = Array.from({ length: 300 }, (_, at) => Buffer.from(`message ${at}`))
    const found = await Promise.all(
      messages.map((message, at) =>
        key.verifyAside(message, signatureOf(at % 3 === 0 ? Buffer.from('another') : message)),
      ),
    )
    assert.deepEqual(
      found,
      messages.map((_, at) => at % 3 !== 0),
    )
  })

  it('does without libsodium where that cannot be loaded', () => {
    const module = fileURLToPath(new URL('ed25519.ts', import.meta.url))
    const script = `
      import Module from 'node:module'
      const load = Module._load
      Module._load = (name, ...rest) => {
        if (name === 'sodium-native') throw new Error('no build for this platform')
        return load(name, ...rest)
      }
      const { PublicKey } = await import(${JSON.stringify(module)})
      const bytes = (text) => Buffer.from(text, 'base64')
      const key = PublicKey.of(bytes(${JSON.stringify(signing.publicKey)}))
      const signature = bytes(${JSON.stringify(signing.sign('x'))})
      const verdicts = ['x', 'y'].map((text) => key.verify(Buffer.from(text), signature))
      const loaded = Object.keys(Module._cache).filter((path) => path.includes('sodium-native'))
      console.log(...verdicts, loaded.length)`
    const printed = execFileSync(
      process.execPath,
      ['--import', 'tsx', '--input-type=module', '--eval', script],
      { encoding: 'utf8', timeout: 20_000 },
    )
    assert.equal(printed.trim(), 'true false 0')
  })
})
