import assert from 'node:assert/strict'
import { describe, it } from 'mocha'
import { parseJson } from './json.ts'
import { readWritten, writeJson } from './write-json.ts'

const again = (text: string): string =>
  writeJson(parseJson(Buffer.from(text), { refuse: 'nothing' }))

describe('writeJson', () => {
  it('writes as JSON.stringify does', () => {
    assert.equal(writeJson({ b: [1, 'x', null], a: -0 }), '{"b":[1,"x",null],"a":0}')
    assert.equal(again('{"b": 1.5, "a": "\\ud800"}'), '{"b":1.5,"a":"\\ud800"}')
  })

  it('writes numbers with the digits that they had', () => {
    assert.equal(again('[{"b":9007199254740993},1.0]'), '[{"b":9007199254740993},1.0]')
    assert.equal(again('{"b":{"c":1},"a":{"d":1.0}}'), '{"a":{"d":1.0},"b":{"c":1}}')
    assert.equal(writeJson([JSON.parse('{"a":1.0}')]), '[{"a":1}]')
  })

  it('forgets the digits of what was replaced by the same key', () => {
    assert.equal(again('{"a":[1.0],"b":{"c":1.0},"a":[7]}'), '{"a":[7],"b":{"c":1.0}}')
    assert.equal(again('{"a":{"a":2.0},"a":{"a":{"a":3.0}}}'), '{"a":{"a":{"a":3.0}}}')
    assert.equal(again('[{"z":1.0,"a":1.0,"a":2.0}]'), '[{"a":2.0,"z":1.0}]')
    assert.equal(again('[{"a":1.0,"b":1.0},{"a":1.0,"a":2.0}]'), '[{"a":1.0,"b":1.0},{"a":2.0}]')
  })

  it('is read back however deep and odd it is', () => {
    for (const content of [`${'['.repeat(400)}1.0${']'.repeat(400)}`, '"\\ud800"']) {
      const text = `{"content":${content},"type":"x"}`
      assert.equal(writeJson(readWritten(text)), text)
    }
  })

  it('is read back with them', () => {
    const text = '{"content":{"a":1.0},"depth":9223372036854775807}'
    assert.equal(writeJson(readWritten(text)), text)
  })

  it('writes what has no canonical form as JSON.stringify does', () => {
    assert.equal(again('{"b":1.0,"a":"\\ud800"}'), '{"b":1,"a":"\\ud800"}')
  })
})
