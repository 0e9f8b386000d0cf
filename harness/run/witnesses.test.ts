import assert from 'node:assert/strict'
import { describe, it } from 'mocha'
import type { Exchange } from '../journal/exchange.ts'
import type { Outcome } from '../results/outcome.ts'
import { witnessed } from './witnesses.ts'

const id = '$tUiaAygorrlEztRPNxmJmgHjlDJsBr1qLt4Kd8tWqiY'

const body = (text: string) => ({
  bytes: Buffer.from(text),
  length: text.length,
  truncated: false,
})

const exchange = (number: number, uri: string, answer: string): Exchange => {
  return {
    kind: 'exchange',
    id: number,
    from: 'a',
    to: 'b',
    seenBy: 'requester',
    method: 'GET',
    uri,
    request: { headers: {}, body: body('') },
    response: { status: 200, headers: {}, body: body(answer) },
    startedAt: 0,
    endedAt: 1,
    ending: 'answered',
  }
}

const failure = (message: string, exchanges: readonly number[] = []): Outcome => ({
  status: 'failed',
  evidence: { message, exchanges, fingerprint: '' },
})

const journal = [
  exchange(1, '/send/1', '{"pdus":{}}'),
  exchange(2, '/send/2', `{"pdus":{"${id}":{}}}`),
  exchange(3, `/event/${encodeURIComponent(id)}`, '{}'),
]

const shown = (outcome: Outcome) =>
  outcome.status === 'failed' ? outcome.evidence.exchanges : undefined

describe('witnesses of a failure', () => {
  it('are the exchanges that name its events', () => {
    assert.deepEqual(shown(witnessed(failure(`does not see ${id}`), journal)), [2, 3])
  })

  it('are the first and the last few where the failure has very many', () => {
    const many = Array.from({ length: 100 }, (_, at) => at)
    const few = [0, 1, 2, 3, 4, 95, 96, 97, 98, 99]
    assert.deepEqual(shown(witnessed(failure('was refused', many), journal)), few)
  })

  it('are left alone where the failure has its own, and where it names no event', () => {
    assert.deepEqual(shown(witnessed(failure(`does not see ${id}`, [1]), journal)), [1])
    assert.deepEqual(shown(witnessed(failure('does not answer'), journal)), [])
  })
})
