import assert from 'node:assert/strict'
import { describe, it } from 'mocha'
import { demands } from '../../fixtures/schemas/lookup.ts'
import { contextOf, exchangeOf } from './test-exchange.ts'
import { examplesOf } from './test-examples.ts'
import { judgedVersions } from './test-pdus.ts'
import { validate } from './validate.ts'

describe('validate', () => {
  for (const version of judgedVersions) {
    const examples = examplesOf(version)
    for (const [name, example] of Object.entries(examples)) {
      it(`finds nothing in a good ${name} of version ${version.id}`, () => {
        assert.deepEqual(validate([exchangeOf(example)], contextOf(version.id)), [])
      })
    }
    it(`has an example for every schema in version ${version.id}`, () => {
      assert.deepEqual(
        [...demands.keys()].filter((key) => !(key in examples)),
        [],
      )
    })
  }
})
