import assert from 'node:assert/strict'
import * as fc from 'fast-check'
import { describe, it } from 'mocha'
import type { Json } from './event.ts'
import {
  flawsIn,
  isObject,
  JsonError,
  type JsonErrorCode,
  type JsonOptions,
  member,
  parseJson,
  setMember,
} from './json.ts'

const read = (text: string, options?: JsonOptions) => parseJson(Buffer.from(text), options)

function refuses(text: string | Uint8Array, code: JsonErrorCode, options?: JsonOptions): JsonError {
  const bytes = typeof text === 'string' ? Buffer.from(text) : text
  let thrown: unknown
  try {
    parseJson(bytes, options)
  } catch (error) {
    thrown = error
  }
  assert.ok(thrown instanceof JsonError, `accepted ${JSON.stringify(text)}`)
  assert.equal(thrown.code, code, JSON.stringify(text))
  return thrown
}

const nested = (depth: number) => `${'[{"a":'.repeat(depth / 2)}0${'}]'.repeat(depth / 2)}`

const told = (part: Json | undefined) =>
  flawsIn(part ?? null).map(({ kind, offset, pointer }) => `${offset} ${kind} ${pointer}`)

describe('parseJson', () => {
  it('reads what JSON.stringify writes', () => {
    fc.assert(
      fc.property(fc.jsonValue({ stringUnit: 'binary', depthSize: 'medium' }), (value) => {
        const text = JSON.stringify(value)
        assert.deepEqual(read(text), JSON.parse(text))
        assert.deepEqual(read(JSON.stringify(value, null, 2)), JSON.parse(text))
      }),
    )
  })

  it('refuses every other text that JSON.parse refuses', () => {
    const pieces = [
      '{',
      '}',
      '[',
      ']',
      ',',
      ':',
      '"a"',
      '"',
      '1',
      '-',
      '.5',
      '00',
      'e1',
      ' ',
      'tru',
    ]
    const text = fc.array(fc.constantFrom(...pieces, 'true', 'null', '\\u00e9', '\u0001', '\n'))
    fc.assert(
      fc.property(text, (parts) => {
        const joined = parts.join('')
        let expected: unknown
        try {
          expected = JSON.parse(joined)
        } catch {
          refuses(joined, 'syntax')
          return
        }
        assert.deepEqual(read(joined), expected)
      }),
      { numRuns: 3000 },
    )
  })

  it('reads numbers as JavaScript does, unless told otherwise', () => {
    for (const token of ['0', '-0', '1.0', '1e2', '1E+2', '-1.5e-3', '9007199254740993', '1e999']) {
      assert.ok(Object.is(read(token), Number(token)), token)
    }
  })

  it('takes only integers of canonical JSON where asked for', () => {
    const canonical = { refuse: 'flaws' } as const
    for (const token of ['0', '1', '-1', '9007199254740991', '-9007199254740991']) {
      assert.equal(read(token, canonical), Number(token))
    }
    const others = ['-0', '1.0', '1.5', '1e2', '1E2', '9007199254740992', '-9007199254740992']
    for (const token of [...others, '9007199254740993', '1e999', '0.0', '-0.0', '0e0']) {
      refuses(token, 'number', canonical)
    }
    assert.equal(refuses('{"a":[0,{"b":1.5}]}', 'number', canonical).offset, 13)
  })

  it('refuses what no number may look like', () => {
    for (const token of [
      '01',
      '+1',
      '.5',
      '1.',
      '1e',
      '0x10',
      'NaN',
      'Infinity',
      '-',
      '--1',
      '1_0',
    ]) {
      refuses(token, 'syntax')
    }
  })

  it('refuses a key that was there before, however it is written', () => {
    assert.equal(refuses('{"a":1,"a":1}', 'duplicate-key').offset, 7)
    refuses('{"a":1,"\\u0061":2}', 'duplicate-key')
    refuses('{"x":{"__proto__":1,"__proto__":2}}', 'duplicate-key')
    assert.deepEqual(read('{"a":{"a":1},"b":{"a":1}}'), { a: { a: 1 }, b: { a: 1 } })
  })

  it('treats every key as ordinary', () => {
    const value = read('{"__proto__":{"x":1},"constructor":2,"10":3,"9":4}')
    assert.ok(isObject(value))
    assert.equal(Object.getPrototypeOf(value), Object.prototype)
    assert.deepEqual(Object.keys(value).toSorted(), ['10', '9', '__proto__', 'constructor'])
    assert.deepEqual(member(value, '__proto__'), { x: 1 })
    assert.equal(member(value, 'x'), undefined)
    assert.equal(member({}, 'constructor'), undefined)
    assert.equal(member({}, '__proto__'), undefined)
  })

  it('sets every key as an ordinary one', () => {
    const object: Record<string, Json> = {}
    for (const key of ['__proto__', 'constructor', 'a']) {
      setMember(object, key, { x: 1 })
      setMember(object, key, { x: 2 })
      assert.deepEqual(member(object, key), { x: 2 })
    }
    assert.equal(Object.getPrototypeOf(object), Object.prototype)
    assert.deepEqual(Object.keys(object), ['__proto__', 'constructor', 'a'])
    assert.ok(delete object['__proto__'])
  })

  it('refuses lone surrogates and joins pairs', () => {
    assert.equal(read('"\\ud83d\\ude00"'), '😀')
    assert.equal(read('"\\ud7ff\\ue000"'), '\ud7ff\ue000')
    for (const text of ['\\ud800', '\\udc00', '\\ud800\\ud800', '\\ud800x', '\\ud800\\n']) {
      assert.equal(refuses(`"ab${text}"`, 'surrogate').offset, 3)
      refuses(`{"${text}":1}`, 'surrogate')
    }
    refuses('"\\ude00\\ud83d"', 'surrogate')
  })

  it('refuses bytes that are not UTF-8 and says where', () => {
    const cases: [readonly number[], number][] = [
      [[0x22, 0xff, 0x22], 1],
      [[0x22, 0xc0, 0x80, 0x22], 1],
      [[0x22, 0x61, 0xed, 0xa0, 0x80, 0x22], 2],
      [[0x22, 0xf4, 0x90, 0x80, 0x80, 0x22], 1],
      [[0x22, 0xef, 0xbf, 0xbd, 0x80, 0x22], 4],
      [[0xef, 0xbb, 0xbf, 0x22, 0xff, 0x22], 4],
      [[0x22, 0xe2, 0x82], 1],
    ]
    for (const [bytes, offset] of cases) {
      assert.equal(refuses(new Uint8Array(bytes), 'utf8').offset, offset)
    }
  })

  it('knows the whole of the syntax', () => {
    const wrong = ['', ' ', '"a', '"\\', '"\\x"', '"\\u12"', '"\\u12g4"', '"\n"', '"\u001f"', "'a'"]
    const more = [
      '{',
      '{"a"',
      '{"a":',
      '{"a":1',
      '{"a":1,}',
      '{a:1}',
      '[1,]',
      '[,1]',
      '[1 2]',
      '1 2',
    ]
    for (const text of [...wrong, ...more, 'nul', 'True', 'nullx', '[1]]', '\ufeff1', '1\u00a0']) {
      refuses(text, 'syntax')
    }
    assert.equal(
      read('"\\"\\\\\\/\\b\\f\\n\\r\\t\\u0000\u007f\u2028"'),
      '"\\/\b\f\n\r\t\0\u007f\u2028',
    )
    assert.deepEqual(read(' { "a" : [ 1 , { } , [ ] ] }\r\n\t'), { a: [1, {}, []] })
  })

  it('counts offsets in bytes', () => {
    assert.equal(refuses('["é😀",?]', 'syntax').offset, 10)
  })

  it('goes as deep as it is allowed and no text uses up the stack', () => {
    assert.ok(read(nested(100)))
    assert.equal(refuses(nested(102), 'depth').offset, 300)
    assert.equal(read('1', { maxDepth: 0 }), 1)
    refuses('[]', 'depth', { maxDepth: 0 })
    assert.ok(read(nested(1000), { maxDepth: 1e9 }))
    refuses('['.repeat(1_000_000), 'depth', { maxDepth: 1e9 })
  })

  it('notes what it lets pass, with place and kind, for each part of the text', () => {
    const text =
      '{"é":[0,1.0,{"b":1e3,"c":-0,"c":9007199254740992,"d":"\\ud800\\ud83d\\ude00"}],"\\udc00":1.5}'
    const value = read(text, { refuse: 'nothing' })
    assert.deepEqual(told(value), [
      '9 float /é/1',
      '18 exponent /é/2/b',
      '26 negative-zero /é/2/c',
      '29 duplicate-key /é/2/c',
      '33 range /é/2/c',
      '55 surrogate /é/2/d',
      '78 surrogate /\udc00',
      '86 float /\udc00',
    ])
    assert.ok(isObject(value))
    const list = value['é']
    assert.ok(Array.isArray(list))
    const inner: Json = list[2]
    assert.deepEqual(told(inner)[0], '18 exponent /b')
    assert.equal(told(inner).length, 5)
    assert.deepEqual(JSON.parse(JSON.stringify(inner)), { b: 1000, c: 2 ** 53, d: '\ud800😀' })
    assert.deepEqual(told({ ...value }), [])
    assert.deepEqual(told(read('{"a":[1,{}],"b":"x"}')), [])
    const again = read('{"\\ud800":1,"\\ud800":\t1.0}', { refuse: 'nothing' })
    assert.deepEqual(told(again), [
      '2 surrogate /\ud800',
      '12 duplicate-key /\ud800',
      '13 surrogate /\ud800',
      '22 float /\ud800',
    ])
    assert.deepEqual([flawsIn(null), flawsIn('x'), flawsIn(1.5)], [[], [], []])
  })

  it('notes numbers whatever it refuses, and a thousand flaws at most', () => {
    assert.equal(flawsIn(read('[1.0]')).length, 1)
    assert.equal(flawsIn(read('1.0')).length, 0)
    refuses('[1.0]', 'number', { refuse: 'flaws' })
    refuses('{"a":1,"a":1}', 'duplicate-key', { refuse: 'flaws' })
    assert.equal(flawsIn(read(`[${'1.0,'.repeat(5000)}1]`)).length, 1000)
    const key = '{"__proto__":{"a":1.0},"constructor":{"b":1.0}}'
    const pointers = flawsIn(read(key)).map(({ pointer }) => pointer)
    assert.deepEqual(pointers, ['/__proto__/a', '/constructor/b'])
  })

  it('refuses texts over the bound before it reads them', () => {
    assert.deepEqual(read('[10]', { maxBytes: 4 }), [10])
    assert.equal(refuses('[100]', 'size', { maxBytes: 4 }).offset, 4)
  })

  it('bounds the number of values', () => {
    assert.deepEqual(read('[1,{"a":2}]', { maxValues: 4 }), [1, { a: 2 }])
    assert.equal(refuses('[1,{"a":2}]', 'size', { maxValues: 3 }).offset, 8)
    refuses(`[${'{},'.repeat(2_000_000)}{}]`, 'size')
  })
})
