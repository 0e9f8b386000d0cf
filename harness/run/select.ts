import type { Level } from '../../fixtures/requirements/define.ts'
import { requirements } from '../../fixtures/requirements/index.ts'
import { strongest } from '../results/fold.ts'
import type { Check } from '../scenario/variants.ts'

/** A selector that names nothing that there is. `candidates` are the names that might have been meant. */
export class SelectorError extends Error {
  override readonly name = 'SelectorError'
  readonly code = 'selector'
  readonly selector: string
  readonly candidates: readonly string[]

  constructor(selector: string, candidates: readonly string[]) {
    super(`nothing is called '${selector}': a check, scenario, file, chapter or requirement`)
    this.selector = selector
    this.candidates = candidates
  }
}

const levels: ReadonlyMap<string, Level> = new Map([
  ['must', 'MUST'],
  ['should', 'SHOULD'],
])

export const levelOf = (check: Check): Level =>
  strongest(check.scenario.proves.map((id) => requirements[id].level))

/**
 * The checks that at least one selector names, in their own order; all of them without selectors. A selector is `must` or
 * `should` (the strongest level that the check proves), the id of a check or scenario or a folder before it, the id of a
 * requirement, `#anchor` of a clause, or any of these ids with `*` for any text.
 * `known` are all checks that there could be: `SelectorError` for what is not even among these.
 */
export function selected(
  checks: readonly Check[],
  selectors: readonly string[],
  known: readonly Check[],
): readonly Check[] {
  for (const selector of selectors)
    if (!isPattern(selector) && !isKnown(selector, known))
      throw new SelectorError(selector, names(known))
  if (selectors.length === 0) return checks
  const tests = selectors.map(testOf)
  return checks.filter((check) => tests.some((test) => test(check)))
}

const isPattern = (selector: string): boolean => selector.includes('*')

const isKnown = (selector: string, known: readonly Check[]): boolean =>
  Object.hasOwn(requirements, selector) || levels.has(selector) || known.some(testOf(selector))

const names = (known: readonly Check[]): readonly string[] => [
  ...levels.keys(),
  ...new Set(known.flatMap(({ id, scenario }) => [id, ...prefixes(scenario.id)])),
  ...Object.keys(requirements),
]

/** What the ambient rules say, they say of everything that is exchanged: there is no check that would do without. */
const isAmbient = (selector: string): boolean => /^ambient(?:$|\/)/.test(selector)

function testOf(selector: string): (check: Check) => boolean {
  if (isAmbient(selector)) return () => true
  const level = levels.get(selector)
  if (level !== undefined) return (check) => levelOf(check) === level
  if (selector.startsWith('#')) {
    const anchor = globbed(selector)
    return ({ scenario }) =>
      scenario.proves.some((id) => anchor.test(requirements[id].at.replace(/^[^#]*/, '')))
  }
  const name = globbed(selector)
  return ({ id, scenario }) =>
    [id, ...prefixes(scenario.id), ...scenario.proves].some((one) => name.test(one))
}

/** `a/b/c` → `a`, `a/b`, `a/b/c`. */
function prefixes(id: string): readonly string[] {
  const parts = id.split('/')
  return parts.map((_, index) => parts.slice(0, index + 1).join('/'))
}

const globbed = (selector: string): RegExp =>
  new RegExp(
    `^${selector
      .replace(/\/$/, '')
      .split('*')
      .map((part) => part.replace(/[\\^$.+?()[\]{}|]/g, '\\$&'))
      .join('.*')}$`,
    's',
  )
