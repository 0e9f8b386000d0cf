import assert from 'node:assert/strict'
import { describe, it } from 'mocha'
import { canonicalJson } from './canonical-json.ts'
import type { Json, JsonObject } from './event.ts'
import { checkFormat, type FormatOptions } from './event-format.ts'
import { type RoomVersion, roomVersions } from './room-version.ts'

const { v10, v11, v12 } = roomVersions
const hash = 'Rqnc-F-dvnEYJTyHq_iKxU2bZ1CI92-kuZq3a5lr5Zg'
const id = `$${hash}`

const roomIdIn = (version: RoomVersion): string =>
  version.roomIdFromCreate ? `!${hash}` : '!room:x'

/** A message that is well formed in that version, with changes; `undefined` takes a key away. */
function message(version: RoomVersion, changes: Record<string, Json | undefined> = {}): JsonObject {
  const event: Record<string, Json | undefined> = {
    type: 'm.room.message',
    sender: '@alice:x',
    room_id: roomIdIn(version),
    content: { body: 'hello' },
    prev_events: [id],
    auth_events: [id],
    depth: 5,
    origin_server_ts: 1_700_000_000_000,
    hashes: { sha256: 'AAAA' },
    signatures: { x: { 'ed25519:1': 'AAAA' } },
    ...changes,
  }
  const entries = Object.entries(event).flatMap(([key, value]) =>
    value === undefined ? [] : [[key, value] as const],
  )
  return Object.fromEntries(entries)
}

/** Every problem as `requirement pointer`. */
const problems = (json: Json, version: RoomVersion, options?: FormatOptions): readonly string[] =>
  checkFormat(json, version, options).map(
    ({ requirement = '', pointer }) => `${requirement} ${pointer}`,
  )

function each(expected: string, changes: readonly Record<string, Json | undefined>[]): void {
  for (const version of [v10, v11, v12]) {
    for (const change of changes) {
      assert.deepEqual(
        problems(message(version, change), version),
        [expected],
        JSON.stringify(change),
      )
    }
  }
}

function fine(changes: readonly Record<string, Json | undefined>[]): void {
  for (const version of [v10, v11, v12]) {
    for (const change of changes) {
      assert.deepEqual(problems(message(version, change), version), [], JSON.stringify(change))
    }
  }
}

const ids = (count: number): readonly string[] => Array.from({ length: count }, () => id)

