import assert from 'node:assert/strict'
import { describe, it } from 'mocha'
import { roomVersions } from '../matrix/room-version.ts'
import type { Seat, Story } from '../scenario/scenario.ts'
import type { Check } from '../scenario/variants.ts'
import { peersOf } from './cast.ts'

const check = (peers: Story['peers'], seat?: Seat): Check => {
  const story: Story = {
    id: 'c',
    proves: 'seed.S25',
    run: () => Promise.resolve(),
    ...(peers === undefined ? {} : { peers }),
  }
  return {
    id: 'a/b/c',
    scenario: { id: 'a/b/c', title: '', proves: [], story },
    version: roomVersions.v11,
    ...(seat === undefined ? {} : { seat }),
  }
}

describe('the peers of a check', () => {
  it('are one where nothing else is said, and one fewer beside two targets', () => {
    assert.equal(peersOf(check(undefined), 1), 1)
    assert.equal(peersOf(check(3), 1), 3)
    assert.equal(peersOf(check(undefined), 2), 0)
    assert.equal(peersOf(check(2), 2), 1)
  })
})
