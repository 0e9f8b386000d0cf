import assert from 'node:assert/strict'
import { describe, it } from 'mocha'
import type { Json } from '../../matrix/event.ts'
import { roomVersions } from '../../matrix/room-version.ts'
import { finishEvent } from '../../matrix/sign-event.ts'
import { SigningKey } from '../../matrix/signing-key.ts'
import { standardParts } from '../parts.ts'
import { Inspector, type ReceiptParts } from './inspector.ts'

const version = roomVersions.v11
const key = SigningKey.fromSeed(Buffer.alloc(32, 1), '1')
const keys = {
  lookup: () => ({ publicKey: key.publicKey, validUntil: Number.POSITIVE_INFINITY }),
  prepare: async () => {},
}

const events = Array.from({ length: 300 }, (_, depth) =>
  finishEvent(
    {
      type: 'x',
      sender: '@a:hs',
      room_id: '!r:hs',
      content: { body: 'x' },
      prev_events: [],
      auth_events: [],
      depth,
      origin_server_ts: 1,
      unsigned: { age: 1 },
    },
    version,
    'hs',
    key,
  ),
)

describe('the inspector', () => {
  it('answers for each of many PDUs in their order', async () => {
    const other = SigningKey.fromSeed(Buffer.alloc(32, 2), '1')
    const pdus = events.map(({ pdu }, at): Json => {
      if (at === 7) return { ...pdu, signatures: { hs: { [key.keyId]: other.sign('x') } } }
      if (at === 130) return { ...pdu, content: { body: 'y' } }
      return at === 299 ? { ...pdu, depth: 'deep' } : { ...pdu }
    })
    const inspected = await new Inspector(keys, standardParts.receipt).inspect(pdus, { version })

    assert.deepEqual(
      inspected.slice(0, 7).map(({ event }) => event?.id),
      events.slice(0, 7).map(({ id }) => id),
    )
    const dropped = inspected[7]
    assert.ok(dropped !== undefined && dropped.event === undefined)
    assert.deepEqual([dropped.id, dropped.problem], [events[7]?.id, 'signature of hs: invalid'])
    assert.deepEqual(inspected[130]?.event?.pdu.content, {})
    assert.equal(inspected[130]?.event?.id, events[130]?.id)
    assert.equal(inspected[299]?.event, undefined)
    assert.equal(inspected.filter(({ event }) => event !== undefined).length, 298)
    assert.ok(inspected.every(({ event }) => event?.pdu.unsigned === undefined))
  })

  it('has many signatures verified at once, and not all', async () => {
    let underWay = 0
    let most = 0
    const parts: ReceiptParts = {
      ...standardParts.receipt,
      checkSignatures: async (event, lookup) => {
        underWay += 1
        most = Math.max(most, underWay)
        const problems = await standardParts.receipt.checkSignatures(event, lookup)
        underWay -= 1
        return problems
      },
    }
    const pdus = events.map(({ pdu }): Json => ({ ...pdu }))
    const accepted = await new Inspector(keys, parts).accept(pdus, { version })
    assert.equal(accepted.length, events.length)
    assert.equal(most, 128)
  })
})
