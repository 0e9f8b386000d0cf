import type { Json, JsonObject } from './event.ts'
import { isObject } from './json.ts'

/**
 * The value that `object` itself holds under `key`; undefined where it is no object or has no such key.
 * Keys come from the network, so what an object inherits (`constructor`, `toString`) must not be found.
 */
export const valueAt = (object: Json | undefined, key: string): Json | undefined =>
  hasKey(object, key) ? object[key] : undefined

/** Whether `object` is an object with this key of its own, whatever its value. */
export const hasKey = (object: Json | undefined, key: string): object is JsonObject =>
  isObject(object) && Object.hasOwn(object, key)

/** As `valueAt`, which need not be asked: nothing that objects inherit is a text. */
export const stringAt = (object: Json | undefined, key: string): string | undefined => {
  const value = isObject(object) ? object[key] : undefined
  return typeof value === 'string' ? value : undefined
}

/** An integer that canonical JSON can carry. */
export const isInteger = (value: Json | undefined): value is number =>
  typeof value === 'number' && Number.isSafeInteger(value)

export const integerAt = (object: Json | undefined, key: string): number | undefined => {
  const value = valueAt(object, key)
  return isInteger(value) ? value : undefined
}
