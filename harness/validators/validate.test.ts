import assert from 'node:assert/strict'
import { describe, it } from 'mocha'
import { demands } from '../../fixtures/schemas/lookup.ts'
import { roomVersions } from '../matrix/room-version.ts'
import { contextOf, exchangeOf } from './test-exchange.ts'
import { examplesOf } from './test-examples.ts'
import { validate } from './validate.ts'

describe('validate', () => {
  for (const version of Object.values(roomVersions)) {
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
