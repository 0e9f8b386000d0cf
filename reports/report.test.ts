import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { Ajv2020 } from 'ajv/dist/2020.js'
import addFormats from 'ajv-formats'
import { before, describe, it } from 'mocha'
import type { Fact } from '../harness/journal/exchange.ts'
import { recordedFacts, recordedResult } from './test-recorded.ts'
import { reporters } from './report.ts'

const schemaFile = new URL('../harness/results/result.schema.json', import.meta.url)

describe('reporters', () => {
  const result = recordedResult()
  let facts: readonly Fact[] = []

  before(async () => {
    facts = await recordedFacts()
  })

  const content = (name: string): string => reporters[name]?.render(result, facts)[0]?.content ?? ''

  it('each make one file, under the name that they are known by', () => {
    const paths = Object.entries(reporters).map(([name, reporter]) => {
      assert.equal(reporter.name, name)
      return reporter.render(result, facts).map(({ path }) => path)
    })
    assert.deepEqual(paths, [
      ['run.json'],
      ['junit.xml'],
      ['report.tap'],
      ['ctrf.json'],
      ['report.html'],
    ])
  })

  it('say the same each time', () => {
    for (const reporter of Object.values(reporters)) {
      assert.deepEqual(reporter.render(result, facts), reporter.render(result, facts))
    }
  })

  it('let no secret out', () => {
    const leaky = { ...result, command: ['run', '--token', 'access_token=s3cret'] }
    for (const [name, reporter] of Object.entries(reporters)) {
      assert.doesNotMatch(reporter.render(leaky, facts)[0]?.content ?? '', /s3cret/, name)
    }
  })

  it('write run.json as its schema has it, and as it was', () => {
    const ajv = new Ajv2020({ strict: false })
    addFormats.default(ajv)
    const validate = ajv.compile(JSON.parse(readFileSync(schemaFile, 'utf8')))
    const written: unknown = JSON.parse(content('json'))
    assert.ok(validate(written), JSON.stringify(validate.errors))
    assert.deepEqual(written, result)
  })

  it('each tell why a state is expected', () => {
    for (const name of ['json', 'junit', 'ctrf', 'tap', 'html'])
      assert.match(content(name), /\$Mine1Mi… loses: not allowed as 2 of 2 other events/, name)
  })

  it('write TAP in which the plan, the points and the directives fit', () => {
    const lines = content('tap').split('\n')
    assert.deepEqual(lines.slice(0, 2), ['TAP version 14', '1..12'])
    const points = lines.filter((line) => /^(not )?ok \d+ - /.test(line))
    assert.equal(points.length, 12)
    assert.equal(points.filter((line) => line.startsWith('not ok')).length, 5)
    assert.match(points[7] ?? '', /^not ok 8 .* # TODO fixed in 1\.5, issue 412$/)
    assert.equal(points.filter((line) => line.includes(' # SKIP ')).length, 4)
  })

  it('write CTRF whose summary fits its tests', () => {
    const { results } = JSON.parse(content('ctrf'))
    const { tests, summary } = results
    for (const status of ['passed', 'failed', 'skipped', 'other']) {
      const amount = tests.filter((test: { status: string }) => test.status === status).length
      assert.equal(summary[status], amount, status)
    }
    assert.equal(summary.tests, 12)
    assert.equal(summary.stop - summary.start, 221_000)
  })
})
