import assert from 'node:assert/strict'
import { setImmediate as turn } from 'node:timers/promises'
import { describe, it } from 'mocha'
import { schedule } from './schedule.ts'

describe('schedule', () => {
  it('keeps the order, bounds what is in flight, and hides no result behind another', async () => {
    let running = 0
    let most = 0
    const started: number[] = []
    const results = schedule(
      [0, 1, 2, 3, 4, 5, 6],
      3,
      async (job) => {
        started.push(job)
        running += 1
        most = Math.max(most, running)
        for (let left = 7 - job; left > 0; left -= 1) await turn()
        running -= 1
        if (job === 2) throw new Error('broke')
        return `done ${job}`
      },
      (job, error) => `${job}: ${String(error)}`,
    )
    assert.deepEqual(await Promise.all(results), [
      'done 0',
      'done 1',
      '2: Error: broke',
      'done 3',
      'done 4',
      'done 5',
      'done 6',
    ])
    assert.deepEqual(started, [0, 1, 2, 3, 4, 5, 6])
    assert.equal(most, 3)
  })

  it('has nothing to do for nothing', () => {
    const none = schedule(
      [],
      4,
      () => Promise.resolve(1),
      () => 2,
    )
    assert.deepEqual(none, [])
  })
})
