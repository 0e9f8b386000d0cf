import assert from 'node:assert/strict'
import { describe, it } from 'mocha'
import { decodeBase64 } from './base64.ts'
import { contentHash, eventIdOf, hashOfText, redactedText, referenceHash } from './hash.ts'
import { roomVersions } from './room-version.ts'
import { SigningKey } from './signing-key.ts'

const { v10, v11, v12 } = roomVersions
const seed = decodeBase64('YJDBA9Xnr2sVqXD9Vj7XVUnmFZcZrlw8Md7kMW+3XA1') ?? new Uint8Array()
const key = SigningKey.fromSeed(seed, '1')

const minimal = {
  room_id: '!x:domain',
  sender: '@a:domain',
  origin: 'domain',
  origin_server_ts: 1_000_000,
  signatures: {},
  hashes: {},
  type: 'X',
  content: {},
  prev_events: [],
  auth_events: [],
  depth: 3,
  unsigned: { age_ts: 1_000_000 },
}

const withContent = {
  content: { body: 'Here is the message content' },
  event_id: '$0:domain',
  origin: 'domain',
  origin_server_ts: 1_000_000,
  type: 'm.room.message',
  room_id: '!r:domain',
  sender: '@u:domain',
  signatures: {},
  unsigned: { age_ts: 1_000_000 },
}

describe('hashes of events', () => {
  it('give the published content hashes', () => {
    assert.equal(contentHash(minimal), '5jM4wQpv6lnBo7CLIghJuHdW+s2CMBJPUOGOC89ncos')
    assert.equal(contentHash(withContent), 'onLKD1bGljeBWQhWZ1kaP9SorVmRQNdN5aM2JYU2n/g')
  })

  it('give the published signatures over the redacted event', () => {
    const signatureOf = (event: typeof minimal | typeof withContent): string =>
      key.sign(redactedText({ ...event, hashes: { sha256: contentHash(event) } }, v10))
    assert.equal(
      signatureOf(minimal),
      'KxwGjPSDEtvnFgU00fwFz+l6d2pJM6XBIaMEn81SXPTRl16AqLAYqfIReFGZlHi5KLjAWbOoMszkwsQma+lYAg',
    )
    assert.equal(
      signatureOf(withContent),
      'Wm+VzmOUOz08Ds+0NTWb1d4CZrVsJSikkeRxh6aCcUwu6pNC78FunoD7KNWzqFn241eYHYMGCA5McEiVPdhzBA',
    )
  })

  it('cover unknown keys, and not unsigned, signatures and hashes', () => {
    const plain = contentHash(minimal)
    assert.notEqual(contentHash({ ...minimal, extra: 1 }), plain)
    const changed = { unsigned: 1, signatures: null, hashes: { sha256: 'x', md5: 'y' } }
    assert.equal(contentHash({ ...minimal, ...changed }), plain)
  })

  it('make the id of what redaction keeps', () => {
    const id = eventIdOf(minimal, v11)
    assert.match(id, /^\$[A-Za-z0-9_-]{43}$/)
    assert.equal(id, `$${referenceHash(minimal, v11)}`)
    assert.equal(id, `$${hashOfText(redactedText(minimal, v11), v11)}`)
    assert.equal(eventIdOf({ ...minimal, signatures: { a: {} }, unsigned: {}, x: 1 }, v11), id)
    assert.equal(eventIdOf({ ...minimal, content: { body: 'x' } }, v11), id)
    assert.notEqual(eventIdOf({ ...minimal, hashes: { sha256: '' } }, v11), id)
    assert.notEqual(eventIdOf({ ...minimal, depth: 4 }, v11), id)
  })

  it('make the id by the rules of the room version', () => {
    const { origin: _, ...withoutOrigin } = minimal
    assert.notEqual(eventIdOf(minimal, v10), eventIdOf(withoutOrigin, v10))
    assert.equal(eventIdOf(minimal, v11), eventIdOf(withoutOrigin, v11))
    assert.equal(eventIdOf(minimal, v12), eventIdOf(minimal, v11))
  })

  it('are no part of an id that is given', () => {
    assert.equal(eventIdOf({ ...minimal, event_id: '$own:x' }, roomVersions.v1), '$own:x')
    for (const event_id of [5, null, {}]) {
      assert.equal(eventIdOf({ ...minimal, event_id }, roomVersions.v2), '')
    }
    assert.equal(eventIdOf(minimal, roomVersions.v1), '')
    assert.notEqual(eventIdOf({ ...minimal, event_id: '$own:x' }, roomVersions.v3), '$own:x')
  })
})
