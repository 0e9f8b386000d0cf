import { valueAt } from '../../matrix/content.ts'
import type { Event, Json, JsonObject } from '../../matrix/event.ts'
import { isObject } from '../../matrix/json.ts'
import type { Room } from '../../world/homeserver.ts'
import { notFound } from '../errors.ts'
import type { Outcome } from '../handlers/handler.ts'

/** What is said in place of the events of one room. */
export interface Pretence {
  readonly room: Room
  /** What stands in the place of an event; undefined: nothing, as if it were not known. */
  readonly change: (event: Event) => Event | undefined
}

/** Where answers hold events, whole or by their ids. */
const whole = ['pdus', 'state', 'auth_chain', 'events']
const byId = ['pdu_ids', 'auth_chain_ids']

interface Known {
  readonly read: (pdu: Json) => Event | undefined
  readonly find: (id: string) => Event | undefined
}

/** The same answer with the lie in every place. `read` and `find` know the events of the room, whole and by id. */
export function pretended(outcome: Outcome, { change }: Pretence, { read, find }: Known): Outcome {
  const { json } = outcome
  if (outcome.status !== 200 || !isObject(json)) return outcome
  const told = (event: Event | undefined, honest: Json, say: (lie: Event) => Json): Json[] => {
    if (event === undefined) return [honest]
    const lie = change(event)
    return lie === undefined ? [] : [say(lie)]
  }
  const wholeLie = (pdu: Json) => told(read(pdu), pdu, (lie) => ({ ...lie.pdu }))
  const idLie = (id: Json) => told(typeof id === 'string' ? find(id) : undefined, id, (l) => l.id)
  const lists: JsonObject = {
    ...listsIn(json, whole, wholeLie),
    ...listsIn(json, byId, idLie),
  }
  return { ...outcome, json: { ...json, ...lists }, deliberate: true }
}

function listsIn(
  json: JsonObject,
  keys: readonly string[],
  change: (one: Json) => readonly Json[],
): JsonObject {
  return Object.fromEntries(
    keys.flatMap((key) => {
      const list = valueAt(json, key)
      return Array.isArray(list) ? [[key, list.flatMap(change)]] : []
    }),
  )
}

/** A server that does not know an event says so. */
export function orNotFound(operation: string, outcome: Outcome): Outcome {
  const pdus = valueAt(outcome.json, 'pdus')
  if (operation !== 'event' || !Array.isArray(pdus) || pdus.length > 0) return outcome
  const { status, body } = notFound('there is no such event')
  return { status, json: body }
}