describe('the format of an event', () => {
  it('is that of a good event', () => {
    fine([
      {},
      { state_key: '' },
      { unsigned: { age: 5 } },
      { origin: 'x', event_id: '$x', 'custom.key': [{}] },
      { prev_events: [], auth_events: [] },
      { depth: 0 },
      { depth: 2 ** 53 - 1, origin_server_ts: -1 },
      { hashes: { sha256: 'not base64', md5: 5 } },
      { signatures: {} },
      { sender: '@Upper Case:x' },
      { sender: '@:x' },
    ])
  })

  it('is an object', () => {
    for (const json of [null, 1, 'x', [], true]) {
      assert.deepEqual(problems(json, v11), ['ss.pdu.format.wrong_types '])
    }
  })

  it('has a sender that is a user id', () => {
    const senders = [undefined, null, 5, '', 'alice', '@alice', '@a:b:c:d', '!a:x', '@a\0:x']
    each(
      'ss.pdu.base.sender /sender',
      senders.map((sender) => ({ sender })),
    )
  })

  it('has type and content', () => {
    each('ss.pdu.base.type /type', [{ type: undefined }, { type: null }, { type: 5 }])
    each('ss.pdu.base.content /content', [
      { content: undefined },
      { content: [] },
      { content: 'x' },
    ])
  })

  it('has integers for time and depth', () => {
    each('ss.pdu.base.origin_server_ts /origin_server_ts', [
      { origin_server_ts: undefined },
      { origin_server_ts: '5' },
      { origin_server_ts: null },
    ])
    each('ss.pdu.base.depth /depth', [{ depth: undefined }, { depth: '5' }, { depth: [] }])
    each('ss.pdu.negative_depth /depth', [{ depth: -1 }])
    assert.deepEqual(problems(message(v11, { depth: 2 ** 53 }), v11), [
      'ss.pdu.depth.over_2_53_v6 /depth',
      'ss.cj.v6.int_range_high /depth',
    ])
    assert.deepEqual(problems(message(v11, { depth: 1.5 }), v11), [
      'ss.pdu.base.depth /depth',
      'ss.cj.v6.float_rejected /depth',
    ])
  })

  it('has hashes with sha256', () => {
    each('ss.pdu.base.hashes /hashes', [{ hashes: undefined }, { hashes: 'x' }, { hashes: [] }])
    each('ss.pdu.event_hash_required /hashes/sha256', [
      { hashes: {} },
      { hashes: { sha256: 5 } },
      { hashes: { md5: 'x' } },
    ])
  })

  it('has signatures by server and key', () => {
    const odd = [
      undefined,
      null,
      [],
      'x',
      { x: 'y' },
      { x: null },
      { x: { 'ed25519:1': 5 } },
      { x: { a: 'x', b: 5 } },
    ]
    each(
      'ss.pdu.base.signatures /signatures',
      odd.map((signatures) => ({ signatures })),
    )
  })

  it('may have a state key that is text, and unsigned data that is an object', () => {
    each('ss.pdu.base.state_key_string /state_key', [{ state_key: null }, { state_key: 5 }])
    each('ss.pdu.base.unsigned_object /unsigned', [{ unsigned: null }, { unsigned: [] }])
  })

  it('has references that are lists of event ids', () => {
    for (const key of ['prev_events', 'auth_events']) {
      each(`ss.pdu.${key}.ids_v3 /${key}`, [{ [key]: undefined }, { [key]: null }, { [key]: id }])
      each(`ss.pdu.${key}.ids_v3 /${key}/1`, [
        { [key]: [id, [id, { sha256: 'x' }]] },
        { [key]: [id, 5] },
        { [key]: [id, '$abc:x'] },
        { [key]: [id, `${id}=`] },
      ])
    }
  })

  it('has at most 20 parents and 10 auth events, where that counts', () => {
    fine([{ prev_events: ids(20), auth_events: ids(10) }])
    each('ss.pdu.prev_events.max20 /prev_events', [{ prev_events: ids(21) }])
    each('ss.pdu.auth_events.max10 /auth_events', [{ auth_events: ids(11) }])
    const event = message(v11, { prev_events: ids(21), auth_events: ids(11) })
    assert.deepEqual(problems(event, v11, { countReferences: false }), [])
  })

  it('has redacts as text up to version 10', () => {
    const redacts = 5
    const expected = ['ss.pdu.redacts.top_level_v1_10 /redacts']
    assert.deepEqual(problems(message(v10, { redacts }), v10), expected)
    assert.deepEqual(problems(message(v11, { redacts }), v11), [])
  })

  it('does not read inherited properties', () => {
    assert.ok(problems({}, v11).includes('ss.pdu.base.content /content'))
    assert.deepEqual(
      problems(message(v11, { hashes: JSON.parse('{"__proto__":{"sha256":""}}') }), v11),
      ['ss.pdu.event_hash_required /hashes/sha256'],
    )
  })
})

const inV12 = (room_id: Json | undefined, type: string): readonly string[] =>
  problems(message(v12, { room_id, type }), v12)

describe('the room id of an event', () => {
  it('has a domain up to version 11', () => {
    for (const version of [v10, v11]) {
      const of = (room_id: Json | undefined) => problems(message(version, { room_id }), version)
      assert.deepEqual(of(undefined), ['ss.pdu.room_id.v1_11 /room_id'])
      assert.deepEqual(of(5), ['ss.pdu.room_id.v1_11 /room_id'])
      assert.deepEqual(of(`!${hash}`), ['ss.id.room.domain_form /room_id'])
      assert.deepEqual(of('#room:x'), ['ss.id.room.domain_form /room_id'])
      assert.deepEqual(of(`!${'a'.repeat(252)}:x`), [])
      assert.deepEqual(of(`!${'a'.repeat(253)}:x`), ['ss.size.room_id_255 /room_id'])
    }
  })

  it('is a hash from version 12, and absent where it would be that of the event itself', () => {
    assert.deepEqual(inV12(undefined, 'm.room.message'), ['ss.pdu.room_id.v12 /room_id'])
    assert.deepEqual(inV12('!room:x', 'm.room.message'), ['ss.id.room.v12_form /room_id'])
    assert.deepEqual(inV12(undefined, 'm.room.create'), [])
    assert.deepEqual(inV12(`!${hash}`, 'm.room.create'), [
      'ss.pdu.room_id.v12_create_absent /room_id',
    ])
    assert.deepEqual(inV12(null, 'm.room.create'), ['ss.pdu.room_id.v12_create_absent /room_id'])
  })
})

