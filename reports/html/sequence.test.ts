import assert from 'node:assert/strict'
import { describe, it } from 'mocha'
import type { Exchange, Fact, FabricFact } from '../../harness/journal/exchange.ts'
import { body } from '../../harness/journal/journal.ts'
import { castOf, labelsOf } from './names.ts'
import { laneOrder, sequenceOf, windowOf } from './sequence.ts'
import { ranges } from './story.ts'

const target = { spec: 'x', serverName: 't:1', name: 'X', version: '1' }

const exchange = (
  id: number,
  from: string,
  to: string,
  more: Partial<Exchange> = {},
): Exchange => ({
  kind: 'exchange',
  id,
  from,
  to,
  seenBy: 'requester',
  method: 'PUT',
  uri: `/_matrix/federation/v1/send/${id}`,
  operation: 'send',
  request: { headers: {}, body: body(new Uint8Array()) },
  response: { status: 200, headers: {}, body: body(new Uint8Array()) },
  startedAt: id,
  endedAt: id + 1,
  ending: 'answered',
  ...more,
})

const cut = (
  act: 'begin' | 'end',
  at: number,
  rule: string,
  [a, b]: [string, string],
): FabricFact => ({
  kind: 'fabric',
  at,
  act,
  rule,
  fault: 'refuse',
  links: [
    [a, b],
    [b, a],
  ],
})

const sending = (id: number, ...pdus: object[]): Exchange =>
  exchange(id, 'a.x', 't:1', {
    request: { headers: {}, body: body(new TextEncoder().encode(JSON.stringify({ pdus }))) },
  })

describe('the sequence of a check', () => {
  it('is in the order of time, with one band for both directions of a cut', () => {
    const facts: Fact[] = [
      exchange(9, 'a.x', 't:1'),
      exchange(2, 't:1', 'a.x'),
      cut('begin', 5, 'r1', ['a.x', 't:1']),
      { kind: 'note', at: 1, text: 'x' },
      cut('end', 7, 'r1', ['a.x', 't:1']),
      cut('begin', 8, 'r2', ['t:1', 'b.x']),
    ]
    const { rows, bands } = sequenceOf(facts, new Set())
    assert.deepEqual(
      rows.map((row) =>
        row.kind === 'arrow' ? row.exchange.id : `${row.fact.act} ${row.fact.rule}`,
      ),
      [2, 'begin r1', 'end r1', 'begin r2', 9],
    )
    assert.deepEqual(
      bands.map(({ rule, servers, from, to }) => [rule, servers, from, to]),
      [
        ['r1', ['a.x', 't:1'], 1, 2],
        ['r2', ['b.x', 't:1'], 3, undefined],
      ],
    )
  })

  it('folds runs of equal arrows above two hundred, but never the offending one', () => {
    const facts = Array.from({ length: 300 }, (_, i) => exchange(i, 'a.x', 't:1'))
    assert.equal(sequenceOf(facts.slice(0, 200), new Set()).rows.length, 200)
    const { rows, folded } = sequenceOf(facts, new Set([150]))
    assert.deepEqual(
      rows.map((row) => row.kind === 'arrow' && [row.exchange.id, row.times]),
      [
        [0, 150],
        [150, 1],
        [151, 149],
      ],
    )
    assert.equal(folded, 297)
  })

  it('opens its window on the witness', () => {
    const facts = Array.from({ length: 1000 }, (_, i) => exchange(i, i % 2 ? 'a.x' : 'b.x', 't:1'))
    const offending = new Set([900])
    const sequence = sequenceOf(facts, offending)
    const { from, to } = windowOf(sequence, offending, 200)
    assert.ok(from <= 900 && 900 < to && to - from === 200)
    assert.deepEqual(windowOf(sequence, new Set(), 200), { from: 0, to: 200 })
  })

  it('puts servers with a fault between them side by side', () => {
    const { bands } = sequenceOf([cut('begin', 1, 'r', ['a.x', 't:1'])], new Set())
    assert.deepEqual(laneOrder(['a.x', 'b.x', 't:1'], bands), ['a.x', 't:1', 'b.x'])
    assert.deepEqual(laneOrder(['a.x', 'b.x', 't:1'], []), ['a.x', 'b.x', 't:1'])
  })
})

describe('names in a picture', () => {
  it('are roles for servers', () => {
    const { nameOf, servers } = castOf(
      [exchange(1, 'a.x', 't:1'), exchange(2, 'b.x', '?'), exchange(3, 'client', 't:1')],
      [target],
    )
    assert.deepEqual(servers.map(nameOf), ['peer', 'target', 'peer 2', 'unknown', 'client'])
  })

  it('are type and author for events, the same wherever an event goes', () => {
    const topic = { type: 'm.room.topic', sender: '@ann:x', hashes: { sha256: 'h1' } }
    const ban = {
      type: 'm.room.member',
      sender: '@bob:x',
      content: { membership: 'ban' },
      hashes: { sha256: 'h2' },
    }
    const labels = labelsOf([
      sending(1, topic),
      sending(2, topic, ban),
      sending(3, { ...topic, hashes: { sha256: 'h3' } }),
      sending(4, ban),
      sending(5),
      exchange(6, 'a', 'b', {
        request: {
          headers: {},
          body: body(new TextEncoder().encode('{"edus":[{"edu_type":"m.typing"}]}')),
        },
      }),
      exchange(7, 'a', 'b'),
      exchange(8, 'a', 'b', { operation: 'stateIds' }),
    ])
    assert.deepEqual(
      [...labels.values()],
      [
        'send topic-a',
        'send 2 PDUs',
        'send topic-a2',
        'send ban-b',
        'send empty',
        'send typing',
        'send',
        'stateIds',
      ],
    )
  })

  it('are bounded and safe for what makes no sense', () => {
    const labels = labelsOf([
      sending(1, [], { type: 1, sender: null }),
      sending(2, { type: 'x'.repeat(999) }),
    ])
    for (const label of labels.values()) assert.ok(label.length < 60, label)
  })
})

describe('ranges', () => {
  it('are short for numbers in a row', () => {
    assert.equal(ranges([5, 3, 4, 9, 11, 12]), '3-5,9,11-12')
    assert.equal(ranges([]), '')
  })
})
