import { readFileSync } from 'node:fs'
import { type ErrorObject, Ajv2020 } from 'ajv/dist/2020.js'
import addFormats from 'ajv-formats'
import type { CheckResult } from './outcome.ts'

/** What is known of one check of a target: that it fails in one way, or that it comes out differently now and then. */
export interface Entry {
  readonly check: string
  readonly expect: 'fail' | 'flaky'
  readonly fingerprint?: string
  readonly reason: string
  readonly issue?: string
  /** `YYYY-MM-DD`; the day is still within. */
  readonly expires?: string
}

export interface Baseline {
  /** Version of fedcheck that wrote it. */
  readonly fedcheck: string
  readonly entries: readonly Entry[]
}

/** The file cannot be used: the run ends with exit code 2 before it starts. */
export class BaselineError extends Error {
  override readonly name = 'BaselineError'
  readonly code = 'baseline'
}

/** Reads a baseline file's text. `today` is `YYYY-MM-DD`. Throws `BaselineError`, which names the file and the entry. */
export function parseBaseline(text: string, file: string, today: string): Baseline {
  let value: unknown
  try {
    value = JSON.parse(text)
  } catch (error) {
    throw new BaselineError(`${file}: no JSON: ${String(error)}`)
  }
  if (!isBaseline(value)) throw new BaselineError(`${file}: ${complaint(value, isBaseline.errors)}`)
  const seen = new Set<string>()
  for (const { check, expires } of value.entries) {
    if (seen.has(check)) throw new BaselineError(`${file}: two entries for ${check}`)
    seen.add(check)
    if (expires !== undefined && expires < today)
      throw new BaselineError(`${file}: the entry for ${check} expired on ${expires}`)
  }
  return value
}

/** Throws `BaselineError` for an entry about a check that no suite has. */
export function checkKnown(baseline: Baseline, file: string, isKnown: (id: string) => boolean) {
  const unknown = baseline.entries.find(({ check }) => !isKnown(check))
  if (unknown !== undefined)
    throw new BaselineError(
      `${file}: no suite has the check ${unknown.check}; \`fedcheck baseline prune\` takes it out`,
    )
}

/** The file's text: entries sorted by check, one a line, so that changes of one entry are changes of one line. */
export function writeBaseline(baseline: Baseline): string {
  const lines = baseline.entries
    .toSorted((a, b) => (a.check < b.check ? -1 : 1))
    .map((entry) => `    ${entryLine(entry)}`)
  const entries = lines.length === 0 ? '[]' : `[\n${lines.join(',\n')}\n  ]`
  return `{\n  "fedcheck": ${JSON.stringify(baseline.fedcheck)},\n  "entries": ${entries}\n}\n`
}

/** One entry as it stands in the file. */
export function entryLine(entry: Entry): string {
  const { check, expect, fingerprint, reason, issue, expires } = entry
  const members = Object.entries({ check, expect, fingerprint, reason, issue, expires })
    .filter(([, value]) => value !== undefined)
    .map(([key, value]) => `${JSON.stringify(key)}: ${JSON.stringify(value)}`)
  return `{ ${members.join(', ')} }`
}

/** The entry that would make a failed check known. */
export const entryFor = (check: CheckResult, reason: string): Entry | undefined =>
  check.outcome.status === 'failed'
    ? { check: check.id, expect: 'fail', fingerprint: check.outcome.evidence.fingerprint, reason }
    : undefined

const schema: object = JSON.parse(
  readFileSync(new URL('./baseline.schema.json', import.meta.url), 'utf8'),
)
const ajv = new Ajv2020({ allErrors: false, strict: true, strictRequired: false })
addFormats.default(ajv)
const isBaseline = ajv.compile<Baseline>(schema)

function complaint(value: unknown, errors: readonly ErrorObject[] | null | undefined): string {
  const error = errors?.[0]
  if (error === undefined) return 'does not fit the schema'
  const index = /^\/entries\/(\d+)/.exec(error.instancePath)?.[1]
  const check = index === undefined ? undefined : nameOf(value, Number(index))
  const where =
    index === undefined
      ? error.instancePath || 'the file'
      : `entry ${Number(index) + 1}${check === undefined ? '' : ` (${check})`}`
  return `${where}: ${words(error)}`
}

/** The check that an entry is about, read from a file that may be anything. */
function nameOf(value: unknown, index: number): string | undefined {
  const entries = property(value, 'entries')
  const check = Array.isArray(entries) ? property(entries[index], 'check') : undefined
  return typeof check === 'string' ? check : undefined
}

const property = (value: unknown, key: string): unknown =>
  typeof value === 'object' && value !== null ? Reflect.get(value, key) : undefined

const words = ({ keyword, params, message = 'does not fit', instancePath }: ErrorObject): string =>
  keyword === 'pattern' && instancePath.endsWith('/reason')
    ? 'a reason is needed'
    : keyword === 'required' && params['missingProperty'] === 'reason'
      ? 'a reason is needed'
      : keyword === 'additionalProperties'
        ? `${message}: ${params['additionalProperty']}`
        : message
