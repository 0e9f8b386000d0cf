import type { Event, Json, JsonObject } from '../matrix/event.ts'
import { isObject, member } from '../matrix/json.ts'
import { EventFormatError, readEvent, redactsOf } from '../matrix/read-event.ts'
import { redact } from '../matrix/redact.ts'
import { type RoomVersion, roomVersion } from '../matrix/room-version.ts'
import { checkContentHash, type KeyLookup, type VerifyKey } from '../matrix/sign-event.ts'
import { type Carried, carriedBy } from './carried.ts'
import { jsonOf, type Reading, type Side, sidesOf } from './reading.ts'

export interface ValidationContext {
  /** Server names of the servers that are judged. */
  readonly targets: readonly string[]
  /** Server names of the harness's own servers. */
  readonly ours: readonly string[]
  /** What the lab knows of rooms; what the exchanges say of them is found out here. */
  readonly roomVersionOf: (roomId: string) => RoomVersion | undefined
  /** Keys that servers published; those in the exchanges' own key documents are added here. */
  readonly keys: KeyLookup
}

/** What all the exchanges together tell of rooms, events and keys, in whichever order. */
export interface Knowledge {
  versionOf(carried: Carried): RoomVersion | undefined
  /** Events of known rooms whose format is good, as receivers would take them: redacted where the hash is wrong. */
  readonly events: ReadonlyMap<string, Event>
  /** Ids of events that some redaction names. */
  readonly redacted: ReadonlySet<string>
  /** Ids of events made from the template of another server, which chose what they cite. */
  readonly templated: ReadonlySet<string>
  key(server: string, keyId: string): VerifyKey | undefined
  /** Whether a key document of the server was seen, so that a key that is not known is one that it does not publish. */
  published(server: string): boolean
}

export function knowledgeOf(
  readings: readonly Reading[],
  context: Pick<ValidationContext, 'roomVersionOf' | 'keys'>,
): Knowledge {
  const sides = readings.flatMap(sidesOf)
  const rooms = roomsIn(sides)
  const documents = documentsIn(sides)
  const versionOf = (carried: Carried): RoomVersion | undefined => {
    const room = roomOf(carried)
    const told = room === undefined ? undefined : (context.roomVersionOf(room) ?? rooms.get(room))
    return told ?? versionInCreate(carried.json)
  }
  const events = eventsIn(sides, versionOf)
  return {
    versionOf,
    events,
    redacted: new Set([...events.values()].flatMap((event) => redactsOf(event) ?? [])),
    templated: templatedIn(sides),
    key: (server, keyId) => context.keys(server, keyId) ?? documents.get(server)?.get(keyId),
    published: (server) => documents.has(server),
  }
}

const roomOf = ({ json, roomId }: Carried): string | undefined => {
  const named = isObject(json) ? member(json, 'room_id') : undefined
  return typeof named === 'string' ? named : roomId
}

const versionNamed = (id: Json | undefined): RoomVersion | undefined =>
  typeof id === 'string' ? roomVersion(id) : undefined

/** A create event says which version its room has. */
function versionInCreate(json: Json): RoomVersion | undefined {
  if (!isObject(json) || member(json, 'type') !== 'm.room.create') return undefined
  const content = member(json, 'content')
  return isObject(content) ? versionNamed(member(content, 'room_version')) : undefined
}

/** Room versions from the answers of make_join and make_leave, from invitations and from create events. */
function roomsIn(sides: readonly Side[]): ReadonlyMap<string, RoomVersion> {
  const rooms = new Map<string, RoomVersion>()
  for (const side of sides) {
    const roomId = side.reading.params['roomId']
    const value = jsonOf(side)
    const version = isObject(value) ? versionNamed(member(value, 'room_version')) : undefined
    if (roomId !== undefined && version !== undefined) rooms.set(roomId, version)
  }
  for (const { json } of sides.flatMap(carriedBy)) noteCreate(rooms, json)
  return rooms
}

/** What the create event says of its own room counts for more than what servers say of it. */
function noteCreate(rooms: Map<string, RoomVersion>, json: Json): void {
  const version = versionInCreate(json)
  const create = version === undefined ? undefined : eventFrom(json, version)
  if (create !== undefined) rooms.set(create.roomId, create.version)
}

function eventsIn(
  sides: readonly Side[],
  versionOf: Knowledge['versionOf'],
): ReadonlyMap<string, Event> {
  const events = new Map<string, Event>()
  for (const carried of sides.flatMap(carriedBy)) {
    const version = versionOf(carried)
    const event = version === undefined ? undefined : eventFrom(carried.json, version)
    if (event === undefined) continue
    const copy = asTaken(event)
    if (isBetter(copy, events.get(event.id))) events.set(event.id, copy)
  }
  return events
}

/** Check 3 of server-server-api#checks-performed-on-receipt-of-a-pdu: with a wrong hash the redacted copy counts. */
const asTaken = (event: Event): Event =>
  checkContentHash(event) ? event : { ...event, pdu: redact(event.pdu, event.version) }

/** The whole event is better than a redacted copy, and one that more servers have signed than one that fewer have. */
function isBetter(copy: Event, known: Event | undefined): boolean {
  if (known === undefined) return true
  const whole = Number(checkContentHash(copy)) - Number(checkContentHash(known))
  if (whole !== 0) return whole > 0
  return Object.keys(copy.pdu.signatures).length > Object.keys(known.pdu.signatures).length
}

/** Events that were handed in by a handshake that began with make_join, make_knock or make_leave. */
function templatedIn(sides: readonly Side[]): ReadonlySet<string> {
  const handshakes = new Set(['sendJoin', 'sendKnock', 'sendLeave'])
  return new Set(
    sides
      .filter(({ reading }) => handshakes.has(reading.exchange.operation ?? ''))
      .flatMap(({ reading }) => reading.params['eventId'] ?? []),
  )
}

/** Undefined for what is no event of the version. */
export function eventFrom(json: Json, version: RoomVersion): Event | undefined {
  try {
    return readEvent(json, version, { countReferences: false })
  } catch (error) {
    if (error instanceof EventFormatError) return undefined
    throw error
  }
}

/** Server → key id → key, from the answers that servers gave about themselves. */
function documentsIn(sides: readonly Side[]): ReadonlyMap<string, ReadonlyMap<string, VerifyKey>> {
  const documents = new Map<string, Map<string, VerifyKey>>()
  for (const side of sides) {
    if (side.reading.exchange.operation !== 'serverKeys' || side.status !== 200) continue
    const document = jsonOf(side)
    if (!isObject(document) || member(document, 'server_name') !== side.speaker) continue
    const keys = documents.get(side.speaker) ?? new Map<string, VerifyKey>()
    for (const [keyId, key] of keysIn(document)) keys.set(keyId, key)
    documents.set(side.speaker, keys)
  }
  return documents
}

function keysIn(document: JsonObject): readonly (readonly [string, VerifyKey])[] {
  return ['verify_keys', 'old_verify_keys'].flatMap((name) => {
    const keys = member(document, name)
    return isObject(keys) ? Object.entries(keys).flatMap(readKey) : []
  })
}

function readKey([keyId, value]: readonly [string, Json]): readonly (readonly [
  string,
  VerifyKey,
])[] {
  const publicKey = isObject(value) ? member(value, 'key') : undefined
  if (typeof publicKey !== 'string') return []
  // Validity is for receivers to enforce; whether a signature was made with the key does not depend on it.
  return [[keyId, { publicKey, validUntil: Number.MAX_SAFE_INTEGER }]]
}
