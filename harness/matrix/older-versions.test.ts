import assert from 'node:assert/strict'
import { describe, it } from 'mocha'
import { canonicalJson } from './canonical-json.ts'
import type { Json, JsonObject, Pdu } from './event.ts'
import { checkFormat } from './event-format.ts'
import { EventTexts } from './event-texts.ts'
import { contentHash, eventIdOf, redactedText, referenceHash } from './hash.ts'
import { isObject, parseJson } from './json.ts'
import { eventOf, readEvent } from './read-event.ts'
import { redactJson } from './redact.ts'
import { citedIds, parentIds, referenceTo } from './references.ts'
import { type RoomVersion, roomVersions } from './room-version.ts'
import { checkContentHash, checkSignatures, finishEvent, type KeyLookup } from './sign-event.ts'
import { SigningKey } from './signing-key.ts'

const { v1, v2, v3, v4, v5, v6, v7, v8, v9 } = roomVersions
const key = SigningKey.generate('1')
const hash = 'A'.repeat(43)
const ids: Record<RoomVersion['eventIds'], string> = {
  given: '$one:x',
  base64: `$+/${hash.slice(2)}`,
  base64url: `$-_${hash.slice(2)}`,
}

/** A message of that version, with references in its form. */
const message = (version: RoomVersion, changes: JsonObject = {}): JsonObject => {
  const id = ids[version.eventIds]
  const references = [version.pairedReferences ? [id, { sha256: hash }] : id]
  return {
    ...(version.eventIds === 'given' ? { event_id: '$two:x' } : {}),
    type: 'm.room.message',
    sender: '@alice:x',
    room_id: '!room:x',
    content: { body: 'hello' },
    prev_events: references,
    auth_events: references,
    depth: 5,
    origin_server_ts: 1_700_000_000_000,
    hashes: { sha256: 'AAAA' },
    signatures: {},
    ...changes,
  }
}

// oxlint-disable-next-line typescript/no-unsafe-type-assertion -- it has what a Pdu has
const asPdu = (json: JsonObject): Pdu => json as JsonObject & Pdu

const problems = (version: RoomVersion, changes: JsonObject): readonly string[] =>
  checkFormat(message(version, changes), version).map(
    ({ requirement = '-', pointer }) => `${requirement} ${pointer}`,
  )

const keysKept = (type: string, content: JsonObject, version: RoomVersion): readonly string[] =>
  Object.keys(redactJson({ type, content }, version)['content'] ?? {})

const older = [v1, v2, v3, v4, v5, v6, v7, v8, v9]

