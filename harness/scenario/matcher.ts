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
  const differs = (expected: string) => ({ pointer, expected, actual: shown(value, 80) })
  if (matcher instanceof RegExp)
    return typeof value === 'string' && matcher.test(value)
      ? undefined
      : differs(`text like ${matcher}`)
  if (typeof matcher === 'function')
    return matcher(value) ? undefined : differs(matcher.name || 'as demanded')
  if (isList(matcher)) {
    if (!Array.isArray(value) || value.length !== matcher.length)
      return differs(`an array of ${matcher.length}`)
    return first(
      matcher.map((one, index) => [String(index), one]),
      value,
      pointer,
    )
  }
  if (typeof matcher === 'object' && matcher !== null) {
    if (typeof value !== 'object' || value === null || Array.isArray(value))
      return differs('an object')
    return first(Object.entries(matcher), value, pointer)
  }
  return isDeepStrictEqual(value, matcher) ? undefined : differs(shown(matcher, 80))
}

const isList = (matcher: Matcher): matcher is readonly Matcher[] => Array.isArray(matcher)

function first(
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
