import assert from 'node:assert/strict'
import * as fc from 'fast-check'
import { describe, it } from 'mocha'
import { canonicalJson } from './canonical-json.ts'
import type { JsonObject } from './event.ts'
import { EventTexts, textsOf } from './event-texts.ts'
import { redactJson } from './redact.ts'
import { roomVersions } from './room-version.ts'

const keys = ['auth_events', 'content', 'depth', 'hashes', 'sender', 'signatures', 'type', 'z']
const others = ['unsigned', 'membership', 'a', 'i', '\u{10000}', '10']
const someValue = fc.constantFrom(1, 'é', [], [1, { b: null }], { membership: 'join', x: 'y' }, {})
const someEvent = fc
  .tuple(
    fc.uniqueArray(fc.tuple(fc.constantFrom(...keys, ...others), someValue), {
      selector: ([key]) => key,
    }),
    fc.constantFrom('m.room.member', 'm.room.create', 'x'),
  )
  .map(([entries, type]): JsonObject => {
    const event = Object.fromEntries(entries)
    return 'type' in event ? { ...event, type } : event
  })
const someVersion = fc.constantFrom(...Object.values(roomVersions))

describe('the texts of an event', () => {
  it('are the canonical form of what they are said to hold, in whatever order they are asked for', () => {
    fc.assert(
      fc.property(someEvent, someVersion, (event, version) => {
        const { signatures: _, unsigned: __, hashes: ___, ...hashed } = event
        const { signatures: ____, ...redacted } = redactJson(event, version)
        const [first, second] = [new EventTexts(event, version), new EventTexts(event, version)]
        assert.equal(first.redacted, canonicalJson(redacted))
        assert.equal(first.hashed, canonicalJson(hashed))
        assert.equal(second.length, canonicalJson(event).length)
        assert.equal(second.hashed, first.hashed)
        assert.equal(second.redacted, first.redacted)
      }),
      { numRuns: 1000 },
    )
  })

  it('are as they would be where a value breaks the rules of its version', () => {
    const event = { content: { a: -0 }, type: 'x', hashes: {} }
    assert.equal(new EventTexts(event, roomVersions.v11).length, undefined)
    assert.equal(new EventTexts(event, roomVersions.v5).length, canonicalJson(event).length)
    const texts = new EventTexts({ ...event, content: { a: 1.5 } }, roomVersions.v11)
    assert.equal(texts.length, undefined)
    assert.equal(texts.redacted, '{"content":{},"hashes":{},"type":"x"}')
    assert.throws(() => texts.hashed)
  })

  it('are those of the version asked for, though the event was looked at under another', () => {
    const pdu = { type: 'm.room.create', content: { creator: '@a:a', topic: 'x' } }
    const [old, young] = [roomVersions.v10, roomVersions.v11].map(
      (version) => textsOf({ pdu, version }).redacted,
    )
    assert.equal(old, '{"content":{"creator":"@a:a"},"type":"m.room.create"}')
    assert.equal(young, '{"content":{"creator":"@a:a","topic":"x"},"type":"m.room.create"}')
  })
})
