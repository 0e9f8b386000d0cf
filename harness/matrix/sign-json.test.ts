import assert from 'node:assert/strict'
import { describe, it } from 'mocha'
import { decodeBase64 } from './base64.ts'
import { CanonicalJsonError } from './canonical-json.ts'
import type { JsonObject } from './event.ts'
import { signatureOf, signedText, signJson, verifyJson } from './sign-json.ts'
import { SigningKey } from './signing-key.ts'

const seed = decodeBase64('YJDBA9Xnr2sVqXD9Vj7XVUnmFZcZrlw8Md7kMW+3XA1') ?? new Uint8Array()
const key = SigningKey.fromSeed(seed, '1')
const other = SigningKey.generate('2')

const isGood = (value: JsonObject, keyId = key.keyId, publicKey = key.publicKey): boolean =>
  verifyJson(value, 'domain', keyId, publicKey)

describe('signed JSON', () => {
  it('gives the published values', () => {
    assert.deepEqual(signJson({}, 'domain', key), {
      signatures: {
        domain: {
          'ed25519:1':
            'K8280/U9SSy9IVtjBuVeLr+HpOB4BQFWbg+UZaADMtTdGYI7Geitb76LTrr5QV/7Xg4ahLwYGYZzuHGZKM5ZAQ',
        },
      },
    })
    assert.deepEqual(signJson({ one: 1, two: 'Two' }, 'domain', key), {
      one: 1,
      two: 'Two',
      signatures: {
        domain: {
          'ed25519:1':
            'KqmLSbO39/Bzb0QIYE82zqLwsA+PDzYIpIRA2sRQ4sL53+sN6/fpNSoqE7BP7vBZhG6kYdD13EIMJpvhJI+6Bw',
        },
      },
    })
  })

  it('keeps other signatures and what is unsigned', () => {
    const once = signJson({ a: 1, unsigned: { age: 5 } }, 'domain', other)
    const twice = signJson(signJson(once, 'domain', key), 'elsewhere', key)
    assert.deepEqual(twice['unsigned'], { age: 5 })
    assert.ok(verifyJson(twice, 'domain', other.keyId, other.publicKey))
    assert.ok(isGood(twice))
    assert.ok(verifyJson(twice, 'elsewhere', key.keyId, key.publicKey))
    assert.ok(isGood({ ...twice, unsigned: { age: 6 } }))
    assert.equal(signedText(twice), '{"a":1}')
  })

  it('is not good when anything else was changed', () => {
    const signed = signJson({ a: 1, b: [] }, 'domain', key)
    assert.ok(isGood(signed))
    for (const change of [{ a: 2 }, { b: [0] }, { c: null }]) {
      assert.ok(!isGood({ ...signed, ...change }))
    }
  })

  it('is good by the entity and the key that signed, and by no other', () => {
    const signed = signJson({ a: 1 }, 'domain', key)
    assert.ok(!verifyJson(signed, 'elsewhere', key.keyId, key.publicKey))
    assert.ok(!isGood(signed, 'ed25519:2'))
    assert.ok(!isGood(signed, key.keyId, other.publicKey))
    assert.ok(!verifyJson(signed, '__proto__', 'constructor', key.publicKey))
  })

  it('knows no algorithm but Ed25519', () => {
    const text = signatureOf(signJson({}, 'domain', key), 'domain', key.keyId) ?? ''
    assert.ok(!isGood({ signatures: { domain: { 'foo:1': text } } }, 'foo:1'))
    assert.ok(isGood({ signatures: { domain: { 'ed25519:1': text, 'foo:1': 'bar' } } }))
  })

  it('is not good when the signature is not where and what it must be', () => {
    const values: JsonObject[] = [
      {},
      { signatures: null },
      { signatures: [] },
      { signatures: {} },
      { signatures: { domain: 'x' } },
      { signatures: { domain: {} } },
      { signatures: { domain: { 'ed25519:1': 5 } } },
      { signatures: { domain: { 'ed25519:1': '!!!' } } },
    ]
    for (const value of values) assert.ok(!isGood(value))
  })

  it('replaces signatures that are no object', () => {
    for (const signatures of [null, 'x', [], { domain: 'x' }, { domain: [1] }]) {
      assert.ok(isGood(signJson({ signatures }, 'domain', key)))
    }
  })

  it('needs a canonical form', () => {
    assert.throws(() => signJson({ a: 1.5 }, 'domain', key), CanonicalJsonError)
    const signed = signJson({}, 'domain', key)
    assert.ok(!isGood({ ...signed, a: 1.5 }))
    assert.ok(isGood({ ...signed, unsigned: { a: 1.5 } }))
  })

  it('takes an entity called __proto__', () => {
    const signed = signJson({}, '__proto__', key)
    assert.ok(verifyJson(signed, '__proto__', key.keyId, key.publicKey))
  })
})
