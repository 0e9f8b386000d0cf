import assert from 'node:assert/strict'
import { describe, it } from 'mocha'
import type { Level } from '../../fixtures/requirements/define.ts'
import { fold, strongest } from './fold.ts'
import type { CheckResult, Finding, Outcome } from './outcome.ts'

const outcomes: Record<Outcome['status'], Outcome> = {
  passed: { status: 'passed' },
  failed: { status: 'failed', evidence: { message: 'm', exchanges: [], fingerprint: 'm' } },
  skipped: { status: 'skipped', because: { code: 'not-declared', text: '' } },
  inconclusive: { status: 'inconclusive', because: '' },
  errored: { status: 'errored', error: { name: 'Error', message: '' } },
}
const finding: Finding = {
  requirement: 'r',
  exchange: 1,
  server: 't',
  operation: 'send',
  part: 'response',
  pointer: '',
  expected: '',
  actual: '',
}

function verdictOf(
  level: Level,
  statuses: readonly Outcome['status'][],
  findings: readonly Finding[] = [],
) {
  const checks = statuses.map(
    (status, index): CheckResult => ({
      id: `a/b/c${index}`,
      scenario: 'a/b/c',
      title: '',
      proves: ['r'],
      level,
      outcome: outcomes[status],
      startedAt: 0,
      durationMs: 0,
    }),
  )
  const [result] = fold({ r: { level, wording: 'w', at: 'page/#x' } }, checks, findings)
  assert.ok(result)
  assert.deepEqual(
    result.checks,
    checks.map(({ id }) => id),
  )
  return result.verdict
}

describe('the verdict of a requirement', () => {
  it('is conformant where all that was decided passed', () => {
    assert.equal(verdictOf('MUST', ['passed', 'passed', 'skipped']), 'conformant')
  })

  it('is nonconformant for one failure or finding', () => {
    assert.equal(verdictOf('MUST', ['passed', 'failed', 'inconclusive']), 'nonconformant')
    assert.equal(verdictOf('SHOULD', ['failed']), 'nonconformant')
    assert.equal(verdictOf('MUST', ['passed'], [finding]), 'nonconformant')
  })

  it('is only noted where nothing is demanded', () => {
    assert.equal(verdictOf('implied', ['failed']), 'noted')
    assert.equal(verdictOf('MAY', ['passed'], [finding]), 'noted')
  })

  it('is undecided as long as one check is', () => {
    assert.equal(verdictOf('MUST', ['passed', 'inconclusive']), 'undecided')
    assert.equal(verdictOf('MUST', ['errored']), 'undecided')
  })

  it('is untested without checks, and with none that ran', () => {
    assert.equal(verdictOf('MUST', []), 'untested')
    assert.equal(verdictOf('MUST', ['skipped']), 'untested')
  })
})

describe('strongest', () => {
  it('orders the levels', () => {
    assert.equal(strongest([]), 'implied')
    assert.equal(strongest(['MAY', 'SHOULD', 'implied']), 'SHOULD')
    assert.equal(strongest(['SHOULD', 'MUST', 'MAY']), 'MUST')
  })
})
