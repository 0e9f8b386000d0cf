import assert from 'node:assert/strict'
import * as fc from 'fast-check'
import { describe, it } from 'mocha'
import { CanonicalJsonError, canonicalJson, uncanonicalParts } from './canonical-json.ts'
import type { Json } from './event.ts'
import { isCanonicalNumber, isObject, parseJson, setMember } from './json.ts'

const canonicalOf = (text: string): string => canonicalJson(parseJson(Buffer.from(text)))

const oddKey = fc.constantFrom('__proto__', 'constructor', '10', '9', '\uff5e', '\u{10000}', 'a\0')

/** Any JSON value that has a canonical form. */
const { value: canonicalValue } = fc.letrec<{ value: Json }>((tie) => ({
  value: fc.oneof(
    { maxDepth: 4 },
    fc.constantFrom(null, true, false),
    fc.maxSafeInteger().filter(isCanonicalNumber),
    fc.string({ unit: 'binary' }),
    fc.array(tie('value'), { maxLength: 4 }),
    fc
      .array(fc.tuple(fc.oneof(fc.string({ unit: 'binary' }), oddKey), tie('value')), {
        maxLength: 5,
      })
      .map(fromEntries),
  ),
}))

function fromEntries(entries: readonly (readonly [string, Json])[]): Json {
  const object: Record<string, Json> = {}
  for (const [key, value] of entries) setMember(object, key, value)
  return object
}

/** The same value with the keys of every object put in the other way round. */
function reversed(value: Json): Json {
  if (isObject(value)) {
    return fromEntries(
      Object.entries(value)
        .toReversed()
        .map(([key, inner]) => [key, reversed(inner)]),
    )
  }
  return Array.isArray(value) ? value.map(reversed) : value
}

function refuses(value: unknown, code: string): void {
  assert.throws(
    // @ts-expect-error: the types forbid some of it already
    () => canonicalJson(value),
    (error) => error instanceof CanonicalJsonError && error.code === code,
  )
}

