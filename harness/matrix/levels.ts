import { isInteger } from './content.ts'
import type { Json } from './event.ts'
import { isObject } from './json.ts'
import type { RoomVersion } from './room-version.ts'

const integerText = /^\s*[+-]?\d+\s*$/

/**
 * A power level as the room version reads it; undefined for what is none. Where levels need not be integers they may be
 * decimal text, and where JSON need not be strict other numbers, which are cut off at the point.
 * Clauses: rooms/v1#mroompower_levels-events-accept-values-as-strings, …-as-floats
 */
export const levelIn = (value: Json | undefined, version: RoomVersion): number | undefined => {
  if (isInteger(value)) return value
  if (version.integerPowerLevels) return undefined
  if (typeof value === 'string') return integerText.test(value) ? finite(Number(value)) : undefined
  return typeof value === 'number' && !version.strictJson ? finite(Math.trunc(value)) : undefined
}

const finite = (level: number): number | undefined => (Number.isFinite(level) ? level : undefined)

/** What objects inherit is no level, so that nobody has to ask whether they have the key themselves. */
export const levelAt = (
  object: Json | undefined,
  key: string,
  version: RoomVersion,
): number | undefined => levelIn(isObject(object) ? object[key] : undefined, version)
