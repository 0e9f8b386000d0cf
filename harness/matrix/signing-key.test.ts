import assert from 'node:assert/strict'
import * as fc from 'fast-check'
import { describe, it } from 'mocha'
import { decodeBase64, encodeBase64 } from './base64.ts'
import { SigningKey, verifySignature } from './signing-key.ts'

const seed = decodeBase64('YJDBA9Xnr2sVqXD9Vj7XVUnmFZcZrlw8Md7kMW+3XA1') ?? new Uint8Array()
const key = SigningKey.fromSeed(seed, '1')

/** p = 2^255-19 in little endian, plus n. */
function beyondField(n: number): Buffer {
  const bytes = Buffer.alloc(32, 0xff)
  bytes[0] = 0xed + n
  bytes[31] = 0x7f
  return bytes
}

const withSign = (y: Buffer): Buffer => {
  const bytes = Buffer.from(y)
  bytes[31] = y.readUInt8(31) | 0x80
  return bytes
}

/** Whatever the message, R = identity and S = 0 fit the key that is the identity, in the equation with the cofactor. */
const emptySignature = encodeBase64(Buffer.concat([Buffer.from([1]), Buffer.alloc(63)]))

describe('signing keys', () => {
  it('come from a seed', () => {
    assert.equal(key.keyId, 'ed25519:1')
    assert.equal(key.publicKey, 'XGX0JRS2Af3be3knz2fBiRbApjm2Dh61gXDJA8kcJNI')
    assert.deepEqual(Buffer.from(key.seed), Buffer.from(seed))
  })

  it('give the vectors of RFC 8032', () => {
    const first = SigningKey.fromSeed(
      Buffer.from('9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60', 'hex'),
      'a',
    )
    assert.equal(
      decodeBase64(first.publicKey)?.toString('hex'),
      'd75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a',
    )
    assert.equal(
      decodeBase64(first.sign(''))?.toString('hex'),
      'e5564300c360ac729086e2cc806e828a84877f1eb8e5d974d873e065224901555fb8821590a33bacc61e39701cf9b46bd25bf5f0595bbe24655141438e7a100b',
    )
  })

  it('are new each time', () => {
    const [one, two] = [SigningKey.generate(), SigningKey.generate()]
    assert.match(one.keyId, /^ed25519:[a-zA-Z0-9_]+$/)
    assert.notEqual(one.keyId, two.keyId)
    assert.notEqual(one.publicKey, two.publicKey)
    assert.equal(SigningKey.generate('x').keyId, 'ed25519:x')
  })

  it('take no other seed and no other version', () => {
    assert.throws(() => SigningKey.fromSeed(new Uint8Array(31), 'a'), RangeError)
    for (const version of ['', 'a:b', 'a-b', 'é']) {
      assert.throws(() => SigningKey.fromSeed(seed, version), RangeError)
    }
  })
})

describe('verifySignature', () => {
  it('accepts what the key has signed, and no other message', () => {
    fc.assert(
      fc.property(fc.uint8Array(), fc.uint8Array(), (message, other) => {
        const signature = key.sign(message)
        assert.ok(verifySignature(key.publicKey, message, signature))
        assert.equal(
          verifySignature(key.publicKey, other, signature),
          Buffer.compare(message, other) === 0,
        )
      }),
      { numRuns: 30 },
    )
  })

  it('takes text as UTF-8 and base64 with padding', () => {
    const signature = key.sign('é😀')
    assert.ok(verifySignature(key.publicKey, Buffer.from('é😀'), signature))
    assert.ok(verifySignature(`${key.publicKey}=`, 'é😀', `${signature}==`))
  })

  it('refuses every changed bit', () => {
    const signature = decodeBase64(key.sign('x')) ?? Buffer.alloc(0)
    for (const at of [0, 31, 32, 63]) {
      const changed = Buffer.from(signature)
      changed[at] = changed.readUInt8(at) ^ 1
      assert.ok(!verifySignature(key.publicKey, 'x', encodeBase64(changed)))
    }
  })

  it('refuses what is no key or no signature', () => {
    const signature = key.sign('x')
    for (const bad of ['', '!!!!', 'AAAA', signature, `${key.publicKey}AA`]) {
      assert.ok(!verifySignature(bad, 'x', signature), bad)
    }
    for (const bad of ['', '!!!!', 'AAAA', key.publicKey, `${signature}A`, signature.slice(1)]) {
      assert.ok(!verifySignature(key.publicKey, 'x', bad), bad)
    }
  })

  it('refuses a signature with the order of the group added to S', () => {
    const order = 2n ** 252n + 27742317777372353535851937790883648493n
    const signature = decodeBase64(key.sign('x')) ?? Buffer.alloc(0)
    const s =
      BigInt(`0x${Buffer.from(signature.subarray(32).toReversed()).toString('hex')}`) + order
    const tail = Buffer.from(s.toString(16).padStart(64, '0'), 'hex').toReversed()
    const altered = encodeBase64(Buffer.concat([signature.subarray(0, 32), tail]))
    assert.ok(!verifySignature(key.publicKey, 'x', altered))
  })

  it('refuses keys of small order, however they are encoded', () => {
    const points = [
      '0000000000000000000000000000000000000000000000000000000000000000',
      '0100000000000000000000000000000000000000000000000000000000000000',
      'ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f',
      '26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05',
      'c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac037a',
    ].map((hex) => Buffer.from(hex, 'hex'))
    const second = [beyondField(0), beyondField(1)]
    for (const y of [...points, ...second].flatMap((point) => [point, withSign(point)])) {
      for (let message = 0; message < 16; message += 1) {
        assert.ok(!verifySignature(encodeBase64(y), String(message), emptySignature))
      }
    }
  })

  it('refuses keys that are not encoded as they must be', () => {
    for (let n = 0; n < 19; n += 1) {
      assert.ok(!verifySignature(encodeBase64(beyondField(n)), 'x', key.sign('x')))
    }
  })
})
