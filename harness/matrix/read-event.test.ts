import assert from 'node:assert/strict'
import { describe, it } from 'mocha'
import type { JsonObject } from './event.ts'
import { checkFormat } from './event-format.ts'
import { eventIdOf } from './hash.ts'
import { isObject, parseJson } from './json.ts'
import { clientForm, EventFormatError, eventOf, readEvent, redactsOf } from './read-event.ts'
import { redact } from './redact.ts'
import { type RoomVersion, roomVersions } from './room-version.ts'
import { finishEvent, type UnsignedPdu } from './sign-event.ts'
import { SigningKey } from './signing-key.ts'

const { v10, v11, v12 } = roomVersions
const key = SigningKey.generate('1')
const target = `$${'A'.repeat(43)}`

const draft = (version: RoomVersion, changes: Partial<UnsignedPdu> = {}): UnsignedPdu => ({
  type: 'm.room.message',
  sender: '@alice:x',
  room_id: version.roomIdFromCreate ? `!${'A'.repeat(43)}` : '!room:x',
  content: { body: 'hello' },
  prev_events: [target],
  auth_events: [],
  depth: 2,
  origin_server_ts: 1,
  ...changes,
})

const wire = (version: RoomVersion, changes: Partial<UnsignedPdu> = {}): JsonObject => ({
  ...finishEvent(draft(version, changes), version, 'x', key).pdu,
})

describe('readEvent', () => {
  it('works out id and room id', () => {
    for (const version of [v10, v11, v12]) {
      const json = wire(version)
      const event = readEvent(json, version)
      assert.equal(event.id, eventIdOf(json, version))
      assert.equal(event.roomId, json['room_id'])
      assert.equal(event.version, version)
      assert.deepEqual(event.pdu, json)
    }
  })

  it('makes the room id of the create event in version 12', () => {
    const { room_id: _, ...create } = draft(v12, { type: 'm.room.create', state_key: '' })
    const made = finishEvent({ ...create, content: { room_version: '12' } }, v12, 'x', key)
    const read = readEvent({ ...made.pdu }, v12)
    assert.equal(read.roomId, `!${read.id.slice(1)}`)
    assert.equal(made.roomId, read.roomId)
    assert.equal(made.id, read.id)
  })

  it('refuses what has the wrong format, and says all that is wrong', () => {
    const { sender: _, ...rest } = wire(v11)
    assert.throws(
      () => readEvent({ ...rest, depth: 'deep' }, v11),
      (error) => {
        assert.ok(error instanceof EventFormatError)
        assert.equal(error.code, 'event-format')
        assert.equal(
          error.message,
          '/sender: expected a user id, got nothing; /depth: expected an integer, got "deep"',
        )
        return error.problems.length === 2
      },
    )
    assert.throws(() => readEvent(null, v11), EventFormatError)
  })

  it('looks at how the text was written, where the room version is strict', () => {
    const { v1: _, v2: __, ...hashed } = roomVersions
    for (const version of Object.values(hashed)) {
      const event = wire(version, { content: { n: 1000, list: [{ m: 1 }] } })
      const text = JSON.stringify({ pdus: [event], other: 1 })
      for (const [member, written, pointer] of [
        ['"n":1000', '"n":1e3', '/content/n'],
        ['"m":1', '"m":1.0', '/content/list/0/m'],
        ['"m":1', '"m":1.00000000000000000001', '/content/list/0/m'],
        ['"m":1', '"m":2,"m":1', '/content/list/0/m'],
        ['"other":1', '"other":1.0', undefined],
      ] as const) {
        const body = parseJson(Buffer.from(text.replace(member, written)), { refuse: 'nothing' })
        const pdus = isObject(body) ? body['pdus'] : undefined
        assert.ok(Array.isArray(pdus))
        const found = checkFormat(pdus[0], version).map((problem) => problem.pointer)
        const expected = version.strictJson && pointer !== undefined ? [pointer] : []
        assert.deepEqual(found, expected, `${version.id} ${written}`)
      }
    }
  })

  it('tells of each place once, whether the text or the value shows it', () => {
    const event = wire(v11, { content: { a: 1, b: 2, c: 3, d: 4 } })
    const text = JSON.stringify(event)
      .replace('"a":1', '"a":1.5')
      .replace('"b":2', '"b":2.0')
      .replace('"c":3', '"c":-0')
      .replace('"d":4', '"d":9007199254740993')
    const found = checkFormat(parseJson(Buffer.from(text)), v11)
    assert.deepEqual(
      found.map(({ pointer, problem }) => `${pointer} ${problem}`),
      [
        '/content/a not an integer',
        '/content/c negative zero',
        '/content/d above 2^53-1',
        '/content/b written with a decimal point',
      ],
    )
  })

  it('can be told not to count references', () => {
    const json = wire(v11, { prev_events: Array.from({ length: 21 }, () => target) })
    assert.throws(() => readEvent(json, v11), EventFormatError)
    assert.equal(readEvent(json, v11, { countReferences: false }).pdu.prev_events.length, 21)
  })

  it('gives a redacted copy the same id', () => {
    for (const version of [v10, v11, v12]) {
      const event = readEvent(wire(version, { unsigned: { age: 1 } }), version)
      const copy = readEvent({ ...redact(event.pdu, version) }, version)
      assert.equal(copy.id, event.id)
      assert.deepEqual(copy.pdu.content, {})
      assert.equal(copy.pdu.unsigned, undefined)
    }
  })
})

describe('the form for clients', () => {
  it('has the ids and nothing of the graph', () => {
    const event = readEvent(wire(v11, { state_key: '', unsigned: { age: 1 } }), v11)
    assert.deepEqual(clientForm(event), {
      event_id: event.id,
      room_id: '!room:x',
      type: 'm.room.message',
      sender: '@alice:x',
      state_key: '',
      content: { body: 'hello' },
      origin_server_ts: 1,
      unsigned: { age: 1 },
    })
  })

  it('leaves out what is not there', () => {
    const form = clientForm(readEvent(wire(v11), v11))
    assert.ok(!('state_key' in form) && !('unsigned' in form) && !('redacts' in form))
  })

  it('names the target of a redaction in both places, whatever the version', () => {
    const old = eventOf(finishRedaction(v10, { redacts: target, content: { reason: 'r' } }), v10)
    const content = { reason: 'r', redacts: target }
    const now = eventOf(finishRedaction(v11, { content }), v11)
    for (const event of [old, now]) {
      assert.equal(redactsOf(event), target)
      assert.deepEqual(clientForm(event)['content'], content)
      assert.equal(clientForm(event)['redacts'], target)
    }
  })

  it('takes the target from where the version keeps it, and from nowhere else', () => {
    assert.equal(
      redactsOf(eventOf(finishRedaction(v10, { content: { redacts: target } }), v10)),
      undefined,
    )
    assert.equal(redactsOf(eventOf(finishRedaction(v11, { redacts: target }), v11)), undefined)
    assert.equal(
      redactsOf(eventOf(finishRedaction(v11, { content: { redacts: 5 } }), v11)),
      undefined,
    )
    const message = wire(v11, { content: { redacts: target } })
    assert.equal(redactsOf(readEvent(message, v11)), undefined)
  })
})

function finishRedaction(version: RoomVersion, changes: Partial<UnsignedPdu>) {
  return finishEvent(draft(version, { type: 'm.room.redaction', ...changes }), version, 'x', key)
    .pdu
}
