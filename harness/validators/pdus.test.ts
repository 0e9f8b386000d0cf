import assert from 'node:assert/strict'
import { describe, it } from 'mocha'
import type { JsonObject } from '../matrix/event.ts'
import { type RoomVersion, roomVersions } from '../matrix/room-version.ts'
import { pdu, transaction } from './test-examples-membership.ts'
import { context, contextOf, exchangeOf } from './test-exchange.ts'
import { eachVersion, history, message, requirementsOf, send, sent } from './test-pdus.ts'
import { alice, dan, Story, target } from './test-story.ts'
import { validate } from './validate.ts'

/** What is found of an event with this content, as text, that breaks canonical JSON. */
const strictly = (version: RoomVersion, content: string) => {
  const story = new Story(version)
  const event = { ...pdu(message(story)), content: { n: 1 } }
  const pdus = `"pdus":[${JSON.stringify(event).replace('"content":{"n":1}', `"content":${content}`)}]`
  const request = JSON.stringify({ ...transaction([]), pdus: [] }).replace('"pdus":[]', pdus)
  const exchange = { operation: 'send', from: target, params: { txnId: 's' }, request } as const
  const strange = exchangeOf({ ...exchange, response: { pdus: {} } })
  const all = requirementsOf(validate([history(story), strange], contextOf(version.id)))
  return all.filter((one) => one.startsWith('ss.cj'))
}

