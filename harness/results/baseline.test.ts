import assert from 'node:assert/strict'
import { describe, it } from 'mocha'
import { BaselineError, checkKnown, type Entry, parseBaseline, writeBaseline } from './baseline.ts'

const today = '2026-07-01'
const good: Entry = {
  check: 'replication/backfill/limit-zero[v12]',
  expect: 'fail',
  fingerprint: 'the answer is 500, not 200',
  reason: 'answers 500',
}
const file = (entries: readonly unknown[]) => JSON.stringify({ fedcheck: '0.1.0', entries })
const parsed = (...entries: unknown[]) => parseBaseline(file(entries), 'b.json', today)
const refused = (entries: readonly unknown[], words: RegExp) =>
  assert.throws(
    () => parseBaseline(file(entries), 'b.json', today),
    (error) => error instanceof BaselineError && words.test(error.message),
  )

describe('a baseline file', () => {
  it('reads back what it writes, one sorted entry a line', () => {
    const entries = [
      { ...good, check: 'b/c/d', issue: 'https://example.org/1', expires: '2026-07-01' },
      good,
      { check: 'a/b/c', expect: 'flaky', reason: 'one in ten' } as const,
    ]
    const text = writeBaseline({ fedcheck: '0.1.0', entries })
    assert.deepEqual(
      parseBaseline(text, 'b.json', today).entries.map(({ check }) => check),
      ['a/b/c', 'b/c/d', good.check],
    )
    assert.equal(text.split('\n').filter((line) => line.includes('"reason"')).length, 3)
    assert.equal(writeBaseline(parseBaseline(text, 'b.json', today)), text)
    assert.deepEqual(parsed().entries, [])
    assert.equal(writeBaseline({ fedcheck: '0.1.0', entries: [] }).includes('"entries": []'), true)
  })

  it('names file, entry and fault', () => {
    const { reason: _, ...bare } = good
    refused([good, bare], /^b\.json: entry 2 \(replication.*\): a reason is needed/)
    refused([{ ...good, reason: ' ' }], /a reason is needed/)
    refused([{ ...good, fingerprint: undefined }], /fingerprint/)
    refused([{ ...good, expect: 'pass' }], /entry 1/)
    refused([{ ...good, isue: 'x' }], /isue/)
    refused([good, good], /two entries/)
    refused([{ ...good, expires: '2026-06-30' }], /expired on 2026-06-30/)
    refused([{ ...good, expires: 'soon' }], /entry 1/)
    assert.throws(() => parseBaseline('{', 'b.json', today), /b\.json: no JSON/)
    assert.throws(() => parseBaseline('null', 'b.json', today), BaselineError)
    assert.throws(() => parseBaseline('[]', 'b.json', today), BaselineError)
  })

  it('holds no entry for a check that no suite has', () => {
    checkKnown(parsed(good), 'b.json', (id) => id === good.check)
    assert.throws(() => checkKnown(parsed(good), 'b.json', () => false), BaselineError)
  })
})
