import { isDeepStrictEqual } from 'node:util'
import { shown } from './words.ts'

/** A value; or, in its place, a pattern for a string or a predicate. Objects may hold more than the matcher names; arrays may not. */
export type Matcher =
  | null
  | boolean
  | number
  | string
  | RegExp
  | ((value: unknown) => boolean)
  | readonly Matcher[]
  | { readonly [key: string]: Matcher }

export interface Mismatch {
  /** JSON pointer to the place. */
  readonly pointer: string
  readonly expected: string
  readonly actual: string
}

/** The first place where `value` is not what `matcher` says. */
export function mismatch(value: unknown, matcher: Matcher, pointer = ''): Mismatch | undefined {
  const found = { pointer, actual: shown(value, 80) }
  if (matcher instanceof RegExp || typeof matcher === 'function')
    return satisfies(value, matcher) ? undefined : { ...found, expected: wording(matcher) }
  if (typeof matcher !== 'object' || matcher === null)
    return isDeepStrictEqual(value, matcher) ? undefined : { ...found, expected: shown(matcher) }
  const kind = isList(matcher) ? `an array of ${matcher.length}` : 'an object'
  if (!isLike(value, matcher)) return { ...found, expected: kind }
  return within(Object.entries(matcher), value, pointer)
}

const isLike = (value: unknown, matcher: object): value is object =>
  typeof value === 'object' &&
  value !== null &&
  Array.isArray(value) === Array.isArray(matcher) &&
  (!Array.isArray(value) || value.length === Object.keys(matcher).length)

const satisfies = (value: unknown, test: RegExp | ((value: unknown) => boolean)): boolean =>
  typeof test === 'function' ? test(value) : typeof value === 'string' && test.test(value)

const wording = (test: RegExp | ((value: unknown) => boolean)): string =>
  typeof test === 'function' ? test.name || 'as demanded' : `text like ${test}`

const isList = (matcher: Matcher): matcher is readonly Matcher[] => Array.isArray(matcher)

function within(
  entries: readonly (readonly [string, Matcher])[],
  value: object,
  pointer: string,
): Mismatch | undefined {
  const own = new Map<string, unknown>(Object.entries(value))
  for (const [key, one] of entries) {
    const escaped = key.replaceAll('~', '~0').replaceAll('/', '~1')
    const found = mismatch(own.get(key), one, `${pointer}/${escaped}`)
    if (found) return found
  }
  return undefined
}
