import assert from 'node:assert/strict'
import { describe, it } from 'mocha'
import { OracleError } from '../oracle/oracle-error.ts'
import { TargetGone } from '../targets/errors.ts'
import { Inconclusive, Nonconformance, Refused, Unsupported } from '../world/errors.ts'
import { outcomeOf, skipped, worst } from './outcome.ts'

const refusal = (status: number, errcode: string) =>
  outcomeOf(new Refused(status, errcode, 'createRoom')).status

describe('the outcome of what a story throws', () => {
  it('is failed with its evidence for a nonconformance alone', () => {
    const thrown = new Nonconformance('the answer is 500, not 200', {
      expected: '200',
      actual: '500',
      reasons: ['nothing wins'],
      exchanges: [3],
    })
    assert.deepEqual(outcomeOf(thrown), {
      status: 'failed',
      evidence: {
        message: 'the answer is 500, not 200',
        expected: '200',
        actual: '500',
        reasons: ['nothing wins'],
        exchanges: [3],
        fingerprint: 'the answer is 500, not 200',
      },
    })
  })

  it('is inconclusive where the oracle lacks events, and errored for all else that it throws', () => {
    const gap = new OracleError('missing-event', ['$1'], 'the history has gaps')
    assert.deepEqual(outcomeOf(gap), {
      status: 'inconclusive',
      because: 'the oracle cannot tell: the history has gaps: $1',
    })
    assert.equal(outcomeOf(new OracleError('cycle', ['$1'], 'a ring')).status, 'errored')
  })

  it('is failed for a refusal that nobody asked for, unless it says why', () => {
    assert.equal(refusal(403, 'M_FORBIDDEN'), 'failed')
    assert.equal(refusal(400, 'M_UNSUPPORTED_ROOM_VERSION'), 'skipped')
    assert.equal(refusal(404, 'M_UNRECOGNIZED'), 'skipped')
    assert.equal(refusal(429, 'M_LIMIT_EXCEEDED'), 'inconclusive')
  })

  it('is never held against the target for anything else', () => {
    assert.equal(outcomeOf(new Unsupported('not-declared', 'no')).status, 'skipped')
    assert.equal(outcomeOf(new Inconclusive('no control')).status, 'inconclusive')
    assert.equal(outcomeOf(new TargetGone('t', 'was killed')).status, 'inconclusive')
    assert.equal(outcomeOf(new TypeError('x is not a function')).status, 'errored')
    assert.equal(outcomeOf(new Refused(403, 'M_FORBIDDEN', 'no', true)).status, 'inconclusive')
    assert.equal(outcomeOf('a string').status, 'errored')
    assert.equal(outcomeOf(undefined).status, 'errored')
  })

  it('is the worst of several', () => {
    const bad = outcomeOf(new Nonconformance('no'))
    assert.equal(worst([{ status: 'passed' }, bad, skipped('a', 'b')]), bad)
    assert.equal(worst([skipped('a', 'b'), { status: 'passed' }]).status, 'passed')
    assert.equal(worst([bad, outcomeOf(new Error('ours'))]).status, 'errored')
  })
})
