import assert from 'node:assert/strict'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { X509Certificate } from 'node:crypto'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { rootCertificates } from 'node:tls'
import { after, before, describe, it } from 'mocha'
import { type Authority, createAuthority } from '../../wire/tls.ts'
import { ServeError } from './serve-error.ts'
import { type TrustOptions, trustOf } from './trust.ts'

const local = { address: '127.0.0.1', port: 0 }
const everywhere = { address: '0.0.0.0', port: 0 }
const count = (pem: string) => pem.split('-----BEGIN CERTIFICATE-----').length - 1

describe('whom a served homeserver trusts, and what it shows', () => {
  const folder = mkdtempSync(join(tmpdir(), 'fedcheck-trust-'))
  let one: Authority
  let two: Authority
  const file = (name: string, content: string): string => {
    const path = join(folder, name)
    writeFileSync(path, content)
    return path
  }
  before(async () => {
    one = await createAuthority()
    two = await createAuthority()
  })
  after(() => rmSync(folder, { recursive: true }))

  it('is an authority of its own where nothing is given, with the names of the server', async () => {
    const { credentials, ca, issuer } = await trustOf({}, 'hs1.test:99', local)
    assert.equal(ca, issuer)
    const leaf = new X509Certificate(credentials.certificate)
    assert.ok(leaf.verify(new X509Certificate(ca).publicKey))
    assert.equal(leaf.checkHost('hs1.test'), 'hs1.test')
    assert.equal(leaf.checkHost('localhost'), 'localhost')
    assert.equal(leaf.checkIP('127.0.0.1'), '127.0.0.1')
    assert.equal(leaf.checkHost('other.test'), undefined)

    const away = await trustOf({}, 'hs1.test', { address: '192.0.2.1', port: 1 })
    const shown = new X509Certificate(away.credentials.certificate)
    assert.equal(shown.checkIP('192.0.2.1'), '192.0.2.1')
    assert.equal(shown.checkHost('localhost'), undefined)
  })

  it('are all the authorities of a file, beside its own where it has no certificate', async () => {
    const both = file('both.pem', `comment\n${one.certificate}\n${two.certificate}\n`)
    assert.equal(count((await trustOf({ ca: both }, 'hs1', everywhere)).ca), 3)
    const { certificate, privateKey } = await one.issue(['hs1'])
    const tls = { tlsCert: file('c.pem', certificate), tlsKey: file('k.pem', privateKey) }
    const given = await trustOf({ ...tls, ca: both }, 'hs1', everywhere)
    assert.equal(count(given.ca), 2)
    assert.equal(given.issuer, undefined)
    assert.equal(given.credentials.certificate, certificate)
  })

  it('are those of Node where it has a certificate and no authority, or where that is asked for', async () => {
    const { certificate, privateKey } = await one.issue(['hs1'])
    const tls = { tlsCert: file('c.pem', certificate), tlsKey: file('k.pem', privateKey) }
    assert.equal(count((await trustOf(tls, 'hs1', everywhere)).ca), rootCertificates.length)
    const more = await trustOf({ systemRoots: true }, 'hs1', everywhere)
    assert.equal(count(more.ca), rootCertificates.length + 1)
  })

  it('says which file does not fit', async () => {
    const { certificate, privateKey } = await one.issue(['hs1'])
    const { privateKey: other } = await two.issue(['hs2'])
    const tlsCert = file('c.pem', certificate)
    const wrong: readonly (readonly [TrustOptions, RegExp])[] = [
      [{ tlsCert }, /needed together/],
      [{ tlsKey: file('k.pem', privateKey) }, /needed together/],
      [{ tlsCert, tlsKey: file('other.pem', other) }, /no certificate with its key/],
      [{ tlsCert, tlsKey: join(folder, 'none') }, /cannot read a PEM file/],
      [{ ca: file('empty.pem', '') }, /holds no certificate/],
      [{ ca: file('k.pem', privateKey) }, /holds no certificate/],
      [{ ca: file('broken.pem', one.certificate.replace('\nMII', '\nMIX')) }, /broken certificate/],
    ]
    for (const [options, words] of wrong) {
      await assert.rejects(trustOf(options, 'hs1', everywhere), (error) => {
        assert.ok(error instanceof ServeError)
        assert.equal(error.code, 'tls')
        assert.match(error.message, words)
        assert.ok(!error.message.includes('PRIVATE'))
        return true
      })
    }
  })
})
