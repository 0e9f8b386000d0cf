import assert from 'node:assert/strict'
import * as fc from 'fast-check'
import { describe, it } from 'mocha'
import type { Json, JsonObject } from './event.ts'
import { contentHash, eventIdOf, redactedText } from './hash.ts'
import { redactJson } from './redact.ts'
import { type RoomVersion, roomVersions } from './room-version.ts'

const { v10, v11, v12 } = roomVersions
const all = Object.values(roomVersions)
const recent = [v10, v11, v12]

const kept = [
  'event_id',
  'type',
  'room_id',
  'sender',
  'state_key',
  'content',
  'hashes',
  'signatures',
  'depth',
  'prev_events',
  'auth_events',
  'origin_server_ts',
]
const keptUpTo10 = ['prev_state', 'origin', 'membership']
const stripped = ['unsigned', 'redacts', 'age', 'event', 'custom.key', 'constructor']

const topLevelKeys = (version: RoomVersion): readonly string[] => {
  const keys = [...kept, ...keptUpTo10, ...stripped]
  return Object.keys(redactJson(Object.fromEntries(keys.map((key) => [key, 'x'])), version))
}

const contentOf = (type: string, content: JsonObject, version: RoomVersion): Json | undefined =>
  redactJson({ type, content }, version)['content']

/** Content that holds every one of `keys`, and what is left of it. */
const keysLeft = (type: string, keys: readonly string[], version: RoomVersion): readonly string[] =>
  Object.keys(contentOf(type, Object.fromEntries(keys.map((key) => [key, 'x'])), version) ?? {})

describe('redaction', () => {
  it('keeps the top-level keys of the clause', () => {
    assert.deepEqual(topLevelKeys(v10).toSorted(), [...kept, ...keptUpTo10].toSorted())
    assert.deepEqual(topLevelKeys(v11).toSorted(), kept.toSorted())
    assert.deepEqual(topLevelKeys(v12).toSorted(), kept.toSorted())
  })

  it('empties the content of types that are not listed', () => {
    for (const type of ['m.room.message', 'm.room.aliases', 'm.room.topic', '__proto__', '']) {
      for (const version of recent) {
        assert.deepEqual(keysLeft(type, ['body', 'aliases', 'topic', 'membership'], version), [])
      }
    }
  })

  it('keeps of a create event the creator up to 10, and everything from 11', () => {
    const content = { creator: '@a:x', room_version: '10', 'm.federate': false, 'x.y': [1] }
    assert.deepEqual(contentOf('m.room.create', content, v10), { creator: '@a:x' })
    assert.deepEqual(contentOf('m.room.create', content, v11), content)
    assert.deepEqual(contentOf('m.room.create', content, v12), content)
  })

  it('keeps of power levels what the clause lists, invite from 11', () => {
    const levels = ['ban', 'events', 'events_default', 'kick', 'redact', 'state_default']
    const listed = [...levels, 'users', 'users_default']
    const given = [...listed, 'invite', 'notifications', 'historical']
    assert.deepEqual(keysLeft('m.room.power_levels', given, v10), listed)
    assert.deepEqual(keysLeft('m.room.power_levels', given, v11), [...listed, 'invite'])
    assert.deepEqual(keysLeft('m.room.power_levels', given, v12), [...listed, 'invite'])
  })

  it('keeps of join rules, history visibility and redactions what the clause lists', () => {
    for (const version of recent) {
      const rules = keysLeft('m.room.join_rules', ['join_rule', 'allow', 'deny'], version)
      assert.deepEqual(rules, ['join_rule', 'allow'])
      const visibility = keysLeft('m.room.history_visibility', ['history_visibility', 'x'], version)
      assert.deepEqual(visibility, ['history_visibility'])
    }
    assert.deepEqual(keysLeft('m.room.redaction', ['redacts', 'reason'], v10), [])
    assert.deepEqual(keysLeft('m.room.redaction', ['redacts', 'reason'], v11), ['redacts'])
  })

  it('keeps of a membership what the clause lists', () => {
    const given = ['membership', 'join_authorised_via_users_server', 'displayname', 'avatar_url']
    for (const version of recent) {
      assert.deepEqual(keysLeft('m.room.member', [...given, 'reason'], version), given.slice(0, 2))
    }
  })

  it('keeps of an invitation through a third party what was signed, from 11', () => {
    const signed = { mxid: '@a:x', token: 't', signatures: {} }
    const content = { membership: 'invite', third_party_invite: { display_name: 'A', signed } }
    const left = { membership: 'invite', third_party_invite: { signed } }
    assert.deepEqual(contentOf('m.room.member', content, v10), { membership: 'invite' })
    assert.deepEqual(contentOf('m.room.member', content, v11), left)
    assert.deepEqual(contentOf('m.room.member', content, v12), left)
  })

  it('keeps of other third-party invitations an empty object, or nothing where it is none', () => {
    const odd: [Json, JsonObject][] = [
      [{}, { third_party_invite: {} }],
      [{ display_name: 'A' }, { third_party_invite: {} }],
      [{ signed: null }, { third_party_invite: { signed: null } }],
      ['signed', {}],
      [['signed'], {}],
      [null, {}],
    ]
    for (const [invite, left] of odd) {
      assert.deepEqual(contentOf('m.room.member', { third_party_invite: invite }, v11), left)
    }
  })

  it('does not take inherited properties for content', () => {
    const content = contentOf('m.room.member', {}, v11)
    assert.deepEqual(content, {})
    assert.deepEqual(redactJson({}, v11), {})
  })

  it('keeps a create event’s key called __proto__ as it is', () => {
    const content: JsonObject = JSON.parse('{"__proto__":{"a":1}}')
    assert.equal(JSON.stringify(contentOf('m.room.create', content, v11)), '{"__proto__":{"a":1}}')
  })
})

const someContent = fc.dictionary(
  fc.constantFrom('membership', 'creator', 'third_party_invite', 'signed', 'redacts', 'users', 'a'),
  fc.oneof(fc.string(), fc.constant({ signed: { a: 1 }, other: 2 }), fc.constant(null)),
)
const someEvent = fc.record(
  {
    type: fc.constantFrom('m.room.member', 'm.room.create', 'm.room.redaction', 'm.room.message'),
    content: someContent,
    sender: fc.string(),
    depth: fc.nat(),
    origin: fc.string(),
    unsigned: fc.constant({ age: 1 }),
    redacts: fc.string(),
    extra: fc.string(),
    signatures: fc.constant({ x: { 'ed25519:1': 'AAAA' } }),
  },
  { requiredKeys: ['type', 'content', 'depth'] },
)

describe('a redacted event', () => {
  it('is not changed by another redaction, and keeps its id and what is signed', () => {
    fc.assert(
      fc.property(someEvent, fc.constantFrom(...all), (given, version) => {
        const event = { ...given, hashes: { sha256: contentHash(given) } }
        const redacted = redactJson(event, version)
        assert.deepEqual(redactJson(redacted, version), redacted)
        assert.equal(eventIdOf(redacted, version), eventIdOf(event, version))
        assert.equal(redactedText(redacted, version), redactedText(event, version))
      }),
    )
  })

  it('leaves the event that it was made of alone', () => {
    fc.assert(
      fc.property(someEvent, fc.constantFrom(...all), (event, version) => {
        const before = structuredClone(event)
        redactJson(event, version)
        assert.deepEqual(structuredClone(event), before)
      }),
    )
  })
})