describe('events of older room versions', () => {
  it('are read with ids and references in the form of the version', () => {
    for (const version of older) {
      const event = readEvent(message(version), version)
      assert.deepEqual(parentIds(event), [ids[version.eventIds]], version.id)
      assert.deepEqual(citedIds(event), [ids[version.eventIds]])
      const expected =
        version.eventIds === 'given' ? '$two:x' : `$${referenceHash(event.pdu, version)}`
      assert.equal(event.id, expected)
      assert.equal(eventIdOf(event.pdu, version), expected)
    }
  })

  it('have ids in standard base64 in version 3, in URL-safe base64 from 4', () => {
    const [old, next] = [v3, v4].map((version) => eventIdOf(message(v4), version))
    assert.notEqual(old, undefined)
    assert.equal(old?.replaceAll('+', '-').replaceAll('/', '_'), next)
    for (const text of ['odd 0', 'odd 1', 'odd 2', 'odd 3']) {
      const id = eventIdOf(message(v3, { sender: `@${text}:x` }), v3)
      assert.match(id, /^\$[A-Za-z0-9+/]{43}$/)
    }
  })

  it('name others by pairs with the reference hash in versions 1 and 2', () => {
    for (const version of older) {
      const event = eventOf(asPdu(message(version)), version)
      const expected = version.pairedReferences
        ? [event.id, { sha256: referenceHash(event.pdu, version) }]
        : event.id
      assert.deepEqual(referenceTo(event), expected)
    }
    assert.match(referenceHash(message(v1), v1), /^[A-Za-z0-9+/]{43}$/)
  })

  it('have to hold an id in versions 1 and 2', () => {
    for (const version of [v1, v2]) {
      const of = (event_id: Json) => problems(version, { event_id })
      assert.deepEqual(of(5), ['ss.pdu.event_id.v1_2_present /event_id'])
      assert.deepEqual(of('two:x'), ['ss.eid.v1.format /event_id'])
      assert.deepEqual(of(`$${hash}`), ['ss.eid.v1.format /event_id'])
      assert.deepEqual(of(`$${'a'.repeat(252)}:x`), [])
      assert.deepEqual(of(`$${'a'.repeat(253)}:x`), ['ss.size.event_id_255 /event_id'])
      const { event_id: _, ...rest } = message(version)
      assert.equal(checkFormat(rest, version)[0]?.requirement, 'ss.pdu.event_id.v1_2_present')
    }
  })

  it('do not take references in the form of another version', () => {
    for (const list of ['prev_events', 'auth_events']) {
      const pairs = [['$one:x', { sha256: hash }]]
      assert.deepEqual(problems(v1, { [list]: ['$one:x'] }), [
        `ss.pdu.${list}.tuples_v1_2 /${list}/0`,
      ])
      assert.deepEqual(problems(v3, { [list]: pairs }), [`ss.pdu.${list}.ids_v3 /${list}/0`])
      assert.deepEqual(problems(v3, { [list]: [ids.base64url] }), [
        `ss.pdu.${list}.ids_v3 /${list}/0`,
      ])
      assert.deepEqual(problems(v4, { [list]: [ids.base64] }), [`ss.pdu.${list}.ids_v3 /${list}/0`])
      const odd: Json[] = [[], ['$one:x'], ['$one:x', null], ['$one:x', { sha256: 5 }], {}]
      for (const pair of odd)
        assert.deepEqual(problems(v2, { [list]: [...pairs, pair] }), [
          `ss.pdu.${list}.tuples_v1_2 /${list}/1`,
        ])
    }
  })

  it('may name others without their hashes in versions 1 and 2', () => {
    for (const version of [v1, v2])
      for (const list of ['prev_events', 'auth_events'])
        assert.deepEqual(problems(version, { [list]: [['$one:x', {}]] }), [])
  })

  it('may hold any numbers before version 6, but for infinite ones', () => {
    const content = { a: 1.5, b: 2 ** 53, c: -0, d: 1e-7 }
    for (const version of [v1, v2, v3, v4, v5]) {
      assert.deepEqual(problems(version, { content }), [])
      assert.deepEqual(problems(version, { depth: 2 ** 62, origin_server_ts: 2 ** 60 }), [])
      assert.deepEqual(problems(version, { depth: 2 ** 64 }), ['ss.pdu.depth.limit_2_63 /depth'])
      assert.deepEqual(problems(version, { content: { a: Infinity } }), ['- /content/a'])
      assert.deepEqual(problems(version, { content: { a: '\ud800' } }), ['- /content/a'])
    }
    for (const version of [v6, v7, v8, v9]) assert.equal(problems(version, { content }).length, 4)
  })

  it('hash other numbers as Python writes what JSON.stringify does', () => {
    const values: [number, string][] = [
      [1.5, '1.5'],
      [-0.25, '-0.25'],
      [2 ** 63, '9223372036854776000'],
      [1e-7, '1e-07'],
      [0.0001, '0.0001'],
      [0.000012, '1.2e-05'],
      [-2.5e-300, '-2.5e-300'],
      [-0, '0'],
    ]
    for (const [value, text] of values) assert.equal(canonicalJson(value, 'any'), text)
    assert.throws(() => canonicalJson(Infinity, 'any'))
    assert.equal(contentHash(message(v5, { content: { a: 1.5 } }), v5).length, 43)
    assert.throws(() => contentHash(message(v6, { content: { a: 1.5 } }), v6))
  })

  it('are hashed and signed with the digits of their text, redacted and copied too', () => {
    const text = JSON.stringify(message(v5, { type: 'm.room.power_levels', depth: 7 }))
      .replace('"depth":7', '"depth":9223372036854775807')
      .replace('"content":{', '"content":{"ban":5e1,"users":{"@a:x":1.0},"x":1.50,')
    const read = parseJson(Buffer.from(text))
    assert.ok(isObject(read) && isObject(read['content']))
    const texts = new EventTexts(read, v5)
    for (const part of ['"depth":9223372036854775807', '"ban":50.0', '{"@a:x":1.0}', '"x":1.5'])
      assert.ok(texts.hashed.includes(part), part)
    assert.ok(texts.redacted.includes('"content":{"ban":50.0,"users":{"@a:x":1.0}}'))
    assert.ok(texts.redacted.includes('"depth":9223372036854775807'))

    const { unsigned: _, ...copy } = read
    assert.equal(contentHash(copy, v5), contentHash(read, v5))
    assert.equal(redactedText({ ...redactJson(copy, v5) }, v5), texts.redacted)
    assert.equal(redactedText(copy, v5), texts.redacted)
  })

  it('keep when redacted what their version keeps', () => {
    for (const version of older) {
      const has = (from: RoomVersion): boolean => older.indexOf(version) >= older.indexOf(from)
      const rules = keysKept('m.room.join_rules', { join_rule: 'x', allow: [] }, version)
      assert.deepEqual(rules, has(v8) ? ['join_rule', 'allow'] : ['join_rule'])
      const authorised = { membership: 'join', join_authorised_via_users_server: '@a:x' }
      const kept = keysKept('m.room.member', { ...authorised, third_party_invite: {} }, version)
      assert.deepEqual(kept, has(v9) ? Object.keys(authorised) : ['membership'])
      assert.deepEqual(
        keysKept('m.room.aliases', { aliases: [], x: 1 }, version),
        has(v6) ? [] : ['aliases'],
      )
    }
  })
})

