import assert from 'node:assert/strict'
import { describe, it } from 'mocha'
import { canonicalJson } from '../../matrix/canonical-json.ts'
import { SigningKey } from '../../matrix/signing-key.ts'
import { signJson } from '../../matrix/sign-json.ts'
import { ownKeyDocument, readKeyDocument } from './key-document.ts'

const now = 1_700_000_000_000
const day = 24 * 3_600_000
const key = SigningKey.generate()

describe('a key document', () => {
  it('is read as it is published', () => {
    const retired = { 'ed25519:old': { key: key.publicKey, expired_ts: now - day } }
    const document = readKeyDocument(ownKeyDocument('hs', key, now + day, retired), 'hs', now)

    assert.deepEqual(document?.keys.get(key.keyId), {
      publicKey: key.publicKey,
      validUntil: now + day,
    })
    assert.deepEqual(document?.keys.get('ed25519:old'), {
      publicKey: key.publicKey,
      validUntil: now - day,
      expired: now - day,
    })
  })

  it('comes as it is signed, but for the signatures', () => {
    const { signatures: _, ...unsigned } = ownKeyDocument('hs', key, now + day)
    assert.equal(JSON.stringify(unsigned), canonicalJson(unsigned))
  })

  it('is good for seven days at the most', () => {
    const document = readKeyDocument(ownKeyDocument('hs', key, now + 30 * day), 'hs', now)
    assert.equal(document?.keys.get(key.keyId)?.validUntil, now + 7 * day)
  })

  it('is worth nothing under another name, changed, or without a signature of its own', () => {
    const document = ownKeyDocument('hs', key, now + day)
    const { signatures: _, ...unsigned } = document
    assert.equal(readKeyDocument(document, 'other', now), undefined)
    assert.equal(
      readKeyDocument({ ...document, valid_until_ts: now + 2 * day }, 'hs', now),
      undefined,
    )
    assert.equal(
      readKeyDocument(signJson(unsigned, 'notary', SigningKey.generate()), 'hs', now),
      undefined,
    )
    assert.equal(readKeyDocument([], 'hs', now), undefined)
  })

  it('loses the keys that did not sign it', () => {
    const other = SigningKey.generate()
    const { signatures: _, ...plain } = ownKeyDocument('hs', key, now + day)
    const both = { [key.keyId]: { key: key.publicKey }, [other.keyId]: { key: other.publicKey } }
    const document = readKeyDocument(
      signJson({ ...plain, verify_keys: both }, 'hs', key),
      'hs',
      now,
    )
    assert.deepEqual([...(document?.keys.keys() ?? [])], [key.keyId])
  })
})
