import type { ErrorObject } from 'ajv/dist/2020.js'
import type { Json } from '../matrix/event.ts'
import { type Fault, show } from './judged.ts'

type Told = Pick<Fault, 'pointer' | 'expected' | 'actual'>

const article = (name: string): string =>
  name === 'null' ? name : `${/^[aeio]/.test(name) ? 'an' : 'a'} ${name}`

const typeNames = (schema: unknown): string =>
  (Array.isArray(schema) ? schema : [schema]).map((name) => article(String(name))).join(' or ')

/** By key word: what a value that passes would have been. `schema` is the key word's value. */
const expectations: Readonly<Record<string, (schema: unknown) => string>> = {
  type: typeNames,
  const: (schema) => JSON.stringify(schema),
  enum: (schema) => `one of ${JSON.stringify(schema)}`,
  pattern: (schema) => `text that matches ${String(schema)}`,
  minimum: (schema) => `at least ${String(schema)}`,
  maximum: (schema) => `at most ${String(schema)}`,
  maxLength: (schema) => `at most ${String(schema)} characters`,
  minItems: (schema) => `at least ${String(schema)} in the list`,
  maxItems: (schema) => `at most ${String(schema)} in the list`,
  minProperties: (schema) => `at least ${String(schema)} in the object`,
  maxProperties: (schema) => `at most ${String(schema)} in the object`,
  not: () => 'nothing',
  contains: (schema) => `a list with an entry like ${JSON.stringify(schema)}`,
}

/** Where an error of ajv lies, and what it says, in our words. */
export function describeError(error: ErrorObject): Told {
  const { instancePath, keyword, params, propertyName } = error
  if (keyword === 'required') {
    const name = String(params['missingProperty']).replaceAll('~', '~0').replaceAll('/', '~1')
    return { pointer: `${instancePath}/${name}`, expected: 'present', actual: 'absent' }
  }
  const expected = expectations[keyword]?.(error.schema) ?? error.message ?? keyword
  if (propertyName !== undefined) {
    return {
      pointer: instancePath,
      expected: `a name that is ${expected}`,
      actual: show(propertyName),
    }
  }
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- it came out of parseJson
  return { pointer: instancePath, expected, actual: show(error.data as Json | undefined) }
}
