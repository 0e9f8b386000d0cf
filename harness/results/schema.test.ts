import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { Ajv2020 } from 'ajv/dist/2020.js'
import addFormats from 'ajv-formats'
import { describe, it } from 'mocha'
import { requirements } from '../../fixtures/requirements/index.ts'
import { fold } from './fold.ts'
import { gate, plainPolicy } from './gate.ts'
import type { CheckResult, Outcome, RunResult } from './outcome.ts'

const schema: object = JSON.parse(
  readFileSync(new URL('./result.schema.json', import.meta.url), 'utf8'),
)
const ajv = new Ajv2020({ strict: true, strictRequired: false, allErrors: true })
addFormats.default(ajv)
const validate = ajv.compile(schema)

const outcomes: readonly Outcome[] = [
  { status: 'passed' },
  {
    status: 'failed',
    evidence: { message: 'm', expected: 'e', actual: 'a', exchanges: [1], fingerprint: 'm' },
  },
  { status: 'skipped', because: { code: 'not-declared', text: 'no' } },
  { status: 'inconclusive', because: 'the control failed' },
  { status: 'errored', error: { name: 'TypeError', message: 'x', stack: 'at y' } },
]
const checks: readonly CheckResult[] = outcomes.map((outcome, index) => ({
  id: `a/b/c${index}[v11]`,
  scenario: `a/b/c${index}`,
  title: 't',
  proves: ['seed.S25'],
  level: 'MUST',
  outcome,
  startedAt: 1.5,
  durationMs: 0.25,
  change: 'new',
  reason: 'r',
  repeats: ['passed', 'failed'],
}))
const target = { spec: 'embedded', serverName: '127.0.0.1:1', name: 'fedcheck', version: '1' }
const result: RunResult = {
  format: 'fedcheck.run/1',
  fedcheck: '0.1.0',
  title: 'embedded',
  specification: 'v1.19',
  startedAt: new Date(0).toISOString(),
  durationMs: 3,
  seed: 1,
  command: ['run'],
  environment: { node: 'v20.19.0', platform: 'linux x64', workers: 4 },
  target,
  targets: [target],
  roomVersions: ['11'],
  checks,
  requirements: fold(requirements, checks, []),
  findings: [
    {
      requirement: 'seed.S25',
      exchange: 1,
      server: '127.0.0.1:1',
      operation: 'send',
      part: 'request',
      pointer: '/pdus',
      expected: 'an array',
      actual: '3',
      rule: 'ambient/schemas/send-request',
    },
  ],
  gate: gate(checks, plainPolicy),
  interrupted: false,
  exchanges: 1,
}

const isValid = (value: unknown): boolean => validate(JSON.parse(JSON.stringify(value)))

describe('the schema of run.json', () => {
  it('takes every outcome', () => {
    assert.equal(isValid(result), true, JSON.stringify(validate.errors))
  })

  it('takes nothing else', () => {
    const spoiled: readonly object[] = [
      { ...result, format: 'fedcheck.run/2' },
      { ...result, extra: 1 },
      { ...result, seed: '1' },
      { ...result, targets: [] },
      { ...result, gate: { ...result.gate, exitCode: 7 } },
      { ...result, checks: [{ ...checks[0], outcome: { status: 'failed' } }] },
      { ...result, checks: [{ ...checks[0], outcome: { status: 'broken' } }] },
      { ...result, checks: [{ ...checks[0], outcome: { status: 'passed', because: 'x' } }] },
    ]
    for (const each of spoiled) assert.equal(isValid(each), false, JSON.stringify(each).slice(-200))
    for (const key of Object.keys(result)) {
      const rest = Object.entries(result).filter(([each]) => each !== key)
      assert.equal(isValid(Object.fromEntries(rest)), false, key)
    }
  })
})
