import assert from 'node:assert/strict'
import { describe, it } from 'mocha'
import { seededRandom } from '../random.ts'
import { spotsOf } from './services.ts'

const record = (name: string, priority: number, weight: number) => ({
  name,
  port: 1,
  priority,
  weight,
})

describe('SRV records', () => {
  it('are tried by priority, and among equals in proportion to their weights', () => {
    const records = [
      record('last', 20, 100),
      record('heavy', 10, 90),
      record('light', 10, 10),
      record('never', 10, 0),
    ]
    const random = seededRandom(7)
    const firsts = new Map<string, number>()
    for (let round = 0; round < 2_000; round += 1) {
      const order = spotsOf(records, random).map(({ host }) => host)
      assert.equal(order.length, 4)
      assert.equal(order[3], 'last')
      const [first = ''] = order
      firsts.set(first, (firsts.get(first) ?? 0) + 1)
    }
    const share = (name: string) => (firsts.get(name) ?? 0) / 2_000
    assert.ok(Math.abs(share('heavy') - 0.9) < 0.03, `${share('heavy')}`)
    assert.ok(share('never') > 0 && share('never') < 0.03, `${share('never')}`)
  })

  it('come in the same order for the same seed', () => {
    const records = Array.from({ length: 10 }, (_, index) => record(`h${index}`, 1, 1))
    const order = () => spotsOf(records, seededRandom(3))
    assert.deepEqual(order(), order())
    assert.notDeepEqual(order(), spotsOf(records, seededRandom(4)))
  })

  it('are bounded, and lose their dot at the end', () => {
    const many = Array.from({ length: 100 }, (_, index) => record(`h${index}.`, 1, 1))
    const spots = spotsOf(many, seededRandom(1))
    assert.equal(spots.length, 16)
    assert.ok(spots.every(({ host }) => !host.endsWith('.')))
  })
})
