import type { Json, JsonObject } from '../../matrix/event.ts'
import { isObject, member, parseJson } from '../../matrix/json.ts'
import { MatrixError, invalidParam } from '../errors.ts'

export const badJson = (message: string): MatrixError => new MatrixError(400, 'M_BAD_JSON', message)

export const missing = (field: string): MatrixError =>
  new MatrixError(400, 'M_MISSING_PARAM', `${field} is missing`)

interface Queried {
  readonly query: Readonly<Record<string, readonly string[]>>
}

/** The body of a request; an empty one counts as `{}`, since clients leave it off where nothing is needed. */
export function readBody(bytes: Uint8Array): JsonObject {
  if (bytes.length === 0) return {}
  const json = parsed(bytes)
  if (!isObject(json)) throw badJson('the body is not a JSON object')
  return json
}

function parsed(bytes: Uint8Array): Json {
  try {
    return parseJson(bytes)
  } catch (error) {
    const reason = error instanceof Error ? error.message : 'unreadable'
    throw new MatrixError(400, 'M_NOT_JSON', `the body is not JSON: ${reason}`)
  }
}

/** A field that must be there, as text. */
export function text(body: JsonObject, field: string): string {
  const value = optionalText(body, field)
  if (value === undefined) throw missing(field)
  return value
}

export function optionalText(body: JsonObject, field: string): string | undefined {
  const value = member(body, field)
  if (value === undefined || value === null) return undefined
  if (typeof value !== 'string') throw badJson(`${field} is not a string`)
  return value
}

/** A text out of a few. */
export function oneOf(
  known: readonly string[],
  body: JsonObject,
  field: string,
): string | undefined {
  const value = optionalText(body, field)
  if (value === undefined || known.includes(value)) return value
  throw invalidParam(`${field} is none of ${known.join(', ')}`)
}

/** An object that must be there. */
export function object(body: JsonObject, field: string): JsonObject {
  const value = optionalObject(body, field)
  if (value === undefined) throw missing(field)
  return value
}

export function optionalObject(body: JsonObject, field: string): JsonObject | undefined {
  const value = member(body, field)
  if (value === undefined || value === null) return undefined
  if (!isObject(value)) throw badJson(`${field} is not an object`)
  return value
}

/** A list; empty where the field is absent. */
export function list(body: JsonObject, field: string): readonly Json[] {
  const value = member(body, field)
  if (value === undefined || value === null) return []
  if (!Array.isArray(value)) throw badJson(`${field} is not an array`)
  const values: readonly Json[] = value
  return values
}

export function texts(body: JsonObject, field: string): readonly string[] {
  return list(body, field).map((value) => {
    if (typeof value !== 'string') throw badJson(`${field} holds something else than strings`)
    return value
  })
}

export function objects(body: JsonObject, field: string): readonly JsonObject[] {
  return list(body, field).map((value) => {
    if (!isObject(value)) throw badJson(`${field} holds something else than objects`)
    return value
  })
}

export function flag(body: JsonObject, field: string): boolean | undefined {
  const value = member(body, field)
  if (value === undefined || value === null) return undefined
  if (typeof value !== 'boolean') throw badJson(`${field} is not a boolean`)
  return value
}

/** A whole number of at least 0. */
export function wholeNumber(body: JsonObject, field: string): number | undefined {
  const value = member(body, field)
  if (value === undefined || value === null) return undefined
  if (typeof value !== 'number' || !Number.isSafeInteger(value) || value < 0)
    throw badJson(`${field} is not a whole number`)
  return value
}

/** The first value of a query parameter. */
export const queried = (call: Queried, name: string): string | undefined => call.query[name]?.[0]

/** A whole number of at least 0 in the query. */
export function queriedNumber(call: Queried, name: string): number | undefined {
  const value = queried(call, name)
  if (value === undefined) return undefined
  if (!/^\d{1,12}$/.test(value)) throw invalidParam(`${name} is not a whole number`)
  return Number(value)
}

/** `true` or `false` in the query. */
export function queriedFlag(call: Queried, name: string): boolean | undefined {
  const value = queried(call, name)
  if (value === undefined) return undefined
  if (value !== 'true' && value !== 'false') throw invalidParam(`${name} is neither true nor false`)
  return value === 'true'
}

/** A path parameter. */
export const param = (
  call: { readonly params: Readonly<Record<string, string>> },
  name: string,
): string => call.params[name] ?? ''

/** A field that is left off where there is no value. */
export function present<Key extends string, Value>(
  key: Key,
  value: Value | undefined,
): { readonly [key in Key]?: Value }
export function present(key: string, value: unknown): object {
  return value === undefined ? {} : { [key]: value }
}
