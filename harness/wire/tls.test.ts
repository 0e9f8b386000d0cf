import assert from 'node:assert/strict'
import { createPrivateKey, X509Certificate } from 'node:crypto'
import { before, describe, it } from 'mocha'
import { type Authority, authorityFrom, createAuthority, createLastingAuthority } from './tls.ts'

const certificates = /-----BEGIN CERTIFICATE-----[^-]+-----END CERTIFICATE-----/g

function chain(pem: string): X509Certificate[] {
  return [...pem.matchAll(certificates)].map(([one]) => new X509Certificate(one))
}

const day = 24 * 60 * 60 * 1000

describe('certificates', () => {
  let authority: Authority
  before(async () => {
    authority = await createAuthority()
  })

  it('are signed by the authority, whose own certificate follows', async () => {
    const { certificate, privateKey } = await authority.issue(['127.1.2.3', 'hs1.test'])
    const [leaf, root, ...more] = chain(certificate)
    assert.ok(leaf && root)
    assert.equal(more.length, 0)
    assert.equal(root.fingerprint256, new X509Certificate(authority.certificate).fingerprint256)
    assert.ok(leaf.checkIssued(root) && leaf.verify(root.publicKey) && root.verify(root.publicKey))
    assert.ok(root.ca && !leaf.ca)
    assert.ok(leaf.checkPrivateKey(createPrivateKey(privateKey)))
    assert.equal(leaf.publicKey.asymmetricKeyDetails?.namedCurve, 'prime256v1')
  })

  it('hold addresses and names, and no others', async () => {
    const { certificate } = await authority.issue(['127.1.2.3', '::1', 'hs1.test', 'localhost'])
    const [leaf] = chain(certificate)
    assert.ok(leaf)
    assert.ok(leaf.checkIP('127.1.2.3') && leaf.checkIP('::1'))
    assert.ok(leaf.checkHost('hs1.test') && leaf.checkHost('localhost'))
    assert.equal(leaf.checkIP('127.1.2.4') ?? leaf.checkHost('hs2.test'), undefined)
  })

  it('are valid from a day ago for a month, each with a serial of its own', async () => {
    const leaves = await Promise.all([authority.issue(['a']), authority.issue(['a'])])
    const [one, other] = leaves.map(({ certificate }) => chain(certificate)[0])
    assert.ok(one && other)
    assert.notEqual(one.serialNumber, other.serialNumber)
    const from = Date.now() - Date.parse(one.validFrom)
    const to = Date.parse(one.validTo) - Date.now()
    assert.ok(from > 0.9 * day && from < 1.1 * day && to > 29 * day && to < 31 * day)
  })

  it('can be wrong on purpose', async () => {
    const leafWith = async (flaw: Parameters<Authority['issue']>[1]) =>
      chain((await authority.issue(['127.1.2.3'], flaw)).certificate)
    const [other] = await leafWith('other-name')
    assert.equal(other?.checkIP('127.1.2.3'), undefined)
    const [expired] = await leafWith('expired')
    assert.ok(expired?.checkIP('127.1.2.3') && Date.parse(expired.validTo) < Date.now())
    const [stranger] = await leafWith('unknown-authority')
    const root = new X509Certificate(authority.certificate)
    assert.equal(stranger?.verify(root.publicKey), false)
  })

  it('come from the same authority where that was kept, and from none that is broken', async () => {
    const kept = await createLastingAuthority()
    const one = await authorityFrom(kept)
    const two = await authorityFrom(kept)
    assert.equal(one.certificate, two.certificate)
    const leaf = new X509Certificate((await two.issue(['a.test'])).certificate)
    assert.ok(leaf.verify(new X509Certificate(one.certificate).publicKey))
    const years =
      (Date.parse(new X509Certificate(one.certificate).validTo) - Date.now()) / 31_536_000_000
    assert.ok(years > 9 && years < 11, `${years}`)

    const { privateKey } = await createLastingAuthority()
    await assert.rejects(authorityFrom({ ...kept, privateKey }), /not that of the certificate/)
    await assert.rejects(authorityFrom({ ...kept, privateKey: '' }))
    await assert.rejects(authorityFrom({ ...kept, certificate: '' }))
  })
})
