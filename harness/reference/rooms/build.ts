import { authEventKeys } from '../../matrix/auth-events.ts'
import type { Event, JsonObject } from '../../matrix/event.ts'
import { contentHash } from '../../matrix/hash.ts'
import { referenceTo } from '../../matrix/references.ts'
import type { RoomVersion } from '../../matrix/room-version.ts'
import { finishEvent, type UnsignedPdu } from '../../matrix/sign-event.ts'
import type { SigningKey } from '../../matrix/signing-key.ts'
import { type StateMap, stateKey } from '../../matrix/state-key.ts'
import type { Authored } from '../users/operations.ts'
import type { Room } from './room.ts'

/** Who makes events: the server's name, key and time. */
export interface Author {
  readonly name: string
  readonly key: SigningKey
  readonly clock: () => number
}

/** Hashes and signs a finished PDU. */
export type Finish = (pdu: UnsignedPdu, version: RoomVersion, author: Author) => Event

export const finish: Finish = (pdu, version, { name, key }) =>
  finishEvent(withId(pdu, version, name), version, name, key)

/** Where authors give ids, one made of what the event says: nobody has to keep count, and no other event gets the same. */
export function withId(pdu: UnsignedPdu, version: RoomVersion, server: string): UnsignedPdu {
  if (version.eventIds !== 'given' || pdu.event_id !== undefined) return pdu
  const opaque = contentHash({ ...pdu }, version)
    .replaceAll('+', '-')
    .replaceAll('/', '_')
  return { ...pdu, event_id: `$${opaque}:${server}` }
}

export interface Placement {
  /** Absent: the room's heads. */
  readonly parents?: readonly string[]
  /** Absent: those that the rules select from the state before the event. */
  readonly cited?: readonly string[]
  /** Absent: the resolved state after the parents. */
  readonly before?: StateMap
  /** Further fields at the top level. */
  readonly extra?: JsonObject
}

/** A draft with its place in the room's graph, before hashes and signatures. */
export function draftPdu(
  room: Room,
  draft: Authored,
  now: number,
  placement: Placement = {},
): UnsignedPdu {
  const parents = placement.parents ?? room.parentsOfNext()
  const before = placement.before ?? room.stateAfter(parents)
  const { redacts } = draft
  const content =
    redacts === undefined || !room.version.redactsInContent
      ? draft.content
      : { ...draft.content, redacts }
  return {
    ...placement.extra,
    type: draft.type,
    sender: draft.sender,
    ...(draft.type === 'm.room.create' && room.version.roomIdFromCreate
      ? {}
      : { room_id: room.id }),
    ...(draft.state_key === undefined ? {} : { state_key: draft.state_key }),
    ...(redacts === undefined || room.version.redactsInContent ? {} : { redacts }),
    content,
    prev_events: referencesTo(parents, room),
    auth_events: referencesTo(placement.cited ?? citedBy(draft, before, room.version), room),
    depth: depthAfter(parents, room),
    origin_server_ts: now,
  }
}

/** server-server-api#auth-events-selection */
export function citedBy(draft: Authored, state: StateMap, version: RoomVersion): readonly string[] {
  return authEventKeys(draft, version).flatMap(
    ([type, key]) => state.get(stateKey(type, key)) ?? [],
  )
}

/** In the form that the room version has; the hash of an event that is not at hand is empty. */
function referencesTo(ids: readonly string[], room: Room): readonly string[] {
  if (!room.version.pairedReferences) return ids
  const pairs = ids.map((id) => {
    const event = room.lookup(id)
    return event === undefined ? ([id, { sha256: '' }] as const) : referenceTo(event)
  })
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- see Pdu: what the wire has in these versions
  return pairs as readonly unknown[] as readonly string[]
}

function depthAfter(parents: readonly string[], room: Room): number {
  const depths = parents.map((id) => room.lookup(id)?.pdu.depth ?? 0)
  return Math.min(Math.max(0, ...depths) + 1, Number.MAX_SAFE_INTEGER)
}

/** A create event with the room id that follows from it, or with `roomId` where the version chooses it freely. */
export function createEvent(
  draft: Authored,
  version: RoomVersion,
  roomId: string,
  { author, finishWith }: { author: Author; finishWith: Finish },
): Event {
  const pdu: UnsignedPdu = {
    type: 'm.room.create',
    sender: draft.sender,
    ...(version.roomIdFromCreate ? {} : { room_id: roomId }),
    state_key: '',
    content: draft.content,
    prev_events: [],
    auth_events: [],
    depth: 1,
    origin_server_ts: author.clock(),
  }
  return finishWith(pdu, version, author)
}
