import assert from 'node:assert/strict'
import { describe, it } from 'mocha'
import { requirements } from '../../fixtures/requirements/index.ts'
import { roomVersions } from '../matrix/room-version.ts'
import { type AmbientCheck, ambientChecks, ambientChecksOf, exercised } from './ambient.ts'
import { ambientRules } from './rules.ts'
import { contextOf, exchangeOf } from './test-exchange.ts'
import { examplesOf } from './test-examples.ts'
import { target } from './test-story.ts'
import { assess, validate } from './validate.ts'

const context = contextOf('12')
const good = Object.values(examplesOf(roomVersions.v12)).map(exchangeOf)

const byRule = (checks: readonly AmbientCheck[]): readonly unknown[] =>
  checks.map(({ id, findings }) => [id, findings.length])

describe('ambient rules', () => {
  it('have ids of their own and prove requirements that there are', () => {
    assert.equal(new Set(ambientRules.map(({ id }) => id)).size, ambientRules.length)
    for (const { id, title, proves } of ambientRules) {
      assert.match(id, /^ambient\/(schemas|http|pdus)\/[a-z0-9-]+$/)
      assert.ok(title.length > 10 && proves.length > 0, id)
      assert.deepEqual(
        proves.filter((one) => !(one in requirements)),
        [],
        id,
      )
    }
  })

  it('are all exercised by the examples, but that on rate limits', () => {
    const rules = exercised(good, context)
    assert.deepEqual(
      ambientRules.map(({ id }) => id).filter((id) => !rules.has(id)),
      ['ambient/http/rate-limits'],
    )
    const known = new Set(ambientRules.map(({ id }) => id))
    assert.deepEqual(
      [...rules].filter((id) => !known.has(id)),
      [],
    )
  })

  it('are exercised by what the target says, not by what we say', () => {
    const version = exchangeOf({ operation: 'version', from: target, response: {} })
    assert.deepEqual([...exercised([version], context)], [])
    const answer = exchangeOf({ operation: 'version', response: {} })
    assert.deepEqual([...exercised([answer], context)].toSorted(), [
      'ambient/http/answer-content-type',
      'ambient/http/answer-json',
      'ambient/schemas/version-answer',
    ])
  })
})

describe('ambient checks', () => {
  it('hold the findings about the target, each under its rule', () => {
    const broken = [
      exchangeOf({ operation: 'version', response: [] }),
      exchangeOf({ operation: 'version', headers: {}, response: {} }),
      exchangeOf({ operation: 'version', from: target, response: [] }),
    ]
    const findings = validate(broken, context)
    assert.equal(findings.length, 3)
    const checks = ambientChecks(broken, findings, context)
    assert.equal(checks.length, ambientRules.length)
    assert.deepEqual(
      checks
        .filter((check) => check.findings.length > 0)
        .map(({ id, exercised: was }) => [id, was]),
      [
        ['ambient/schemas/version-answer', true],
        ['ambient/http/answer-content-type', true],
      ],
    )
  })

  it('are the same from assessments of parts', () => {
    const parts = good.map((exchange) => assess([exchange], context))
    const whole = assess(good, context)
    assert.deepEqual(
      byRule(ambientChecksOf(parts, context.targets)),
      byRule(ambientChecksOf([whole], context.targets)),
    )
  })
})
