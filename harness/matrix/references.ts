import type { Event, Json, JsonObject } from './event.ts'
import { referenceHash } from './hash.ts'

/** How an event of that room version names another: by its id, or by a pair of id and hashes. */
export type Reference = string | readonly [id: string, hashes: { readonly sha256: string }]

/** Ids of the events in `prev_events`, whatever form the room version gives them. */
export const parentIds = (event: Event): readonly string[] => idsIn(event, 'prev_events')

/** Ids of the events in `auth_events`, whatever form the room version gives them. */
export const citedIds = (event: Event): readonly string[] => idsIn(event, 'auth_events')

const idsIn = ({ pdu, version }: Event, key: 'prev_events' | 'auth_events'): readonly string[] => {
  const references: readonly Json[] = pdu[key]
  return version.pairedReferences ? references.flatMap(idIn) : pdu[key]
}

const idIn = (reference: Json): readonly string[] => {
  const id: Json | undefined = Array.isArray(reference) ? reference[0] : undefined
  return typeof id === 'string' ? [id] : []
}

/** How another event of the room names this one. Throws CanonicalJsonError. */
export const referenceTo = ({ id, pdu, version }: Event): Reference => {
  const json: JsonObject = { ...pdu }
  return version.pairedReferences ? [id, { sha256: referenceHash(json, version) }] : id
}