describe('the format of events that a target sends', () => {
  eachVersion(it, 'names each field that is missing', (story) => {
    const { sender: _, depth: __, hashes: ___, ...rest } = pdu(message(story))
    assert.deepEqual(requirementsOf(sent(story, { ...rest })).toSorted(), [
      'ss.pdu.base.depth /pdus/0/depth',
      'ss.pdu.base.hashes /pdus/0/hashes',
      'ss.pdu.base.sender /pdus/0/sender',
    ])
  })

  const rows: readonly (readonly [JsonObject, string, string])[] = [
    [{ type: 5 }, 'ss.pdu.base.type', '/type'],
    [{ content: [] }, 'ss.pdu.base.content', '/content'],
    [{ state_key: null }, 'ss.pdu.base.state_key_string', '/state_key'],
    [{ origin_server_ts: 1.5 }, 'ss.pdu.base.origin_server_ts', '/origin_server_ts'],
    [{ hashes: { sha512: 'x' } }, 'ss.pdu.event_hash_required', '/hashes/sha256'],
    [{ signatures: { x: 'y' } }, 'ss.pdu.base.signatures', '/signatures/x'],
    [{ unsigned: 1 }, 'ss.pdu.base.unsigned_object', '/unsigned'],
    [{ event_id: '$x' }, 'ss.pdu.event_id.v3_absent', '/event_id'],
    [{ auth_events: [['$x', {}]] }, 'ss.pdu.auth_events.ids_v3', '/auth_events/0'],
    [
      { prev_events: Array.from({ length: 21 }, () => '$x') },
      'ss.pdu.prev_events.max20',
      '/prev_events',
    ],
    [
      { auth_events: Array.from({ length: 11 }, () => '$x') },
      'ss.pdu.auth_events.max10',
      '/auth_events',
    ],
    [{ depth: -1 }, 'ss.pdu.negative_depth', '/depth'],
    [{ content: { n: 1.5 } }, 'ss.cj.v6.float_rejected', '/content/n'],
    [{ content: { text: 'x'.repeat(70_000) } }, 'ss.size.event_65536', ''],
    [{ type: 't'.repeat(256) }, 'ss.size.type_255', '/type'],
  ]
  for (const [change, requirement, pointer] of rows) {
    eachVersion(it, `finds ${requirement} at ${pointer}`, (story) => {
      const found = sent(story, { ...pdu(message(story)), ...change })
      assert.ok(
        requirementsOf(found).includes(`${requirement} /pdus/0${pointer}`),
        JSON.stringify(found),
      )
    })
  }

  it('counts how numbers are written where the room version is strict', () => {
    const point = 'ss.cj.v6.exponent_or_point_zero'
    assert.deepEqual(strictly(roomVersions.v10, '{"n":1.0}'), [`${point} /pdus/0/content/n`])
    assert.deepEqual(strictly(roomVersions.v12, '{"n":{"a":[0,1e0]}}'), [
      `${point} /pdus/0/content/n/a/1`,
    ])
    assert.deepEqual(strictly(roomVersions.v11, '{"n":2,"n":1}'), [
      'ss.cj.duplicate_keys /pdus/0/content/n',
    ])
    assert.deepEqual(strictly(roomVersions.v11, '{"n":1.5}'), [
      'ss.cj.v6.float_rejected /pdus/0/content/n',
    ])
  })

  eachVersion(it, 'is that of the room version', (story, version) => {
    const { room_id: _, ...create } = pdu(
      story.make({
        type: 'm.room.create',
        sender: alice,
        state_key: '',
        content: { creator: alice, room_version: version.id },
      }),
    )
    const found = requirementsOf(sent(story, { ...create }, { ...pdu(message(story)), room_id: 5 }))
    const expected = version.roomIdFromCreate
      ? ['ss.pdu.room_id_needed /pdus/1/room_id']
      : ['ss.pdu.room_id.v1_11 /pdus/0/room_id', 'ss.pdu.room_id_needed /pdus/1/room_id']
    assert.deepEqual(
      found.filter((one) => one.includes('room_id')),
      expected,
    )
  })

  it('is not judged by counts in answers to backfill', () => {
    const story = new Story(roomVersions.v11)
    const old = {
      ...pdu(message(story)),
      prev_events: Array.from({ length: 30 }, () => `$${'a'.repeat(42)}A`),
    }
    const answer = exchangeOf({
      operation: 'backfill',
      params: { roomId: story.roomId },
      query: { v: '$x', limit: '5' },
      response: { ...transaction([]), pdus: [old] },
    })
    assert.deepEqual(
      validate([answer], contextOf('11')).filter(({ rule }) => rule === 'ambient/pdus/format'),
      [],
    )
  })

  it('is judged in events of others too, and nothing else is', () => {
    const story = new Story(roomVersions.v12)
    const event = pdu(message(story, dan))
    const forged = { ...event, hashes: { sha256: 'wrong' }, signatures: {} }
    assert.deepEqual(requirementsOf(sent(story, forged)), [])
    const { content: _, ...broken } = event
    assert.deepEqual(requirementsOf(sent(story, { ...broken })), [
      'ss.pdu.base.content /pdus/0/content',
    ])
  })

  it('is not judged by what ids look like in events of others', () => {
    const story = new Story(roomVersions.v12)
    const odd = { prev_events: ['$odd:x'] }
    assert.deepEqual(requirementsOf(sent(story, { ...pdu(message(story, dan)), ...odd })), [])
    assert.ok(
      requirementsOf(sent(story, { ...pdu(message(story)), ...odd })).includes(
        'ss.pdu.prev_events.ids_v3 /pdus/0/prev_events/0',
      ),
    )
  })

  it('is not judged in rooms of unknown version', () => {
    const story = new Story(roomVersions.v11)
    assert.deepEqual(validate([send([{ ...pdu(message(story)), depth: 'x' }])], context), [])
  })

  it('is taken from what the handshake said of the room', () => {
    const story = new Story(roomVersions.v11)
    const asked = exchangeOf({
      operation: 'makeJoin',
      params: { roomId: story.roomId, userId: dan },
      query: { ver: '11' },
      response: { room_version: '11', event: {} },
    })
    const found = validate([asked, send([{ ...pdu(message(story)), depth: 'x' }])], context)
    assert.ok(requirementsOf(found).includes('ss.pdu.base.depth /pdus/0/depth'))
  })
})
