import assert from 'node:assert/strict'
import * as fc from 'fast-check'
import { describe, it } from 'mocha'
import { splitStateKey, stateKey } from './state-key.ts'

describe('state keys', () => {
  it('come apart as they were put together', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), fc.string({ unit: 'binary' }), (type, key) => {
        assert.deepEqual(splitStateKey(stateKey(type, key)), [type, key])
      }),
    )
  })

  it('keep places apart that look alike when written one after the other', () => {
    const places = [
      stateKey('a', 'b:c'),
      stateKey('a:b', 'c'),
      stateKey('', 'ab:c'),
      stateKey('ab', ':c'),
      stateKey('1:a', ''),
      stateKey('1', ':a'),
      stateKey('a\0', 'b'),
      stateKey('a', '\0b'),
    ]
    assert.equal(new Set(places).size, places.length)
  })
})