describe('canonicalJson', () => {
  it('gives the published examples', () => {
    const examples: [string, string][] = [
      ['{}', '{}'],
      ['{"one": 1, "two": "Two"}', '{"one":1,"two":"Two"}'],
      ['{"b": "2", "a": "1"}', '{"a":"1","b":"2"}'],
      ['{"b":"2","a":"1"}', '{"a":"1","b":"2"}'],
      [
        `{"auth": {"success": true, "mxid": "@john.doe:example.com", "profile":
          {"display_name": "John Doe", "three_pids": [
            {"medium": "email", "address": "john.doe@example.org"},
            {"medium": "msisdn", "address": "123456789"}]}}}`,
        '{"auth":{"mxid":"@john.doe:example.com","profile":{"display_name":"John Doe","three_pids":[{"address":"john.doe@example.org","medium":"email"},{"address":"123456789","medium":"msisdn"}]},"success":true}}',
      ],
      ['{"a": "日本語"}', '{"a":"日本語"}'],
      ['{"本": 2, "日": 1}', '{"日":1,"本":2}'],
      ['{"a": "\\u65E5"}', '{"a":"日"}'],
      ['{"a": null}', '{"a":null}'],
      ['{"a": -0, "b": 1e10}', '{"a":0,"b":10000000000}'],
    ]
    for (const [given, expected] of examples) assert.equal(canonicalOf(given), expected)
  })

  it('orders keys by code point, not by UTF-16 unit', () => {
    const keys = ['\u{10000}', '\uff5e', '\ud7ff', '\ue000', '\u{1f600}a', '\u{1f600}', 'z', '']
    const byCodePoint = [
      '',
      'z',
      '\ud7ff',
      '\ue000',
      '\uff5e',
      '\u{10000}',
      '\u{1f600}',
      '\u{1f600}a',
    ]
    const text = canonicalJson(Object.fromEntries(keys.map((key) => [key, 0])))
    assert.equal(text, `{${byCodePoint.map((key) => `"${key}":0`).join(',')}}`)
  })

  it('orders keys as their UTF-8 bytes are ordered', () => {
    const key = fc.string({ unit: fc.constantFrom('a', '\ud7ff', '\ue000', '\uffff', '\u{10000}') })
    fc.assert(
      fc.property(fc.uniqueArray(key), (keys) => {
        const text = canonicalJson(Object.fromEntries(keys.map((name) => [name, 0])))
        const expected = keys.toSorted((a, b) => Buffer.compare(Buffer.from(a), Buffer.from(b)))
        assert.equal(text, `{${expected.map((name) => `"${name}":0`).join(',')}}`)
      }),
    )
  })

  it('orders keys that look like integers as text', () => {
    assert.equal(canonicalJson({ 10: 1, 9: 2, 1: 3 }), '{"1":3,"10":1,"9":2}')
  })

  it('keeps a key called __proto__', () => {
    assert.equal(canonicalOf('{"b":1,"__proto__":{"a":[]}}'), '{"__proto__":{"a":[]},"b":1}')
  })

  it('escapes what the grammar escapes and nothing else', () => {
    assert.equal(canonicalJson('"\\/\b\f\n\r\t'), '"\\"\\\\/\\b\\f\\n\\r\\t"')
    assert.equal(canonicalJson('\0\u0001\u000b\u001f'), '"\\u0000\\u0001\\u000b\\u001f"')
    const raw = '\u007f\u0080\u00a0\u2028\u2029\ufeff\uffff😀é'
    assert.equal(canonicalJson(raw), `"${raw}"`)
    assert.equal(canonicalJson({ 'a"\n': 1 }), '{"a\\"\\n":1}')
  })

  it('takes the integers of the range and no other number', () => {
    assert.equal(
      canonicalJson([2 ** 53 - 1, -(2 ** 53) + 1, 0, 1e3]),
      '[9007199254740991,-9007199254740991,0,1000]',
    )
    for (const number of [1.5, 2 ** 53, -(2 ** 53), Infinity, NaN, 1e300]) refuses(number, 'number')
    refuses({ a: [{ b: 0.1 }] }, 'number')
  })

  it('refuses lone surrogates in values and keys', () => {
    for (const text of ['\ud800', 'a\udc00', '\udc00\ud800', '"\ud800']) {
      refuses(text, 'surrogate')
      refuses({ [text]: 1 }, 'surrogate')
    }
  })

  it('refuses what is not JSON', () => {
    for (const value of [undefined, 1n, () => 1, Symbol('x'), { a: undefined }, [undefined]]) {
      refuses(value, 'type')
    }
  })

  it('refuses values too deep for it without using up the stack', () => {
    let value: Json = 0
    for (let depth = 0; depth < 1000; depth += 1) value = [value]
    assert.equal(canonicalJson(value), `${'['.repeat(1000)}0${']'.repeat(1000)}`)
    for (let depth = 0; depth < 100_000; depth += 1) value = { a: value }
    refuses(value, 'depth')
  })

  it('does not depend on the order of keys', () => {
    fc.assert(
      fc.property(canonicalValue, (value) => {
        assert.equal(canonicalJson(reversed(value)), canonicalJson(value))
      }),
    )
  })

  it('is read back as the same value, and is already canonical', () => {
    fc.assert(
      fc.property(canonicalValue, (value) => {
        const text = canonicalJson(value)
        const read = parseJson(Buffer.from(text), { refuse: 'flaws' })
        assert.deepEqual(read, value)
        assert.equal(canonicalJson(read), text)
        assert.equal(canonicalOf(JSON.stringify(value, null, 3)), text)
      }),
    )
  })
})

