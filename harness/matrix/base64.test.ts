import assert from 'node:assert/strict'
import * as fc from 'fast-check'
import { describe, it } from 'mocha'
import { decodeBase64, encodeBase64, encodeBase64Url } from './base64.ts'

describe('base64', () => {
  it('gives the published values', () => {
    const published = ['', 'Zg', 'Zm8', 'Zm9v', 'Zm9vYg', 'Zm9vYmE', 'Zm9vYmFy']
    for (const [length, text] of published.entries()) {
      assert.equal(encodeBase64(Buffer.from('foobar'.slice(0, length))), text)
    }
  })

  it('differs from the URL-safe form in two characters', () => {
    const bytes = new Uint8Array([0xfb, 0xef, 0xff])
    assert.equal(encodeBase64(bytes), '++//')
    assert.equal(encodeBase64Url(bytes), '--__')
  })

  it('reads what it wrote, with padding and without', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 70 }), (bytes) => {
        const text = encodeBase64(bytes)
        assert.deepEqual(decodeBase64(text), Buffer.from(bytes))
        assert.deepEqual(decodeBase64(Buffer.from(bytes).toString('base64')), Buffer.from(bytes))
      }),
    )
  })

  it('reads nothing else', () => {
    for (const text of ['A', 'AAAAA', '=', '==', 'Zg=', 'Zg===', 'Zm8==', 'Zm9v=', 'Z g', 'Zg\n']) {
      assert.equal(decodeBase64(text), undefined, JSON.stringify(text))
    }
    for (const text of ['--__', 'Zg==Zg==', '!!!!', 'Zmé9']) {
      assert.equal(decodeBase64(text), undefined, text)
    }
  })

  it('encodes the part of a buffer that a view shows', () => {
    assert.equal(encodeBase64(new Uint8Array([1, 102, 2]).subarray(1, 2)), 'Zg')
  })
})
