import * as fc from 'fast-check'
import type { Schema } from '../../fixtures/schemas/schema.ts'
import { shared } from '../../fixtures/schemas/shared.ts'
import type { Json, JsonObject } from '../matrix/event.ts'
import { isObject, setMember } from '../matrix/json.ts'

/** Things that hold where a good value stood: of another type, out of bounds, or of a name that means something to the language. */
const oddities: readonly Json[] = [
  null,
  true,
  0,
  -1,
  1.5,
  2 ** 53,
  1e300,
  '',
  ' ',
  '\ud800',
  '\u0000',
  '__proto__',
  'x'.repeat(70_000),
  '@',
  '!',
  '$',
  ':',
  '%',
  [],
  {},
  [null],
  [[]],
  { constructor: {} },
  JSON.parse('{"__proto__":{"x":1}}'),
  JSON.parse(`${'['.repeat(150)}${']'.repeat(150)}`),
  Array.from({ length: 1_000 }, () => ({})),
]

export const oddity: fc.Arbitrary<Json> = fc.constantFrom(...oddities)

const byId = new Map(shared.map((schema) => [schema.$id ?? '', schema]))

/** Values that the schema allows, made of `words` where a text is wanted. */
export function valueOf(schema: Schema | undefined, words: readonly string[]): fc.Arbitrary<Json> {
  const whole = merged(schema ?? {})
  const type = [whole.type ?? typeImplied(whole)].flat()
  if (whole.const !== undefined) return fc.constant(whole.const)
  if (whole.enum !== undefined) return fc.constantFrom<Json>(...whole.enum)
  return fc.oneof(...type.map((one) => ofType(one, whole, words)))
}

/** With what it refers to and all parts that it has to meet put into one. */
function merged(schema: Schema): Schema {
  const { $ref, allOf = [], ...own } = schema
  const parts = [...($ref === undefined ? [] : [byId.get($ref) ?? {}]), ...allOf].map(merged)
  return parts.reduce<Schema>(
    (all, part) => ({
      ...part,
      ...all,
      properties: { ...part.properties, ...all.properties },
      required: [...(part.required ?? []), ...(all.required ?? [])],
    }),
    own,
  )
}

function typeImplied({ properties, required, pattern, items }: Schema) {
  if (pattern !== undefined) return 'string'
  if (items !== undefined) return 'array'
  const isObjectLike = Object.keys(properties ?? {}).length > 0 || (required ?? []).length > 0
  return isObjectLike ? 'object' : 'string'
}

function ofType(type: string, schema: Schema, words: readonly string[]): fc.Arbitrary<Json> {
  const { minimum = -1_000, maximum = 1_000 } = schema
  switch (type) {
    case 'string':
      return wordFor(schema.pattern, words)
    case 'integer':
    case 'number':
      return fc.integer({ min: Math.max(minimum, -(2 ** 31)), max: Math.min(maximum, 2 ** 31 - 1) })
    case 'boolean':
      return fc.boolean()
    case 'null':
      return fc.constant(null)
    case 'array':
      return listOf(schema, words)
    default:
      return objectOf(schema, words)
  }
}

function wordFor(pattern: string | undefined, words: readonly string[]): fc.Arbitrary<string> {
  const fit = new RegExp(pattern ?? '')
  const fitting = words.filter((word) => fit.test(word))
  return fc.constantFrom(...(fitting.length > 0 ? fitting : words))
}

function listOf(schema: Schema, words: readonly string[]): fc.Arbitrary<Json> {
  const { items, prefixItems, minItems = 0, maxItems = 4 } = schema
  if (prefixItems !== undefined) return fc.tuple(...prefixItems.map((one) => valueOf(one, words)))
  const item = valueOf(items === false ? {} : items, words)
  return fc.array(item, {
    minLength: minItems,
    maxLength: Math.max(minItems, Math.min(maxItems, 4)),
  })
}

function objectOf(schema: Schema, words: readonly string[]): fc.Arbitrary<Json> {
  const { properties = {}, required = [], patternProperties = {}, propertyNames } = schema
  const named = Object.entries(properties).flatMap(([key, one]) => {
    if (one === false || one.not !== undefined) return []
    const value = valueOf(one, words)
    return [required.includes(key) ? pair(key, value) : sometimes(pair(key, value))]
  })
  const others = Object.entries(patternProperties).map(([pattern, one]) =>
    sometimes(fc.tuple(wordFor(pattern, words), valueOf(one, words))),
  )
  const { additionalProperties: more } = schema
  const further =
    more === undefined || more === false
      ? []
      : [sometimes(fc.tuple(wordFor(propertyNames?.pattern, words), valueOf(more, words)))]
  return fc
    .tuple(...named, ...others, ...further)
    .map((entries) => objectFrom(entries.filter((entry) => entry !== undefined)))
}

type Entry = readonly [string, Json]

const pair = (key: string, value: fc.Arbitrary<Json>): fc.Arbitrary<Entry> =>
  value.map((one) => [key, one])

const sometimes = (entry: fc.Arbitrary<Entry>): fc.Arbitrary<Entry | undefined> =>
  fc.option(entry, { nil: undefined })

function objectFrom(entries: readonly Entry[]): JsonObject {
  const object: Record<string, Json> = {}
  for (const [key, value] of entries) setMember(object, key, value)
  return object
}

/** Where a fault goes, and what it is. */
export interface Fault {
  readonly at: number
  readonly kind: 'replace' | 'remove' | 'add'
  readonly value: Json
}

export const fault: fc.Arbitrary<Fault> = fc.record({
  at: fc.nat(),
  kind: fc.constantFrom('replace', 'replace', 'replace', 'remove', 'add'),
  value: oddity,
})

/** The value with one thing changed, anywhere in it. */
export function spoiled(value: Json, { at, kind, value: other }: Fault): Json {
  const copy: { value: Json } = { value: structuredClone(value) }
  const places: { holder: Record<string, Json>; key: string }[] = []
  const visit = (holder: Record<string, Json>, key: string): void => {
    places.push({ holder, key })
    const found = holder[key]
    if (typeof found !== 'object' || found === null) return
    // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- lists can be written to by index like objects
    for (const inner of Object.keys(found)) visit(found as Record<string, Json>, inner)
  }
  visit(copy, 'value')
  const place = places[at % places.length]
  if (place === undefined) return other
  const { holder, key } = place
  const found = holder[key]
  if (kind === 'add' && found !== undefined && isObject(found))
    holder[key] = objectFrom([...Object.entries(found), ['__proto__', other]])
  else if (kind === 'remove' && holder !== copy) delete holder[key]
  else holder[key] = other
  return copy.value
}

/** Good values, most of them with a fault. */
export const withFaults = (good: fc.Arbitrary<Json>): fc.Arbitrary<Json> =>
  fc
    .tuple(good, fc.option(fault, { nil: undefined, freq: 4 }))
    .map(([value, wrong]) => (wrong === undefined ? value : spoiled(value, wrong)))
