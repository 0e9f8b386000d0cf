import assert from 'node:assert/strict'
import { describe, it } from 'mocha'
import { decodeBase64 } from './base64.ts'
import type { Event, JsonObject, Pdu } from './event.ts'
import { eventIdOf } from './hash.ts'
import { readEvent } from './read-event.ts'
import { redact } from './redact.ts'
import { roomVersions } from './room-version.ts'
import {
  addSignature,
  checkContentHash,
  checkSignatures,
  checkSignaturesAside,
  finishEvent,
  type KeyLookup,
  requiredSigners,
  type UnsignedPdu,
  type VerifyKey,
} from './sign-event.ts'
import { SigningKey } from './signing-key.ts'

const { v10, v11 } = roomVersions
const key = SigningKey.generate('1')
const second = SigningKey.generate('2')
const elsewhere = SigningKey.generate('1')
const now = 1_700_000_000_000
const id = `$${'A'.repeat(43)}`
const hashing = Object.values(roomVersions).filter(({ eventIds }) => eventIds !== 'given')

const message: UnsignedPdu = {
  type: 'm.room.message',
  sender: '@alice:x',
  room_id: '!room:x',
  content: { body: 'hello' },
  prev_events: [id],
  auth_events: [id],
  depth: 2,
  origin_server_ts: now,
}

const member = (content: JsonObject): UnsignedPdu => ({
  ...message,
  type: 'm.room.member',
  state_key: '@alice:x',
  content,
})

const known = (
  keys: Record<string, SigningKey | readonly [SigningKey, Partial<VerifyKey>]>,
): KeyLookup => {
  return (server, keyId) => {
    const entry = keys[`${server} ${keyId}`]
    if (entry === undefined) return undefined
    const [found, times] = entry instanceof SigningKey ? [entry, {}] : entry
    return { publicKey: found.publicKey, validUntil: now, ...times }
  }
}

const keysOfX = known({ 'x ed25519:1': key, 'x ed25519:2': second })

/** The event with other signatures in place of those that it has. */
function signedBy(event: Event, server: string, signatures: Record<string, string>): Event {
  const pdu: Pdu = { ...event.pdu, signatures: { [server]: signatures } }
  return { ...event, pdu }
}

const faults = (event: Event, keys: KeyLookup): readonly string[] =>
  checkSignatures(event, keys).map(({ server, problem }) => `${server} ${problem}`)

describe('finishEvent', () => {
  it('gives the published signed event', () => {
    const seed = decodeBase64('YJDBA9Xnr2sVqXD9Vj7XVUnmFZcZrlw8Md7kMW+3XA1') ?? new Uint8Array()
    const minimal = {
      room_id: '!x:domain',
      sender: '@a:domain',
      origin: 'domain',
      origin_server_ts: 1_000_000,
      type: 'X',
      content: {},
      prev_events: [],
      auth_events: [],
      depth: 3,
      unsigned: { age_ts: 1_000_000 },
    }
    const { pdu } = finishEvent(minimal, v10, 'domain', SigningKey.fromSeed(seed, '1'))
    assert.deepEqual(pdu, {
      ...minimal,
      hashes: { sha256: '5jM4wQpv6lnBo7CLIghJuHdW+s2CMBJPUOGOC89ncos' },
      signatures: {
        domain: {
          'ed25519:1':
            'KxwGjPSDEtvnFgU00fwFz+l6d2pJM6XBIaMEn81SXPTRl16AqLAYqfIReFGZlHi5KLjAWbOoMszkwsQma+lYAg',
        },
      },
    })
  })

  it('makes an event that passes every check, in every version', () => {
    for (const version of hashing) {
      const room_id = version.roomIdFromCreate ? `!${'A'.repeat(43)}` : '!room:x'
      const event = finishEvent({ ...message, room_id }, version, 'x', key)
      assert.equal(event.id, eventIdOf(event.pdu, version))
      assert.deepEqual(readEvent({ ...event.pdu }, version), event)
      assert.ok(checkContentHash(event))
      assert.deepEqual(checkSignatures(event, keysOfX), [])
    }
  })

  it('makes hashes and signatures anew where the draft had some', () => {
    const stale = { ...message, hashes: { sha256: 'x' }, signatures: { y: { 'ed25519:1': 'z' } } }
    assert.deepEqual(finishEvent(stale, v11, 'x', key), finishEvent(message, v11, 'x', key))
  })
})