describe('the size of an event', () => {
  it('is bounded to 255 bytes for some fields, counted in bytes', () => {
    fine([
      { type: 't'.repeat(255), state_key: 'k'.repeat(255), sender: `@${'a'.repeat(252)}:x` },
      { type: `${'é'.repeat(127)}t`, state_key: '😀'.repeat(63) },
    ])
    each('ss.size.type_255 /type', [{ type: 't'.repeat(256) }, { type: 'é'.repeat(128) }])
    each('ss.size.state_key_255 /state_key', [
      { state_key: 'k'.repeat(256) },
      { state_key: '日'.repeat(86) },
    ])
    each('ss.size.sender_255 /sender', [{ sender: `@${'a'.repeat(253)}:x` }])
  })

  it('is bounded to 65,536 bytes in canonical form, signatures and all', () => {
    const base = message(v11, { unsigned: { pad: '' }, content: { body: '' } })
    const room = 65_536 - Buffer.byteLength(canonicalJson(base))
    const sized = (content: string, unsigned: string) =>
      problems({ ...base, content: { body: content }, unsigned: { pad: unsigned } }, v11)
    assert.deepEqual(sized('a'.repeat(room), ''), [])
    assert.deepEqual(sized('', 'a'.repeat(room)), [])
    assert.deepEqual(sized('a'.repeat(room + 1), ''), ['ss.size.event_65536 '])
    assert.deepEqual(sized('a'.repeat(room), 'a'), ['ss.size.event_65536 '])
    assert.deepEqual(sized('é'.repeat(room / 2 + 1), ''), ['ss.size.event_65536 '])
    assert.deepEqual(sized('\u0001'.repeat(room / 6 + 1), ''), ['ss.size.event_65536 '])
  })
})

describe('the strictness of an event', () => {
  it('names every number that canonical JSON does not have', () => {
    const content = {
      'a/b~c': [1, 1.5],
      high: 2 ** 53,
      low: -(2 ** 53),
      zero: -0,
      bounds: [2 ** 53 - 1, -(2 ** 53) + 1],
      infinite: Infinity,
    }
    assert.deepEqual(problems(message(v11, { content }), v11), [
      'ss.cj.v6.float_rejected /content/a~1b~0c/1',
      'ss.cj.v6.int_range_high /content/high',
      'ss.cj.v6.int_range_low /content/low',
      'ss.cj.no_negative_zero /content/zero',
      'ss.cj.v6.int_range_high /content/infinite',
    ])
  })

  it('holds for unsigned data too', () => {
    each('ss.cj.v6.float_rejected /unsigned/age', [{ unsigned: { age: 0.5 } }])
  })

  it('names lone surrogates in values and keys', () => {
    each('ss.cj.lone_surrogates /content/body', [{ content: { body: 'a\ud800' } }])
    each('ss.cj.lone_surrogates /content/\udc00', [{ content: { '\udc00': 1 } }])
  })

  it('ends at the first 20, and at what is too deep', () => {
    const content = { a: Array.from({ length: 50 }, () => 0.5) }
    assert.equal(problems(message(v11, { content }), v11).length, 20)
    let deep: Json = 0
    for (let depth = 0; depth < 50_000; depth += 1) deep = [deep]
    const found = checkFormat(message(v11, { content: { deep } }), v11)
    assert.deepEqual(
      found.map(({ problem }) => problem),
      ['nested deeper than the harness reads'],
    )
  })
})
