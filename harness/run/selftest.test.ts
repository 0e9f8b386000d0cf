import assert from 'node:assert/strict'
import { describe, it } from 'mocha'
import { roomVersions } from '../matrix/room-version.ts'
import type { Quirk } from '../reference/quirks/index.ts'
import type { CheckResult, Outcome } from '../results/outcome.ts'
import type { Scenario } from '../scenario/scenario.ts'
import { type Attempt, attemptOn, idle, judge, nearAttempt } from './selftest.ts'

const scenarioOf = (id: string, proves: Scenario['proves'], seats?: readonly ['hs1', 'hs2']) => ({
  id: `chapter/file/${id}`,
  title: id,
  proves,
  story: { id, proves, run: () => Promise.resolve(), ...(seats === undefined ? {} : { seats }) },
})

const scenarios: readonly Scenario[] = [
  scenarioOf('about-queues', ['seed.S24']),
  scenarioOf('about-state', ['seed.S15', 'seed.S17'], ['hs1', 'hs2']),
]

const quirk: Quirk = {
  id: 'forgetful',
  wording: 'forgets',
  breaks: ['seed.S24'],
  apply: (parts) => parts,
}

const result = (id: string, proves: readonly string[], outcome: Outcome): CheckResult => ({
  id,
  scenario: id,
  title: id,
  proves,
  level: 'MUST',
  outcome,
  startedAt: 0,
  durationMs: 1,
})

const failed: Outcome = {
  status: 'failed',
  evidence: { message: 'it did not come', exchanges: [], fingerprint: 'it' },
}
const passed: Outcome = { status: 'passed' }
const queues = (outcome: Outcome) => result('chapter/file/about-queues[v11]', ['seed.S24'], outcome)
const state = (outcome: Outcome) =>
  result('chapter/file/about-state[v11,hs1]', ['seed.S15', 'seed.S17'], outcome)

const ids = ({ checks }: Attempt) => checks.map(({ id }) => id)

describe('the self-test', () => {
  it('tries a quirk on the checks that could find it, or on all', () => {
    assert.deepEqual(ids(attemptOn(quirk, scenarios, false)), ['chapter/file/about-queues[v11]'])
    assert.equal(ids(attemptOn(quirk, scenarios, true)).length, 3)
    assert.equal(ids(attemptOn({ ...quirk, thorough: true }, scenarios, false)).length, 3)
    const old = attemptOn({ ...quirk, versions: [roomVersions.v10.id] }, scenarios, false)
    assert.deepEqual(ids(old), ['chapter/file/about-queues[v10]'])
  })

  it('is content when what a quirk breaks fails, and nothing else', () => {
    const attempt = attemptOn(quirk, scenarios, true)
    assert.deepEqual(judge(attempt, [queues(failed), state(passed)]), {
      id: 'forgetful',
      caughtBy: ['chapter/file/about-queues[v11]'],
      problems: [],
    })
  })

  it('complains of a quirk that gets away, and of what fails with it', () => {
    const attempt = attemptOn(quirk, scenarios, true)
    const { problems } = judge(attempt, [queues(passed), state(failed)])
    assert.deepEqual(problems, [
      'nothing caught it',
      'chapter/file/about-state[v11,hs1] failed: it did not come',
    ])
    const allowed = { ...attempt, quirk: { ...quirk, topples: ['seed.S17'] as const } }
    assert.deepEqual(judge(allowed, [queues(failed), state(failed)]).problems, [])
  })

  it('expects nothing of a quirk that awaits a suite, until there is one', () => {
    const early: Quirk = { ...quirk, breaks: ['ss.ty.acl'], awaits: 'suite' }
    const attempt = attemptOn(early, scenarios, true)
    assert.deepEqual(ids(attemptOn(early, scenarios, false)), [])
    assert.deepEqual(judge(attempt, [queues(passed), state(passed)]).problems, [])
    const late = attemptOn({ ...quirk, awaits: 'suite' }, scenarios, false)
    assert.deepEqual(judge(late, [queues(failed)]).problems, [
      'there is a check that could find it: it awaits none any more',
    ])
  })

  it('complains of what is errored or undecided, where a quirk is no excuse', () => {
    const attempt = attemptOn(quirk, scenarios, true)
    const broken: Outcome = { status: 'errored', error: { name: 'Error', message: 'our fault' } }
    const unknown: Outcome = { status: 'inconclusive', because: 'who knows' }
    assert.deepEqual(judge(attempt, [queues(failed), queues(broken), state(unknown)]).problems, [
      'chapter/file/about-queues[v11] is errored: our fault',
      'chapter/file/about-state[v11,hs1] is inconclusive: who knows',
    ])
  })

  it('complains of whatever fails with a near-miss', () => {
    const attempt = nearAttempt(quirk, scenarios)
    assert.deepEqual(judge(attempt, [queues(passed), state(passed)]).problems, [])
    assert.equal(judge(attempt, [queues(failed), state(passed)]).problems.length, 1)
  })

  it('names the roles that found nothing', () => {
    const attempt = attemptOn(quirk, scenarios, true)
    const tried = [{ attempt, judgement: judge(attempt, [queues(failed), state(passed)]) }]
    assert.deepEqual(idle(scenarios, tried), [
      'chapter/file/about-state[hs1]',
      'chapter/file/about-state[hs2]',
    ])
  })
})
