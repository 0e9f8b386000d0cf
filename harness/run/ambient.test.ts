import assert from 'node:assert/strict'
import { describe, it } from 'mocha'
import type { Finding } from '../results/outcome.ts'
import { ambientResults } from './ambient.ts'

const finding = (more: Partial<Finding>): Finding => ({
  requirement: 'ss.sj.state_prior_to_join',
  exchange: 4,
  server: '127.0.0.1:1',
  operation: 'sendJoin',
  part: 'response',
  pointer: '/state/3/depth',
  expected: 'an integer',
  actual: '"3"',
  ...more,
})
const rule = (findings: readonly Finding[], exercised = true) => ({
  id: 'ambient/schemas/send-join-answer',
  title: 'send_join answers have their form',
  proves: ['seed.S25'],
  exercised,
  findings,
})
const results = (findings: readonly Finding[], exercised = true) =>
  ambientResults([rule(findings, exercised)], 10)

describe('ambient results', () => {
  it('say nothing of what nothing was held against', () => {
    assert.deepEqual(results([], false), [])
  })

  it('pass for what the rule proves', () => {
    const [result] = results([])
    assert.equal(result?.outcome.status, 'passed')
    assert.deepEqual([result?.proves, result?.level], [['seed.S25'], 'MUST'])
  })

  it('fail for the requirements that were broken, with a fingerprint that lasts', () => {
    const [result] = results([finding({}), finding({ exchange: 9, pointer: '/state/7/depth' })])
    assert.deepEqual(result?.proves, ['ss.sj.state_prior_to_join'])
    assert.equal(result?.level, 'implied')
    const [again] = results([finding({ pointer: '/state/0/depth', exchange: 77 })])
    assert.ok(result?.outcome.status === 'failed' && again?.outcome.status === 'failed')
    assert.equal(result.outcome.evidence.fingerprint, again.outcome.evidence.fingerprint)
    assert.deepEqual(result.outcome.evidence.exchanges, [4, 9])
    assert.equal(
      result.outcome.evidence.message,
      'the response of sendJoin at /state/3/depth is "3", not an integer (and 1 more)',
    )
  })
})
