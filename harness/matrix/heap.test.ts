import assert from 'node:assert/strict'
import * as fc from 'fast-check'
import { describe, it } from 'mocha'
import { Heap } from './heap.ts'

describe('Heap', () => {
  it('answers what was put in, in order', () => {
    fc.assert(
      fc.property(fc.array(fc.integer()), (items) => {
        const heap = new Heap<number>((a, b) => a - b)
        for (const item of items) heap.push(item)
        const taken = items.map(() => heap.pop())
        assert.deepEqual(
          taken,
          items.toSorted((a, b) => a - b),
        )
        assert.equal(heap.pop(), undefined)
      }),
    )
  })

  it('stays in order when it is filled and emptied by turns', () => {
    fc.assert(
      fc.property(fc.array(fc.option(fc.integer(), { nil: undefined })), (steps) => {
        const heap = new Heap<number>((a, b) => a - b)
        let held: number[] = []
        for (const step of steps) {
          if (step === undefined) {
            held = held.toSorted((a, b) => a - b)
            assert.equal(heap.pop(), held.shift())
          } else {
            heap.push(step)
            held.push(step)
          }
        }
      }),
    )
  })
})
