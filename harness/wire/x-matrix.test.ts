import assert from 'node:assert/strict'
import * as fc from 'fast-check'
import { describe, it } from 'mocha'
import type { KeyLookup } from '../matrix/sign-event.ts'
import { SigningKey } from '../matrix/signing-key.ts'
import { parseAuthorization, signRequest, verifyRequest } from './x-matrix.ts'

/** The key of the specification's published test vectors. */
const key = SigningKey.fromSeed(
  Buffer.from('YJDBA9Xnr2sVqXD9Vj7XVUnmFZcZrlw8Md7kMW+3XA1', 'base64'),
  '1',
)
const origin = 'a.example'
const destination = 'b.example:8448'
const keys: KeyLookup = (server, id) =>
  server === origin && id === 'ed25519:1'
    ? { publicKey: key.publicKey, validUntil: Number.MAX_SAFE_INTEGER }
    : undefined

describe('X-Matrix', () => {
  describe('signing', () => {
    it('gives the signatures that OpenSSL gives for the canonical text', () => {
      assert.equal(
        signRequest({
          origin,
          destination,
          key,
          method: 'GET',
          uri: '/_matrix/federation/v1/version',
        }),
        'X-Matrix origin="a.example",destination="b.example:8448",key="ed25519:1",sig="9RvLz7XSpVkXyv7peDlqgWiYMRERC2qqo2wrK6wvfHMqZ3ik/28xyQwaRW82WVDMaZeAqlyB0/V8IT7du6k+BA"',
      )
      assert.equal(
        parseAuthorization(
          signRequest({
            origin,
            destination,
            key,
            method: 'PUT',
            uri: '/_matrix/federation/v1/send/1?x=%C3%A9',
            content: { pdus: [], edus: [{ é: '\u2028', a: 1 }], origin: 'a.example' },
          }),
        )?.signature,
        '6OoUf1rzFUs7h0Pi/G7R1Blc2eVpb+zCXekm/uvuXgdl0zTCUL7iTtgIsTbMDa/LzXXmES03LsolapXjHuFeCw',
      )
    })

    it('is verified for just the request that was signed', () => {
      const request = { destination, method: 'PUT', uri: '/a?b=c', content: { n: [1, 'x'] } }
      const claim = parseAuthorization(signRequest({ ...request, origin, key }))
      assert.ok(claim)
      assert.ok(verifyRequest(claim, request, keys))
      const { destination: _, ...older } = claim
      assert.ok(verifyRequest(older, request, keys), 'without a destination')
      const others = [
        { ...request, method: 'POST' },
        { ...request, uri: '/a?b=d' },
        { ...request, content: { n: [1, 'y'] } },
        { destination, method: 'PUT', uri: '/a?b=c' },
        { ...request, destination: 'c.example' },
      ]
      for (const other of others) {
        assert.equal(verifyRequest(claim, other, keys), false)
        assert.equal(verifyRequest(older, other, keys), false)
      }
      assert.equal(verifyRequest({ ...claim, destination: 'c.example' }, request, keys), false)
      assert.equal(verifyRequest({ ...claim, origin: 'c.example' }, request, keys), false)
      assert.equal(verifyRequest({ ...claim, key: 'ed25519:2' }, request, keys), false)
      assert.equal(verifyRequest({ ...claim, signature: 'garbage' }, request, keys), false)
      const retired: KeyLookup = () => ({ publicKey: key.publicKey, validUntil: 1, expired: 1 })
      assert.equal(verifyRequest(claim, request, retired), false)
    })

    it('covers bodies that have no canonical form', () => {
      const request = { destination, method: 'PUT', uri: '/', content: { b: 1.5, a: '\ud800' } }
      const claim = parseAuthorization(signRequest({ ...request, origin, key }))
      assert.ok(claim && verifyRequest(claim, request, keys))
      assert.equal(verifyRequest(claim, { ...request, content: { b: 2.5, a: '' } }, keys), false)
    })
  })

  describe('parsing', () => {
    const full = { origin: 'a', destination: 'b', key: 'ed25519:1', signature: 'sig' }
    const { destination: _, ...old } = full

    const accepted: Readonly<Record<string, [string, typeof old]>> = {
      'the usual form': ['X-Matrix origin="a",destination="b",key="ed25519:1",sig="sig"', full],
      'no quotes, colons included': ['X-Matrix origin=a,destination=b,key=ed25519:1,sig=sig', full],
      'any order': ['X-Matrix sig="sig",key="ed25519:1",destination="b",origin="a"', full],
      'any case of names and scheme': [
        'x-MATRIX Origin="a",DESTINATION="b",Key="ed25519:1",SIG="sig"',
        full,
      ],
      'no destination': ['X-Matrix origin="a",key="ed25519:1",sig="sig"', old],
      'spaces and tabs around commas': [
        'X-Matrix   origin=a \t,\t destination="b" , key="ed25519:1"\t,sig=sig  ',
        full,
      ],
      'escaped characters': [
        'X-Matrix origin="\\a",destination="b",key="ed25519\\:1",sig="s\\ig"',
        full,
      ],
      'unknown parameters': [
        'X-Matrix realm="x, y=\\"z\\"",origin="a",key="ed25519:1",sig="sig",new=1',
        old,
      ],
      'empty elements': ['X-Matrix ,origin=a,,key=ed25519:1, ,sig=sig,', old],
      'signature by its other name': ['X-Matrix origin=a,key=ed25519:1,signature=sig', old],
    }
    for (const [title, [header, expected]] of Object.entries(accepted)) {
      it(`takes ${title}`, () => assert.deepEqual(parseAuthorization(header), expected))
    }

    const refused: Readonly<Record<string, string>> = {
      'another scheme': 'Bearer origin="a",key="k",sig="s"',
      'no space after the scheme': 'X-Matrixorigin="a",key="k",sig="s"',
      'no origin': 'X-Matrix key="k",sig="s"',
      'an empty origin': 'X-Matrix origin="",key="k",sig="s"',
      'no key': 'X-Matrix origin="a",sig="s"',
      'no signature': 'X-Matrix origin="a",key="k"',
      'a parameter twice': 'X-Matrix origin="a",origin="b",key="k",sig="s"',
      'an open quote': 'X-Matrix origin="a",key="k",sig="s',
      'an unquoted slash': 'X-Matrix origin=a/b,key=k,sig=s',
      'no commas': 'X-Matrix origin="a" key="k" sig="s"',
      nothing: '',
    }
    for (const [title, header] of Object.entries(refused)) {
      it(`refuses ${title}`, () => assert.equal(parseAuthorization(header), undefined))
    }

    it('gives back what was signed, whatever the names hold, and never throws', () => {
      const text = fc.string({
        minLength: 1,
        unit: fc.constantFrom(...'a Z 0 . : [ ] " \\ , = / +'.split(' '), ' '),
      })
      fc.assert(
        fc.property(text, text, (from, to) => {
          const header = signRequest({
            origin: from,
            destination: to,
            key,
            method: 'GET',
            uri: '/',
          })
          const claim = parseAuthorization(header)
          assert.equal(claim?.origin, from)
          assert.equal(claim.destination, to)
        }),
      )
      fc.assert(fc.property(fc.string(), (rest) => void parseAuthorization(`X-Matrix ${rest}`)))
    })

    it('reads a header of 64 KiB of quotes at once', () => {
      const header = `X-Matrix origin="${'\\"'.repeat(32_000)}`
      const began = performance.now()
      assert.equal(parseAuthorization(header), undefined)
      assert.ok(performance.now() - began < 500)
    })
  })
})