describe('canonicalJson of events that need not be strict', () => {
  it('writes numbers as Python does', () => {
    const rows: readonly (readonly [number, string])[] = [
      [1e21, '1e+21'],
      [-(2 ** 60), '-1152921504606847000'],
      [1.5, '1.5'],
      [-0.25, '-0.25'],
      [0.0001, '0.0001'],
      [0.00005, '5e-05'],
      [-1.25e-9, '-1.25e-09'],
      [1.5e-10, '1.5e-10'],
      [1e-100, '1e-100'],
    ]
    for (const [value, text] of rows) {
      assert.equal(canonicalJson([value], 'any'), `[${text}]`)
      assert.throws(() => canonicalJson(value), CanonicalJsonError, text)
    }
    assert.throws(() => canonicalJson(Number.POSITIVE_INFINITY, 'any'), CanonicalJsonError)
  })

  it('writes numbers of a text with every digit that it has', () => {
    const rows: readonly (readonly [string, string])[] = [
      ['1.0', '1.0'],
      ['-0', '0'],
      ['-0.0', '-0.0'],
      ['0e5', '0.0'],
      ['1e3', '1000.0'],
      ['1E+3', '1000.0'],
      ['12300e-2', '123.0'],
      ['1e15', '1000000000000000.0'],
      ['1e16', '1e+16'],
      ['9007199254740993', '9007199254740993'],
      ['9007199254740993.0', '9007199254740992.0'],
      ['-123456789012345678901234567890', '-123456789012345678901234567890'],
      ['1e-7', '1e-07'],
      ['1e-4', '0.0001'],
      ['0.00001', '1e-05'],
      ['25e-101', '2.5e-100'],
      ['1.10', '1.1'],
    ]
    for (const [given, expected] of rows) {
      for (const [before, after] of [
        ['[', ']'],
        ['{"a":', '}'],
        ['{"é":[null,{"b":', '}]}'],
        ['{"a":2.0,"b":{"c":3.0},"b":7,"a":', '}'],
      ] as const) {
        const value = parseJson(Buffer.from(before + given + after), { refuse: 'nothing' })
        const rest = before.replace('"a":2.0,"b":{"c":3.0},"b":7,"a":', '"a":')
        const tail = rest === before ? after : ',"b":7}'
        assert.equal(canonicalJson(value, 'any'), `${rest}${expected}${tail}`)
      }
    }
  })

  it('keeps the digits in a copy, and not where something else stands in their place', () => {
    const value = parseJson(Buffer.from('{"a":1.0,"b":[1.0,{"c":1e2}]}'))
    assert.ok(isObject(value))
    assert.equal(canonicalJson({ ...value, d: 1 }, 'any'), '{"a":1.0,"b":[1.0,{"c":100.0}],"d":1}')
    const { b: _, ...rest } = value
    assert.equal(canonicalJson(rest, 'any'), '{"a":1.0}')
    assert.equal(canonicalJson({ ...value, a: 2, b: 1 }, 'any'), '{"a":2,"b":1}')
    assert.equal(canonicalJson({ a: value['a'] ?? null }, 'any'), '{"a":1}')
    assert.equal(canonicalJson(value), '{"a":1,"b":[1,{"c":100}]}')
  })

  it('does not take a number for one of an object that was there before under the same key', () => {
    const text = '{"a":{"b":1.0,"c":{"d":1.0}},"a":{"b":1,"c":{"d":1,"e":2.0}}}'
    const value = parseJson(Buffer.from(text), { refuse: 'nothing' })
    assert.equal(canonicalJson(value, 'any'), '{"a":{"b":1,"c":{"d":1,"e":2.0}}}')
  })
})

const told = (value: Json, numbers?: 'any' | 'canonical') =>
  uncanonicalParts(value, numbers).map(({ because, pointer }) => `${because} ${pointer}`)

describe('uncanonicalParts', () => {
  it('tells of every place that breaks the rules, and why', () => {
    const value = { a: [1, 1.5, 2 ** 53, -(2 ** 53), -0], 'b/~': { '\ud800': 'x', c: '\udc00' } }
    const always = ['surrogate /b~1~0/\ud800', 'surrogate /b~1~0/c']
    assert.deepEqual(told(value), [
      'float /a/1',
      'too-high /a/2',
      'too-low /a/3',
      'negative-zero /a/4',
      ...always,
    ])
    assert.deepEqual(told(value, 'any'), always)
    assert.deepEqual(told([Number.NEGATIVE_INFINITY, 1], 'any'), ['infinite /0'])
    assert.deepEqual(told({ a: [true, null, 'x', {}, Number.MAX_SAFE_INTEGER] }), [])
  })

  it('ends after twenty, and does not go on for ever', () => {
    assert.equal(told(Array.from({ length: 50 }, () => 1.5)).length, 20)
    let deep: Json = 1.5
    for (let level = 0; level < 1000; level += 1) deep = [deep]
    assert.deepEqual(told(deep), [`float ${'/0'.repeat(1000)}`])
    assert.deepEqual(told([deep]), [`depth ${'/0'.repeat(1001)}`])
  })
})