describe('addSignature', () => {
  it('keeps the id and the other signatures', () => {
    const once = finishEvent(message, v11, 'x', key)
    const thrice = addSignature(addSignature(once, 'x', second), 'y', elsewhere)
    assert.equal(thrice.id, once.id)
    assert.equal(eventIdOf(thrice.pdu, v11), once.id)
    const { x, y } = thrice.pdu.signatures
    assert.deepEqual(Object.keys(x ?? {}), ['ed25519:1', 'ed25519:2'])
    assert.deepEqual(Object.keys(y ?? {}), ['ed25519:1'])
    assert.deepEqual(checkSignatures(thrice, keysOfX), [])
  })
})

const signers = (pdu: UnsignedPdu): readonly string[] =>
  requiredSigners(finishEvent(pdu, v11, 'x', key))

const vouchedFor = (user: string): UnsignedPdu =>
  member({ membership: 'join', join_authorised_via_users_server: user })

describe('requiredSigners', () => {
  it('are the sender’s server, whatever the room’s', () => {
    assert.deepEqual(signers(message), ['x'])
    assert.deepEqual(signers({ ...message, sender: '@bob:y:8448' }), ['y:8448'])
  })

  it('include the server that vouched for a restricted join', () => {
    assert.deepEqual(signers(vouchedFor('@admin:y')), ['x', 'y'])
    assert.deepEqual(signers(vouchedFor('@admin:x')), ['x'])
    const noJoin = { ...message, content: { join_authorised_via_users_server: '@admin:y' } }
    assert.deepEqual(signers(noJoin), ['x'])
  })

  it('are none for an invitation through a third party', () => {
    assert.deepEqual(signers(member({ membership: 'invite', third_party_invite: {} })), [])
    assert.deepEqual(signers(member({ membership: 'join', third_party_invite: {} })), ['x'])
    assert.deepEqual(signers({ ...message, content: { third_party_invite: {} } }), ['x'])
  })
})

describe('checkSignaturesAside', () => {
  it('says what checkSignatures says', async () => {
    const good = addSignature(finishEvent(message, v11, 'x', key), 'x', second)
    const wrong = { x: { 'ed25519:1': good.pdu.signatures['x']?.['ed25519:2'] ?? '' } }
    const all = [good.pdu.signatures, wrong, { y: wrong.x }, { x: { 'ed25519:none': 'AAAA' } }, {}]
    for (const signatures of all) {
      const event = { ...good, pdu: { ...good.pdu, signatures } }
      assert.deepEqual(await checkSignaturesAside(event, keysOfX), checkSignatures(event, keysOfX))
    }
  })
})

