import assert from 'node:assert/strict'
import { isIPv6 } from 'node:net'
import * as fc from 'fast-check'
import { describe, it } from 'mocha'
import {
  isEventId,
  isRoomAlias,
  isRoomId,
  isServerName,
  isUserId,
  serverNameOf,
} from './identifiers.ts'
import { roomVersions } from './room-version.ts'

const { v11, v12 } = roomVersions
const hash = 'Rqnc-F-dvnEYJTyHq_iKxU2bZ1CI92-kuZq3a5lr5Zg'

describe('server names', () => {
  it('follow the grammar', () => {
    const names = [
      'matrix.org',
      'matrix.org:8888',
      '1.2.3.4',
      '1.2.3.4:1234',
      '[1234:5678::abcd]',
      '[1234:5678::abcd]:5678',
      '[::]',
      '[::ffff:1.2.3.4]',
      'localhost',
      'MATRIX.org:00080',
      'a'.repeat(255),
      '1.2.3',
      '1.2.3.4567',
    ]
    for (const name of names) assert.ok(isServerName(name), name)
  })

  it('are nothing else', () => {
    const names = [
      '',
      ':80',
      'matrix.org:',
      'matrix.org:123456',
      'matrix.org:80:80',
      'matrix_org',
      'mátrix.org',
      'matrix.org ',
      'matrix.org\n',
      'user@matrix.org',
      'https://matrix.org',
      '256.1.1.1',
      '1.2.3.999:80',
      '::1',
      '[::1',
      '[1.2.3.4]',
      '[:::]',
      '[1::2::3]',
      '[12345::]',
      '[1:2:3:4:5:6:7]',
      '[1:2:3:4:5:6:7:8:9]',
      '[1:2:3:4:5:6:7:1.2.3.4]',
      '[::1.2.3.256]',
      '[1.2.3.4::]',
      '[fe80::1%eth0]',
      'a'.repeat(256),
    ]
    for (const name of names) assert.ok(!isServerName(name), name)
  })

  it('hold an IPv6 literal just where the platform sees one', () => {
    const run = fc
      .array(fc.constantFrom('1', 'abcd', '0', '', ':', '1.2.3.4', 'FFFF'), { maxLength: 9 })
      .map((parts) => parts.join(':'))
    fc.assert(
      fc.property(run, (text) => {
        assert.equal(isServerName(`[${text}]`), isIPv6(text), text)
      }),
      { numRuns: 2000 },
    )
  })

  it('stand after the first colon', () => {
    assert.equal(serverNameOf('@a:matrix.org:8448'), 'matrix.org:8448')
    assert.equal(serverNameOf('@a:[::1]:80'), '[::1]:80')
    assert.equal(serverNameOf('@a'), '')
  })
})

describe('user ids', () => {
  it('may have any historical localpart', () => {
    for (const localpart of ['alice', 'a/b+c=d', 'Upper Case', '', 'ü\u0001', '😀', '@x']) {
      assert.ok(isUserId(`@${localpart}:matrix.org`), localpart)
    }
  })

  it('need the sigil, a domain, and no NUL, colon or lone surrogate in the localpart', () => {
    const ids = ['', '@', 'alice:matrix.org', '@alice', '@alice:', '@a\0:matrix.org', '@a:b:c:d']
    for (const id of [...ids, '@\ud800:matrix.org', ':matrix.org', '#a:matrix.org']) {
      assert.ok(!isUserId(id), JSON.stringify(id))
    }
  })

  it('have at most 255 bytes', () => {
    assert.ok(isUserId(`@${'é'.repeat(126)}:x`))
    assert.ok(!isUserId(`@${'é'.repeat(126)}a:x`))
  })
})

describe('room ids, aliases and event ids', () => {
  it('depend on the room version', () => {
    assert.ok(isRoomId('!x:domain', v11))
    assert.ok(!isRoomId('!x:domain', v12))
    assert.ok(isRoomId(`!${hash}`, v12))
    assert.ok(!isRoomId(`!${hash}`, v11))
    assert.ok(isRoomId('!x:domain'))
    assert.ok(isRoomId(`!${hash}`))
    assert.ok(!isRoomId('!x'))
    assert.ok(!isRoomId(`$${hash}`, v12))
  })

  it('take the alias grammar', () => {
    assert.ok(isRoomAlias('#räum lich:matrix.org'))
    assert.ok(!isRoomAlias('#a'))
    assert.ok(!isRoomAlias(`#${'a'.repeat(255)}:x`))
  })

  it('take a hash of 256 bits in the URL-safe alphabet', () => {
    assert.ok(isEventId(`$${hash}`, v11))
    assert.ok(!isEventId(`$${hash}=`, v11))
    assert.ok(!isEventId(`$${hash.replace('-', '+')}`, v11))
    assert.ok(!isEventId(`$${hash.slice(0, 42)}h`, v11))
    assert.ok(!isEventId('$143273582443PhrSn:example.org', v11))
    assert.ok(isEventId('$143273582443PhrSn:example.org'))
    assert.ok(!isEventId('$'))
    assert.ok(!isEventId(`$${'a'.repeat(255)}`))
  })
})
