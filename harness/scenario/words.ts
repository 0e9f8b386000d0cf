import { inspect } from 'node:util'
import type { Event } from '../matrix/event.ts'
import type { ClientEvent } from '../world/homeserver.ts'

/** An event by its id, or the event itself in either form. */
export type Named = string | Event | ClientEvent

/** A value in one line, cut with a word that says so. */
export function shown(value: unknown, limit = 400): string {
  const text =
    typeof value === 'string'
      ? JSON.stringify(value)
      : inspect(value, { depth: 6, breakLength: Number.POSITIVE_INFINITY, maxArrayLength: 20 })
  return text.length <= limit ? text : `${text.slice(0, limit)}… (cut, ${text.length} characters)`
}

/** `m.room.topic ($id)`, or the id alone where nothing else is known. */
export function labelOf(one: Named): string {
  if (typeof one === 'string') return one
  const { type, state_key: key } = 'pdu' in one ? one.pdu : one
  const id = 'pdu' in one ? one.id : one.event_id
  return `${type}${key === undefined || key === '' ? '' : ` of ${key}`} (${id})`
}

export function listed(items: readonly string[], limit = 8): string {
  if (items.length === 0) return 'nothing'
  const head = items.slice(0, limit).join(', ')
  return items.length <= limit ? head : `${head} and ${items.length - limit} more`
}
