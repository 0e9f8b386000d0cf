import assert from 'node:assert/strict'
import * as fc from 'fast-check'
import { describe, it } from 'mocha'
import { Checker } from './json-checker.ts'
import { JsonError } from './json-error.ts'
import { membersIn, surveyJson } from './json-survey.ts'

const bounds = { maxDepth: 4, maxValues: 30 }

const isPlain = (text: string): boolean => {
  const members = surveyJson(text, bounds)
  if (members === undefined) return false
  try {
    return membersIn(JSON.parse(text)) === members
  } catch {
    return false
  }
}

const isFlawless = (text: string): boolean => {
  try {
    return new Checker(text, bounds, 'flaws').document().length === 0
  } catch (error) {
    if (error instanceof JsonError) return false
    throw error
  }
}

/** Pieces that make the differences. */
const scalars =
  String.raw`0 7 -7 -0 -05 -0.0 1.0 1.5 1e2 1E2 1e-2 10 9007199254740991 9007199254740992 -9007199254740991
  -9007199254740992 18014398509481984 true false null "" "a" "\"" "\\" "a\\\"" "\\\\" "\u0061" "\u00D8" "\ud83d\ude00" "\uD83D\uDE00"
  "\ud83d" "\ude00" "\ude00\ud83d" "\ud83dx" "\ud83d\u0041" "\ud83d\\ude00" "\\ud83d" "\\\ud83d" "1e5" "{[,:" "é" "😀" "\uD7FF" "\uE000"
  "\uDBFF\uDFFF" "\uDC00" "\udbff\udbff" "\"1.5:" "x\u0020" "\/"`.split(/\s+/)
const keys = ['"a"', '"b"', String.raw`"\u0061"`, '"__proto__"', '"1"', String.raw`"\ud800"`, '""']

const joined = (parts: fc.Arbitrary<string>) =>
  fc
    .tuple(fc.array(parts, { maxLength: 5 }), fc.constantFrom(',', ', ', ',\n'))
    .map(([all, comma]) => all.join(comma))

const { text: anyText } = fc.letrec<{ text: string }>((tie) => {
  const member = fc.tuple(fc.constantFrom(...keys), tie('text')).map((pair) => pair.join(':'))
  return {
    text: fc.oneof(
      { maxDepth: 5, depthSize: 'large' },
      fc.constantFrom(...scalars),
      joined(tie('text')).map((inner) => `[${inner}]`),
      joined(member).map((inner) => `{${inner}}`),
    ),
  }
})

describe('the quick look over a JSON text', () => {
  it('lets no text pass in which the close look finds something', () => {
    const mended = fc.tuple(anyText, fc.nat(), fc.nat(3), fc.constantFrom('', '"', '\\', ',', '}'))
    const changed = mended.map(([text, at, gone, more]) => {
      const place = at % (text.length + 1)
      return text.slice(0, place) + more + text.slice(place + gone)
    })
    fc.assert(
      fc.property(fc.oneof(anyText, changed), (text) => {
        if (isPlain(text)) assert.ok(isFlawless(text), text)
      }),
      { numRuns: 5000 },
    )
  })

  it('lets all others pass, but for what may be over a bound', () => {
    fc.assert(
      fc.property(anyText, (text) => {
        const roomy = { maxDepth: 100, maxValues: 1000 }
        if (!isFlawless(text)) return
        assert.equal(surveyJson(text, roomy), membersIn(JSON.parse(text)), text)
      }),
      { numRuns: 3000 },
    )
  })

  it('looks at each scalar alone', () => {
    const odd = scalars.filter((text) => !isPlain(text))
    assert.deepEqual(
      odd,
      scalars.filter((text) => !isFlawless(text)),
    )
    assert.equal(odd.length, 20)
  })

  it('counts depth and values up to their bounds', () => {
    assert.equal(surveyJson('[[[[]]]]', bounds), 0)
    assert.equal(surveyJson('[[],[[],[[]]]]', bounds), 0)
    assert.equal(surveyJson('[[[[[]]]]]', bounds), undefined)
    assert.equal(surveyJson('[true,[[[[1]]]]]', bounds), undefined)
    assert.equal(surveyJson('[{},{},{},{},{}]', bounds), 0)
    assert.equal(surveyJson('[true,false,null,"x"]', { ...bounds, maxValues: 5 }), 0)
    assert.equal(surveyJson(`[${'1,'.repeat(27)}1]`, bounds), 0)
    assert.equal(surveyJson(`[${'1,'.repeat(28)}1]`, bounds), 0)
    assert.equal(surveyJson(`[${'1,'.repeat(29)}1]`, bounds), undefined)
    assert.equal(surveyJson(`${'[],'.repeat(14)}1`, bounds), 0)
    assert.equal(surveyJson(`${'[],'.repeat(15)}1`, bounds), undefined)
  })

  it('counts the members of all objects', () => {
    assert.equal(membersIn(JSON.parse('{"a":[{"b":1,"c":{"d":null}},[[{"__proto__":{}}]]]}')), 5)
    assert.equal(membersIn(JSON.parse('[1,"a",null]')), 0)
    assert.equal(membersIn('a'), 0)
  })
})
