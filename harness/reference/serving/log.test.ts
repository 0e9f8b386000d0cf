import assert from 'node:assert/strict'
import { describe, it } from 'mocha'
import type { Exchange } from '../../journal/exchange.ts'
import { body } from '../../journal/journal.ts'
import { entryOf, faultEntry, jsonLine, textLine } from './log.ts'

const nothing = body(new Uint8Array())
const exchange = (more: Partial<Exchange>): Exchange => ({
  kind: 'exchange',
  id: 1,
  from: 'hs2',
  to: 'hs1',
  seenBy: 'receiver',
  method: 'GET',
  uri: '/_matrix/client/v3/sync?access_token=hush',
  request: {
    headers: { authorization: 'Bearer hush' },
    body: body(Buffer.from('{"password":"hush"}')),
  },
  response: {
    status: 200,
    headers: { 'x-key': 'hush' },
    body: body(Buffer.from('{"token":"hush"}')),
  },
  startedAt: 10,
  endedAt: 12.345,
  ending: 'answered',
  ...more,
})
const at = Date.parse('2030-01-02T03:04:05.678Z')

describe('the log of a served homeserver', () => {
  it('tells who asked whom for what, and nothing of what was said', () => {
    const entry = entryOf(exchange({}), 'hs1', at)
    assert.deepEqual(JSON.parse(jsonLine(entry)), {
      time: '2030-01-02T03:04:05.678Z',
      server: 'hs1',
      level: 'info',
      kind: 'exchange',
      ms: 2.3,
      from: 'hs2',
      to: 'hs1',
      method: 'GET',
      path: '/_matrix/client/v3/sync',
      status: 200,
    })
    assert.equal(textLine(entry), '03:04:05.678 hs1 ← hs2 GET /_matrix/client/v3/sync 200 2.3 ms')
    const sent = exchange({ from: 'hs1', to: 'hs3', ending: 'refused', error: 'ECONNREFUSED' })
    const { response: _, ...unanswered } = sent
    const line = textLine(entryOf(unanswered, 'hs1', at))
    assert.match(line, / hs1 → hs3 GET \S+ refused 2\.3 ms: ECONNREFUSED$/)
  })

  it('bounds what others chose, and lets none of it steer a terminal', () => {
    const odd = '/\u001b[2J\u009b\u202e\n'
    const entry = entryOf(
      exchange({
        from: odd,
        uri: odd + 'x'.repeat(9_000),
        request: { headers: {}, body: nothing },
      }),
      'hs1',
      at,
    )
    for (const line of [jsonLine(entry), textLine(entry)]) {
      assert.ok(line.length < 1_000)
      assert.doesNotMatch(line, /[\p{Cc}\p{Cf}]/u)
    }
  })

  it('tells of faults of its own, with where they happened', () => {
    const line = textLine(faultEntry(new TypeError('it broke'), 'hs1', at))
    assert.match(line, /^03:04:05\.678 hs1 ERROR TypeError: it broke.*at .*log\.test/)
    assert.match(textLine(faultEntry('words', 'hs1', at)), /ERROR words$/)
  })
})
