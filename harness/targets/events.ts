import type { Json, JsonObject } from '../matrix/event.ts'
import { isObject } from '../matrix/json.ts'
import { Inconclusive } from '../world/errors.ts'
import type { ClientEvent } from '../world/homeserver.ts'
import { textIn, valueIn } from './client.ts'

/** The events of a list in an answer of the client API, in its order. */
export function eventsIn(json: Json | undefined, ...path: readonly string[]): ClientEvent[] {
  const list = valueIn(json, ...path)
  return Array.isArray(list) ? list.map(clientEvent) : []
}

/** The objects of a list, such as stripped state. */
export function objectsIn(json: Json | undefined, ...path: readonly string[]): JsonObject[] {
  const list = valueIn(json, ...path)
  return Array.isArray(list) ? list.filter(isObject) : []
}

/** @throws Inconclusive where a field that every client event has is missing */
export function clientEvent(json: Json): ClientEvent {
  const content = valueIn(json, 'content')
  const state_key = textIn(json, 'state_key')
  const unsigned = valueIn(json, 'unsigned')
  const ts = valueIn(json, 'origin_server_ts')
  return {
    event_id: needed(json, 'event_id'),
    type: needed(json, 'type'),
    sender: needed(json, 'sender'),
    content: isObject(content) ? content : {},
    ...(state_key === undefined ? {} : { state_key }),
    ...(typeof ts === 'number' ? { origin_server_ts: ts } : {}),
    ...(isObject(unsigned) ? { unsigned } : {}),
  }
}

/** A text without which nothing can be concluded from an answer. */
export function needed(json: Json | undefined, field: string): string {
  const value = textIn(json, field)
  if (value !== undefined) return value
  throw new Inconclusive(`an answer of the client API lacks its ${field}`)
}
