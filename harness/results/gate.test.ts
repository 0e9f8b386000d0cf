import assert from 'node:assert/strict'
import { describe, it } from 'mocha'
import type { Level } from '../../fixtures/requirements/define.ts'
import type { Baseline, Entry } from './baseline.ts'
import { changeOf, compared, gate, plainPolicy, type Policy } from './gate.ts'
import type { CheckResult, Outcome } from './outcome.ts'

const passed: Outcome = { status: 'passed' }
const failed = (fingerprint = 'the answer is 500'): Outcome => ({
  status: 'failed',
  evidence: { message: fingerprint, exchanges: [], fingerprint },
})
const skipped: Outcome = { status: 'skipped', because: { code: 'not-declared', text: 'no' } }
const inconclusive: Outcome = { status: 'inconclusive', because: 'the control failed' }
const errored: Outcome = { status: 'errored', error: { name: 'TypeError', message: 'x' } }

const check = (outcome: Outcome, level: Level = 'MUST', id = 'a/b/c[v11]'): CheckResult => ({
  id,
  scenario: 'a/b/c',
  title: 'c',
  proves: [],
  level,
  outcome,
  startedAt: 0,
  durationMs: 1,
})
const entry = (more: Partial<Entry> = {}): Entry => ({
  check: 'a/b/c[v11]',
  expect: 'fail',
  fingerprint: 'the answer is 500',
  reason: 'known upstream',
  ...more,
})
const baselineOf = (...entries: Entry[]): Baseline => ({ fedcheck: '0.2.0', entries })

const code = (checks: readonly CheckResult[], policy: Partial<Policy> = {}) =>
  gate(checks, { ...plainPolicy, ...policy }).exitCode
const judged = (
  outcome: Outcome,
  baseline: Baseline,
  more: { level?: Level; since?: string; policy?: Partial<Policy> } = {},
) => {
  const comparing = { since: () => more.since, isPart: false }
  const [one] = compared([check(outcome, more.level)], baseline, comparing)
  assert.ok(one)
  return { change: one.change, code: code([one], more.policy) }
}

describe('the gate without a baseline', () => {
  it('fails for a failed MUST and nothing weaker', () => {
    assert.equal(code([check(passed)]), 0)
    assert.equal(code([check(failed())]), 1)
    assert.equal(code([check(failed(), 'SHOULD')]), 0)
    assert.equal(code([check(failed(), 'MAY')]), 0)
    assert.equal(code([check(failed(), 'implied')]), 0)
  })

  it('counts SHOULD where it is required, and never what is implied', () => {
    assert.equal(code([check(failed(), 'SHOULD')], { require: 'should' }), 1)
    assert.equal(code([check(failed(), 'implied')], { require: 'should' }), 0)
  })

  it('is not passed by nothing', () => {
    assert.equal(code([]), 5)
    assert.equal(code([check(skipped), check(skipped)]), 5)
    assert.equal(code([check(inconclusive)]), 5)
  })

  it('does not take the skipped or inconclusive for passed where it is told so', () => {
    const checks = [check(passed), check(skipped), check(inconclusive)]
    assert.equal(code(checks), 0)
    assert.equal(code(checks, { failOn: ['skipped'] }), 1)
    assert.equal(code(checks, { failOn: ['inconclusive'] }), 1)
  })

  it('ends with 4 where the harness broke, unless the target is known to have', () => {
    assert.equal(code([check(passed), check(errored)]), 4)
    assert.equal(code([check(failed()), check(errored)]), 1)
    assert.equal(gate([check(failed())], plainPolicy, { fault: 'disk full' }).exitCode, 4)
  })

  it('ends with 3 when the target died, unless a MUST was broken before', () => {
    const died = { died: 'the target died' }
    assert.equal(gate([check(passed), check(skipped)], plainPolicy, died).exitCode, 3)
    assert.equal(gate([check(failed()), check(skipped)], plainPolicy, died).exitCode, 1)
  })

  it('ends with 130 when interrupted', () => {
    assert.equal(gate([check(failed())], plainPolicy, { interrupted: true }).exitCode, 130)
  })

  it('says why, and names what green leaves open', () => {
    const checks = [check(passed), check(failed(), 'SHOULD'), check(failed(), 'implied')]
    const { because, counts } = gate(checks, plainPolicy)
    assert.equal(because, 'no MUST is broken that the gate counts (1 failed SHOULD, 1 noted)')
    assert.deepEqual(counts, { passed: 1, failed: 2, skipped: 0, inconclusive: 0, errored: 0 })
    assert.equal(gate([check(failed()), check(failed())], plainPolicy).because, '2 × failed MUST')
  })
})

describe('the gate with a baseline', () => {
  it('takes a failure without an entry for a regression, whether MUST or SHOULD', () => {
    assert.deepEqual(judged(failed(), baselineOf()), { change: 'regression', code: 1 })
    assert.equal(judged(failed(), baselineOf(), { level: 'SHOULD' }).code, 1)
    assert.equal(judged(failed(), baselineOf(), { level: 'implied' }).code, 0)
  })

  it('lets a check that is newer than the baseline pass for now', () => {
    const newer = { since: '0.10.0' }
    assert.deepEqual(judged(failed(), baselineOf(), newer), { change: 'new', code: 0 })
    const policy = { requireNew: true }
    assert.equal(judged(failed(), baselineOf(), { ...newer, policy }).code, 1)
    assert.equal(judged(failed(), baselineOf(), { since: '0.2.0' }).change, 'regression')
  })

  it('knows a failure by its fingerprint', () => {
    assert.deepEqual(judged(failed(), baselineOf(entry())), { change: 'known', code: 0 })
    assert.deepEqual(judged(failed('the answer is 404'), baselineOf(entry())), {
      change: 'known-but-different',
      code: 1,
    })
  })

  it('does not keep an entry for what passes', () => {
    assert.deepEqual(judged(passed, baselineOf(entry())), { change: 'fixed', code: 1 })
    assert.equal(judged(passed, baselineOf(entry()), { policy: { stale: 'warn' } }).code, 0)
  })

  it('is green either way for the flaky', () => {
    const { fingerprint: _, ...rest } = entry({ expect: 'flaky' })
    assert.deepEqual(judged(passed, baselineOf(rest)), { change: 'flaky', code: 0 })
    assert.deepEqual(judged(failed('anything'), baselineOf(rest)), { change: 'flaky', code: 0 })
  })

  it('is satisfied by nothing that did not fail', () => {
    assert.deepEqual(judged(skipped, baselineOf(entry())), { change: undefined, code: 5 })
    assert.equal(judged(inconclusive, baselineOf(entry())).change, undefined)
    assert.equal(judged(errored, baselineOf(entry())).code, 4)
  })

  it('is not untrue where only a part was told in which validators found nothing', () => {
    const ambient = { ...check(passed, 'MUST', 'ambient/x/y'), scenario: 'ambient/x/y' }
    const entries = baselineOf(entry(), entry({ check: 'ambient/x/y' }))
    const changes = (isPart: boolean, ...checks: readonly CheckResult[]) =>
      compared(checks, entries, { since: () => undefined, isPart }).map(({ change }) => change)
    const found = { ...ambient, outcome: failed() }
    assert.deepEqual(changes(true, ambient, check(passed), found), [undefined, 'fixed', 'known'])
    assert.deepEqual(changes(false, ambient, check(passed)), ['fixed', 'fixed'])
  })

  it('does not take one that passes now and then for a known failure', () => {
    const repeated = { ...check(failed()), repeats: ['passed', 'failed'] as const }
    assert.equal(changeOf(repeated, entry(), false), 'known-but-different')
  })
})
