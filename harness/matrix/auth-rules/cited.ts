import { authEventKeys } from '../auth-events.ts'
import type { Event } from '../event.ts'
import { citedIds } from '../references.ts'
import { stateKey } from '../state-key.ts'
import { type Refusal, refuse } from './refusal.ts'

/**
 * The rules on what an event cites. `authEvents` are the events named in its `auth_events`, all of them; whoever lacks
 * one has to fetch it first. In the versions whose room id is the create event's id, `rejected` is asked of that too.
 * Clause: rooms/v12#authorisation-rules, rules 2 and 3
 */
export const checkAuthEvents = (
  event: Event,
  authEvents: readonly Event[],
  rejected: (id: string) => boolean,
): Refusal | undefined => {
  if (event.pdu.type === 'm.room.create') return undefined
  return (
    findRejectedCreate(event, rejected) ??
    findDuplicate(event, authEvents) ??
    findUnselected(event, authEvents) ??
    findRejected(authEvents, rejected) ??
    findMissingCreate(event, authEvents) ??
    findForeign(event, authEvents)
  )
}

/** The id of the create event that a room id stands for, in the versions where it does. */
export const createIdOf = (roomId: string): string => `$${roomId.slice(1)}`

const findRejectedCreate = (
  event: Event,
  rejected: (id: string) => boolean,
): Refusal | undefined => {
  if (!event.version.roomIdFromCreate || !rejected(createIdOf(event.roomId))) return undefined
  return refuse(
    'auth.room_id_is_create_event',
    `room_id ${event.roomId} names a create event that was rejected`,
    createIdOf(event.roomId),
  )
}

const findDuplicate = (event: Event, authEvents: readonly Event[]): Refusal | undefined => {
  const twice = citedIds(event).find((id, at, all) => all.indexOf(id) !== at)
  if (twice !== undefined)
    return refuse('auth.auth_events.duplicate', `auth_events names ${twice} twice`, twice)
  const seen = new Map<string, Event>()
  for (const cited of authEvents) {
    const { type, state_key } = cited.pdu
    if (state_key === undefined) continue
    const key = stateKey(type, state_key)
    const other = seen.get(key)
    if (other !== undefined)
      return refuse(
        'auth.auth_events.duplicate',
        `auth_events names ${other.id} and ${cited.id}, both ${type} with state key ${JSON.stringify(state_key)}`,
        cited,
      )
    seen.set(key, cited)
  }
  return undefined
}

const findUnselected = (event: Event, authEvents: readonly Event[]): Refusal | undefined => {
  const selected = new Set(
    authEventKeys(event.pdu, event.version).map(([type, key]) => stateKey(type, key)),
  )
  for (const cited of authEvents) {
    const { type, state_key } = cited.pdu
    if (state_key !== undefined && selected.has(stateKey(type, state_key))) continue
    const rule =
      type === 'm.room.create' && !event.version.createInAuthEvents
        ? 'auth.auth_events.create_cited'
        : 'auth.auth_events.unselected'
    const kind = state_key === undefined ? 'no state' : `state key ${JSON.stringify(state_key)}`
    return refuse(
      rule,
      `auth_events names ${cited.id}, a ${type} (${kind}), which is not among those to select for this event`,
      cited,
    )
  }
  return undefined
}

const findRejected = (
  authEvents: readonly Event[],
  rejected: (id: string) => boolean,
): Refusal | undefined => {
  const bad = authEvents.find(({ id }) => rejected(id))
  if (bad === undefined) return undefined
  return refuse(
    'auth.auth_events.rejected_entry',
    `auth_events names ${bad.id}, which was rejected`,
    bad,
  )
}

const findMissingCreate = (event: Event, authEvents: readonly Event[]): Refusal | undefined => {
  if (!event.version.createInAuthEvents) return undefined
  if (authEvents.some(({ pdu }) => pdu.type === 'm.room.create')) return undefined
  return refuse('auth.auth_events.no_create', 'auth_events does not name the create event')
}

const findForeign = (event: Event, authEvents: readonly Event[]): Refusal | undefined => {
  const foreign = authEvents.find(({ roomId }) => roomId !== event.roomId)
  if (foreign === undefined) return undefined
  return refuse(
    'auth.auth_events.other_room',
    `auth_events names ${foreign.id} of ${foreign.roomId}, the event is of ${event.roomId}`,
    foreign,
  )
}
