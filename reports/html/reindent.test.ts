import assert from 'node:assert/strict'
import { describe, it } from 'mocha'
import * as fc from 'fast-check'
import { type Line, reindent } from './reindent.ts'

const textOf = (lines: readonly Line[] | undefined): string =>
  (lines ?? [])
    .map(({ indent, pieces }) => '  '.repeat(indent) + pieces.map(({ text }) => text).join(''))
    .join('\n')

describe('JSON on lines', () => {
  it('looks as JSON.stringify sets it out', () => {
    fc.assert(
      fc.property(
        fc.oneof(fc.dictionary(fc.string(), fc.jsonValue()), fc.array(fc.jsonValue())),
        (value) => {
          const expected = JSON.stringify(value, null, 2)
          assert.equal(textOf(reindent(JSON.stringify(value))), expected)
          assert.equal(textOf(reindent(expected)), expected)
        },
      ),
    )
  })

  it('keeps tokens as they were sent', () => {
    const odd = '{"a":1.0,"a":1e400,"\\u0061":-0,"b":"\\/\\u00e9"}'
    assert.equal(
      textOf(reindent(odd)),
      '{\n  "a": 1.0,\n  "a": 1e400,\n  "\\u0061": -0,\n  "b": "\\/\\u00e9"\n}',
    )
  })

  it('knows the pointer of every value', () => {
    const lines = reindent('{"a/b":{"c~":[1,{"d":2}]}}')
    assert.deepEqual(
      lines?.map(({ pointer }) => pointer),
      [
        '',
        '/a~1b',
        '/a~1b/c~0',
        '/a~1b/c~0/0',
        '/a~1b/c~0/1',
        '/a~1b/c~0/1/d',
        ...Array(4).fill(undefined),
      ],
    )
  })

  it('goes as far as the text goes', () => {
    assert.equal(
      textOf(reindent('{"a":[1,2,{"b":"cut o')),
      '{\n  "a": [\n    1,\n    2,\n    {\n      "b": "cut o',
    )
  })

  it('finds secrets by their name, however it is written', () => {
    const lines = reindent('{"access\\u005ftoken":"x","list":["password"],"password":17}') ?? []
    const secrets = lines
      .flatMap(({ pieces }) => pieces)
      .filter(({ secret }) => secret !== undefined)
    assert.deepEqual(
      secrets.map(({ text, secret }) => [text, secret]),
      [
        ['"x"', 'access_token'],
        ['17', 'password'],
      ],
    )
  })

  it('gives up on what is no JSON or too deep, and is never slow', () => {
    for (const text of ['', 'hello', '<html>', '{}}', '[}', '{"a":1} x', '['.repeat(100_000)]) {
      assert.equal(reindent(text), undefined, text.slice(0, 20))
    }
    const started = performance.now()
    reindent(`{"a":"${'x'.repeat(1 << 20)}","b":"${'\\"'.repeat(1 << 18)}`)
    assert.ok(performance.now() - started < 2000)
  })
})
