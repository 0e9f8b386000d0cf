import { setMember } from '../json.ts'
import type { Json, JsonObject } from '../event.ts'

const mostTries = 3000

/** The smallest of a case's smaller versions, and theirs, that still shows the difference. */
export async function shrunk<Case>(
  first: Case,
  smaller: (one: Case) => Iterable<Case>,
  differs: (one: Case) => Promise<boolean>,
): Promise<Case> {
  let current = first
  let tries = 0
  for (let found = true; found && tries < mostTries; ) {
    found = false
    for (const one of smaller(current)) {
      tries += 1
      if (tries > mostTries) break
      if (!(await differs(one))) continue
      current = one
      found = true
      break
    }
  }
  return current
}

const isList = (value: Json): value is readonly Json[] => Array.isArray(value)

/** Values with one thing less. */
export function* smallerValues(value: Json): Generator<Json> {
  if (typeof value === 'string') yield* smallerTexts(value)
  else if (typeof value === 'number' && value !== 0) yield* [0, Math.trunc(value / 2)]
  else if (typeof value === 'object' && value !== null)
    yield* isList(value) ? smallerLists(value) : smallerObjects(value)
}

function* smallerTexts(text: string): Generator<Json> {
  const units = Array.from(text)
  const half = Math.floor(units.length / 2)
  if (half > 0) yield* [units.slice(0, half).join(''), units.slice(half).join('')]
  for (const at of units.keys()) yield units.toSpliced(at, 1).join('')
}

function* smallerLists(list: readonly Json[]): Generator<Json> {
  for (const at of list.keys()) yield list.toSpliced(at, 1)
  for (const [at, value] of list.entries())
    for (const one of smallerValues(value)) yield list.with(at, one)
}

/** Objects with a member less, or with a smaller one. */
export function* smallerObjects(object: JsonObject): Generator<JsonObject> {
  const entries = Object.entries(object)
  for (const at of entries.keys()) yield ofEntries(entries.toSpliced(at, 1))
  for (const [at, [key, value]] of entries.entries())
    for (const one of smallerValues(value)) yield ofEntries(entries.with(at, [key, one]))
}

function ofEntries(entries: readonly (readonly [string, Json])[]): JsonObject {
  const object: Record<string, Json> = {}
  for (const [key, value] of entries) setMember(object, key, value)
  return object
}