const knownKeys =
  (times: { validUntil: number; expired?: number }): KeyLookup =>
  (server) =>
    server === 'x' || server === 'y' ? { publicKey: key.publicKey, ...times } : undefined

const finished = (version: RoomVersion, changes: JsonObject = {}) => {
  const { hashes: _, signatures: __, ...draft } = asPdu(message(version, changes))
  return finishEvent(draft, version, 'x', key)
}

const verdict = (version: RoomVersion, times: { validUntil: number; expired?: number }) =>
  checkSignatures(finished(version), knownKeys(times)).map(({ problem }) => problem)

describe('signatures on events of older room versions', () => {
  it('are made and found good, and the id stays that which was given', () => {
    for (const version of older) {
      const event = finished(version)
      assert.ok(checkContentHash(event))
      assert.deepEqual(checkSignatures(event, knownKeys({ validUntil: 2e12 })), [])
      assert.deepEqual(readEvent({ ...event.pdu }, version), event)
    }
    assert.equal(finished(v1).id, '$two:x')
  })

  it('count beyond the validity of their key before version 5, but not beyond its end', () => {
    for (const version of older) {
      const late = version.keyValidity ? ['expired-key'] : []
      assert.deepEqual(verdict(version, { validUntil: 5 }), late, version.id)
      assert.deepEqual(verdict(version, { validUntil: 2e12, expired: 5 }), ['expired-key'])
      assert.deepEqual(verdict(version, { validUntil: 5, expired: 2e12 }), [])
    }
  })

  it('have to be there of the server of the event id, in versions 1 and 2', () => {
    for (const version of older) {
      const event = finished(version, { event_id: '$two:y' })
      const found = checkSignatures(event, knownKeys({ validUntil: 2e12 }))
      const expected = version.eventIds === 'given' ? [{ server: 'y', problem: 'missing' }] : []
      assert.deepEqual(found, expected)
    }
  })

  it('have to be there of the authorising server only where joins can be authorised', () => {
    const content = { membership: 'join', join_authorised_via_users_server: '@a:y' }
    for (const version of older) {
      const event = finished(version, { type: 'm.room.member', state_key: '@alice:x', content })
      const found = checkSignatures(event, knownKeys({ validUntil: 2e12 }))
      const expected = version.restrictedJoin ? [{ server: 'y', problem: 'missing' }] : []
      assert.deepEqual(found, expected, version.id)
    }
  })
})
