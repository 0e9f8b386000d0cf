import assert from 'node:assert/strict'
import { describe, it } from 'mocha'
import type { CheckResult, Outcome } from '../results/outcome.ts'
import { tellInOrder } from './mocha.ts'

const outcomes: readonly Outcome[] = [
  { status: 'passed' },
  { status: 'failed', evidence: { message: 'no', exchanges: [], fingerprint: 'no' } },
  { status: 'skipped', because: { code: 'not-declared', text: 'no' } },
  { status: 'inconclusive', because: 'no' },
  { status: 'errored', error: { name: 'Error', message: 'no' } },
]
const resultOf = (id: string, outcome: Outcome): CheckResult => ({
  id,
  scenario: id,
  title: id,
  proves: [],
  level: 'MUST',
  outcome,
  startedAt: 0,
  durationMs: 0,
})

describe('tellInOrder', () => {
  it('tells every outcome once, in the order of the plan, whenever it comes', async () => {
    const released: (() => void)[] = []
    const checks = outcomes.map((outcome, index) => {
      const id = `area/file${index % 2}/story${index}[v11]`
      const result = new Promise<CheckResult>((resolve) => {
        released.push(() => resolve(resultOf(id, outcome)))
      })
      return { id, title: 'a story', result }
    })
    const told: CheckResult[] = []
    const done = tellInOrder(checks, (result) => told.push(result))
    for (const release of released.toReversed()) release()
    await done
    // One file after the other, as the plan has them.
    assert.deepEqual(
      told.map(({ outcome }) => outcome.status),
      ['passed', 'skipped', 'errored', 'failed', 'inconclusive'],
    )
  })

  it('has nothing to tell of nothing', async () => {
    await tellInOrder([], () => assert.fail())
  })
})
