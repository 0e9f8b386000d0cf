import assert from 'node:assert/strict'
import { describe, it } from 'mocha'
import { separate } from './separate.ts'

describe('the separation of states', () => {
  it('finds what all agree on, and what each has besides', () => {
    const sets = [
      new Map(Object.entries({ same: '$0', other: '$1', lacking: '$2' })),
      new Map(Object.entries({ other: '$3', same: '$0', only: '$4' })),
      new Map(Object.entries({ same: '$0', other: '$1' })),
    ]
    assert.deepEqual(separate(sets), {
      unconflicted: new Map([['same', '$0']]),
      conflictedIn: [['$1', '$2'], ['$3', '$4'], ['$1']],
    })
  })

  it('finds nothing in no state, and no conflict in one', () => {
    assert.deepEqual(separate([]), { unconflicted: new Map(), conflictedIn: [] })
    const state = new Map([['place', '$0']])
    assert.deepEqual(separate([state]), { unconflicted: state, conflictedIn: [[]] })
  })
})
