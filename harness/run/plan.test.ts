import assert from 'node:assert/strict'
import { describe, it } from 'mocha'
import type { RequirementId } from '../../fixtures/requirements/index.ts'
import { roomVersions } from '../matrix/room-version.ts'
import type { Scenario, Story } from '../scenario/scenario.ts'
import { nearest } from './nearest.ts'
import { plan, type PlanOptions } from './plan.ts'
import { SelectorError } from './select.ts'

const tell = (id: string, proves: RequirementId, more: Partial<Story> = {}): Scenario => ({
  id,
  title: id,
  proves: [proves],
  story: { id, proves, run: () => Promise.resolve(), ...more },
})
const scenarios = [
  tell('joining/make-join/names-version', 'ss.mj.400.incompatible_room_version_field'),
  tell('joining/send-join/state', 'ss.sj.state_prior_to_join', { seats: ['hs1', 'hs2'] }),
  tell('keys/own-keys/published', 'seed.S24', { anyVersion: true }),
]
const ids = (more: Partial<PlanOptions> = {}) =>
  plan(scenarios, { versions: [roomVersions.v11], selectors: [], targets: 1, ...more }).map(
    ({ id }) => id,
  )

describe('plan', () => {
  it('is everything in a stable order where nothing is selected', () => {
    assert.deepEqual(ids(), [
      'joining/make-join/names-version[v11]',
      'joining/send-join/state[v11,hs1]',
      'joining/send-join/state[v11,hs2]',
      'keys/own-keys/published',
    ])
  })

  it('selects by chapter, file, scenario, check, pattern, requirement, clause and level', () => {
    assert.equal(ids({ selectors: ['joining'] }).length, 3)
    assert.equal(ids({ selectors: ['joining/*'] }).length, 3)
    assert.deepEqual(ids({ selectors: ['joining/make-join/'] }), [
      'joining/make-join/names-version[v11]',
    ])
    assert.equal(ids({ selectors: ['joining/send-join/state'] }).length, 2)
    assert.deepEqual(ids({ selectors: ['joining/send-join/state[v11,hs2]'] }), [
      'joining/send-join/state[v11,hs2]',
    ])
    assert.equal(ids({ selectors: ['*hs1]', 'keys'] }).length, 2)
    assert.deepEqual(ids({ selectors: ['seed.S24'] }), ['keys/own-keys/published'])
    assert.equal(ids({ selectors: ['ss.sj.*'] }).length, 2)
    assert.deepEqual(ids({ selectors: ['#get_matrixfederationv1make_join*'] }), [
      'joining/make-join/names-version[v11]',
    ])
    assert.deepEqual(ids({ selectors: ['should'] }), ['keys/own-keys/published'])
  })

  it('tells an unknown name from one that is not in this run', () => {
    assert.throws(() => ids({ selectors: ['joinning'] }), SelectorError)
    assert.throws(() => ids({ selectors: ['joining/send-join/stat'] }), SelectorError)
    assert.throws(() => ids({ selectors: ['seed.S99'] }), SelectorError)
    assert.deepEqual(ids({ selectors: ['nothing/*'] }), [])
    assert.deepEqual(ids({ selectors: ['joining/send-join/state[v12,hs2]'] }), [])
    assert.deepEqual(ids({ selectors: ['seed.S01'] }), [])
  })

  it('makes every check for a rule that all exchanges are held against', () => {
    assert.equal(ids({ selectors: ['ambient/pdus/auth'] }).length, 4)
  })

  it('keeps to what is asked for again', () => {
    assert.deepEqual(ids({ only: new Set(['keys/own-keys/published', 'gone']) }), [
      'keys/own-keys/published',
    ])
  })

  it('tells only stories with seats where two targets take them', () => {
    assert.deepEqual(ids({ targets: 2 }), [
      'joining/send-join/state[v11,hs1]',
      'joining/send-join/state[v11,hs2]',
    ])
  })
})

describe('nearest', () => {
  it('finds the name that was meant, or none', () => {
    const names = ['joining', 'leaving', 'keys', 'replication']
    assert.equal(nearest('joinning', names), 'joining')
    assert.equal(nearest('keyz', names), 'keys')
    assert.equal(nearest('Replicatoin', names), 'replication')
    assert.equal(nearest('partition', names), undefined)
    assert.equal(nearest('', names), undefined)
  })
})
