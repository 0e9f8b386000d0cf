import assert from 'node:assert/strict'
import { describe, it } from 'mocha'
import { roomVersions } from '../matrix/room-version.ts'
import { Nonconformance } from '../world/errors.ts'
import type { ClientEvent, Reply } from '../world/homeserver.ts'
import type { Event, Json } from '../matrix/event.ts'
import type { LawfulState, StateDifference } from '../world/world.ts'
import { must } from './must.ts'

const reply = (status: number, json?: Json): Reply => ({ status, headers: {}, json, exchange: 14 })
const client = (id: string): ClientEvent => ({
  event_id: id,
  type: 'm.room.topic',
  sender: '@a:x',
  state_key: '',
  content: {},
})
const event = (id: string, auth: readonly string[] = []): Event => ({
  id,
  roomId: '!r:x',
  version: roomVersions.v11,
  pdu: {
    type: 'm.room.member',
    sender: '@a:x',
    state_key: '@a:x',
    room_id: '!r:x',
    content: {},
    prev_events: [],
    auth_events: auth,
    depth: 1,
    origin_server_ts: 1,
    hashes: { sha256: '' },
    signatures: {},
  },
})

const complaint = (deed: () => unknown): Nonconformance => {
  let caught: unknown
  try {
    deed()
  } catch (error) {
    caught = error
  }
  assert.ok(caught instanceof Nonconformance, String(caught))
  return caught
}

const difference = (place: string): StateDifference => ({
  place,
  expected: `$right of ${place}`,
  actual: `$wrong of ${place}`,
  because: ['in conflict', '$right wins', '$wrong loses'],
})

const state = (ids: readonly string[], places: readonly string[]): LawfulState => ({
  ids,
  differences: () => places.map(difference),
})

describe('must', () => {
  it('compares deeply, and names the value', () => {
    must.equal({ a: [1] }, { a: [1] })
    const { message, expected, actual } = complaint(() => must.equal('up', 'down', 'the topic'))
    assert.equal(message, 'the topic is "up", not "down"')
    assert.deepEqual([expected, actual], ['"down"', '"up"'])
  })

  it('takes events in every form', () => {
    must.haveSame([client('$1'), event('$2')], ['$2', '$1'])
    must.include([client('$1'), '$2'], [event('$2')])
    must.exclude([client('$1')], ['$2'])
  })

  it('names what is missing and what is too much', () => {
    assert.match(
      complaint(() => must.haveSame(['$1', '$3'], [client('$1'), client('$2')])).message,
      /missing m\.room\.topic \(\$2\); too much: \$3/,
    )
    assert.match(complaint(() => must.haveSame(['$1', '$1'], ['$1'])).message, /too much: \$1$/)
    assert.match(
      complaint(() => must.include([], [event('$1')], 'its state')).message,
      /^its state lack m\.room\.member of @a:x \(\$1\)$/,
    )
    assert.match(complaint(() => must.exclude(['$1'], ['$1'])).message, /hold \$1/)
  })

  it('takes any of the lawful states, and tells of the nearest otherwise', () => {
    const far = state(['$1', '$2'], ['a', 'b'])
    must.resolveTo(['$2', '$1'], [state(['$3'], []), far])

    const found = complaint(() => must.resolveTo(['$1'], [far, state(['$3'], ['m.room.topic'])]))
    assert.equal(found.message, 'the resolved state is wrong at m.room.topic')
    assert.equal(found.expected, 'm.room.topic: $right of m.room.topic')
    assert.equal(found.actual, 'm.room.topic: $wrong of m.room.topic')
    assert.deepEqual(found.reasons, ['m.room.topic: in conflict\n– $right wins\n– $wrong loses'])

    const many = complaint(() => must.resolveTo([], [state(['$1'], 'abcdefg'.split(''))], 'it'))
    assert.equal(many.message, 'it is wrong at a, b, c, d, e and 2 more')
    assert.equal(many.reasons.length, 5)
    assert.match(many.expected ?? '', /e: \$right of e\nand 2 more$/)
  })

  it('does not take an event twice for a state', () => {
    const lawful: LawfulState = { ids: ['$1'], differences: () => [] }
    const { message } = complaint(() => must.resolveTo(['$1', '$1'], [lawful]))
    assert.equal(message, 'the resolved state differ: too much: $1')
  })

  it('wants the refusal that is demanded, and no other', () => {
    const refusal = reply(400, { errcode: 'M_BAD_JSON', room_version: '6' })
    assert.equal(must.refuse(refusal, 400, 'M_BAD_JSON')['room_version'], '6')
    must.refuse(refusal, [400, 403], ['M_FORBIDDEN', 'M_BAD_JSON'])
    must.refuse(reply(404), 404)
    const found = complaint(() => must.refuse(refusal, 403, 'M_FORBIDDEN'))
    assert.equal(found.message, 'the answer is 400 M_BAD_JSON, not 403 M_FORBIDDEN')
    assert.deepEqual(found.exchanges, [14])
    complaint(() => must.refuse(refusal, 400, 'M_UNKNOWN'))
    complaint(() => must.refuse(reply(200, {}), 400))
  })

  it('wants an answer with a JSON object', () => {
    assert.deepEqual(must.answer(reply(200, { a: 1 })), { a: 1 })
    complaint(() => must.answer(reply(200, [])))
    complaint(() => must.answer(reply(200)))
    assert.match(complaint(() => must.answer(reply(500, {}))).message, /is 500, not 200/)
  })

  it('finds the place that does not match', () => {
    const value = { pdus: [{ type: 'm.room.topic', depth: 3, 'a/b': 1 }], extra: true }
    must.match(value, { pdus: [{ type: /^m\./, depth: (depth) => Number(depth) > 2 }] })
    assert.match(
      complaint(() => must.match(value, { pdus: [{ type: /^x/ }] }, 'the answer')).message,
      /^\/pdus\/0\/type of the answer is "m\.room\.topic"/,
    )
    assert.match(complaint(() => must.match(value, { pdus: [] })).message, /\/pdus .*an array of 0/)
    assert.match(complaint(() => must.match(value, { pdus: [{ 'a/b': 2 }] })).message, /\/a~1b/)
    complaint(() => must.match(value, { toString: /./ }))
    complaint(() => must.match(undefined, {}))
    complaint(() => must.match([], {}))
  })

  it('wants auth chains without gaps', () => {
    const chain = [event('$create'), event('$member', ['$create'])]
    must.coverAuth(chain, [event('$topic', ['$create', '$member'])])
    assert.match(
      complaint(() => must.coverAuth(chain.slice(1), [event('$topic', ['$member'])])).message,
      /lacks \$create$/,
    )
  })

  it('keeps the evidence of an own complaint', () => {
    const found = complaint(() =>
      must.that(false, 'given to a stranger', { actual: 'status 200', exchanges: [3] }),
    )
    assert.deepEqual([found.actual, found.exchanges], ['status 200', [3]])
  })
})