describe('checkSignatures', () => {
  const event = finishEvent(message, v11, 'x', key)
  const good = event.pdu.signatures['x']?.['ed25519:1'] ?? ''

  const faultsAt = (times: Partial<VerifyKey>) =>
    faults(event, known({ 'x ed25519:1': [key, times] }))

  it('passes the redacted copy, and changes under unsigned', () => {
    assert.deepEqual(checkSignatures({ ...event, pdu: redact(event.pdu, v11) }, keysOfX), [])
    const pdu = { ...event.pdu, unsigned: { age: 99 } }
    assert.deepEqual(checkSignatures({ ...event, pdu }, keysOfX), [])
  })

  it('finds a change to anything that redaction keeps', () => {
    const pdu = { ...event.pdu, depth: 3 }
    assert.deepEqual(faults({ ...event, pdu }, keysOfX), ['x invalid'])
  })

  it('needs a signature of the sender’s server', () => {
    assert.deepEqual(faults(signedBy(event, 'y', { 'ed25519:1': good }), keysOfX), ['x missing'])
    assert.deepEqual(faults(signedBy(event, 'x', {}), keysOfX), ['x unknown-key'])
    const pdu = { ...event.pdu, signatures: {} }
    assert.deepEqual(faults({ ...event, pdu }, keysOfX), ['x missing'])
    const sender = '@alice:constructor'
    assert.deepEqual(faults({ ...event, pdu: { ...event.pdu, sender } }, keysOfX), [
      'constructor missing',
    ])
  })

  it('passes over unknown keys and algorithms, as long as a good one is there', () => {
    const signatures = { 'ed25519:1': good, 'ed25519:policy_server': 'bad', 'foo:1': 'bad' }
    assert.deepEqual(faults(signedBy(event, 'x', signatures), keysOfX), [])
    const { 'ed25519:1': _, ...unknown } = signatures
    assert.deepEqual(faults(signedBy(event, 'x', unknown), keysOfX), ['x unknown-key'])
    assert.deepEqual(faults(signedBy(event, 'x', { 'foo:1': good }), known({ 'x foo:1': key })), [
      'x unknown-key',
    ])
  })

  it('demands that all signatures by known keys are good', () => {
    const wrong = second.sign('something else')
    for (const bad of [wrong, '!!!', '', good]) {
      const mixed = signedBy(event, 'x', { 'ed25519:1': good, 'ed25519:2': bad })
      assert.deepEqual(checkSignatures(mixed, keysOfX), [
        { server: 'x', problem: 'invalid', keyId: 'ed25519:2' },
      ])
    }
  })

  it('takes a padded signature', () => {
    assert.deepEqual(faults(signedBy(event, 'x', { 'ed25519:1': `${good}==` }), keysOfX), [])
  })

  it('holds the key to the time of the event', () => {
    assert.deepEqual(faultsAt({ validUntil: now }), [])
    assert.deepEqual(faultsAt({ validUntil: now - 1 }), ['x expired-key'])
    assert.deepEqual(faultsAt({ expired: now }), [])
    assert.deepEqual(faultsAt({ expired: now - 1 }), ['x expired-key'])
    assert.deepEqual(faultsAt({ expired: now + 1, validUntil: 0 }), [])
  })

  it('passes over a bad signature by a key that was out of date', () => {
    const keys = known({ 'x ed25519:1': key, 'x ed25519:2': [second, { expired: now - 1 }] })
    const mixed = signedBy(event, 'x', { 'ed25519:1': good, 'ed25519:2': 'bad' })
    assert.deepEqual(faults(mixed, keys), [])
  })

  it('does not look at servers that need not sign', () => {
    const keys = known({ 'x ed25519:1': key, 'y ed25519:1': elsewhere })
    const pdu = { ...event.pdu, signatures: { ...event.pdu.signatures, y: { 'ed25519:1': 'bad' } } }
    assert.deepEqual(faults({ ...event, pdu }, keys), [])
  })

  it('demands the signature of the server that vouched for a join', () => {
    const keys = known({ 'x ed25519:1': key, 'y ed25519:1': elsewhere })
    const join = finishEvent(vouchedFor('@admin:y'), v11, 'x', key)
    assert.deepEqual(faults(join, keys), ['y missing'])
    assert.deepEqual(faults(addSignature(join, 'y', elsewhere), keys), [])
    assert.deepEqual(faults(addSignature(join, 'y', key), keys), ['y invalid'])
  })
})

describe('checkContentHash', () => {
  const event = finishEvent(message, v11, 'x', key)
  const withHash = (hashes: Pdu['hashes']) => ({ ...event, pdu: { ...event.pdu, hashes } })
  const { sha256 } = event.pdu.hashes

  it('compares what is encoded, not how', () => {
    assert.ok(checkContentHash(withHash({ sha256: `${sha256}=` })))
  })

  it('finds changed content, and unknown keys that were added', () => {
    const pdu = { ...event.pdu, content: { body: 'other' } }
    assert.ok(!checkContentHash({ ...event, pdu }))
    assert.ok(!checkContentHash({ ...event, pdu: redact(event.pdu, v11) }))
    const extra = { ...event.pdu, extra: 1 }
    assert.ok(!checkContentHash({ ...event, pdu: extra }))
  })

  it('takes no other hash', () => {
    for (const other of ['', '!!!', sha256.slice(1), `${sha256}AAAA`]) {
      assert.ok(!checkContentHash(withHash({ sha256: other })))
    }
  })

  it('does not cover unsigned and signatures', () => {
    const pdu = { ...event.pdu, unsigned: { age: 1 }, signatures: {} }
    assert.ok(checkContentHash({ ...event, pdu }))
  })
})
