import type { Json, JsonObject } from './event.ts'
import { type FormatProblem, kind, shown } from './format-problem.ts'
import { isEventId, isRoomId, isUserId } from './identifiers.ts'
import { isObject, member } from './json.ts'
import { checkReferences } from './reference-format.ts'
import type { RoomVersion } from './room-version.ts'
import { checkSize, checkStrictness } from './strictness.ts'

export interface FormatOptions {
  /** False for what /backfill answered, which must not be refused for the number of its references. */
  readonly countReferences?: boolean
}

/** Bytes of single fields (client-server-api#size-limits). */
const maxFieldBytes = 255

interface Field {
  readonly key: string
  readonly requirement: string
  readonly expected: string
  readonly fits: (value: Json, version: RoomVersion) => boolean
  readonly optional?: true
  /** The requirement that bounds its bytes. */
  readonly size?: string
}

const isString = (value: Json): boolean => typeof value === 'string'
const tooLong = (value: Json): boolean =>
  typeof value === 'string' &&
  value.length > maxFieldBytes / 3 &&
  Buffer.byteLength(value) > maxFieldBytes

/** rooms/v10#event-format and its like: what all versions have in common. */
const fields: readonly Field[] = [
  {
    key: 'sender',
    requirement: 'ss.pdu.base.sender',
    expected: 'a user id',
    fits: (value) => typeof value === 'string' && (tooLong(value) || isUserId(value)),
    size: 'ss.size.sender_255',
  },
  {
    key: 'type',
    requirement: 'ss.pdu.base.type',
    expected: 'a string',
    fits: isString,
    size: 'ss.size.type_255',
  },
  {
    key: 'state_key',
    requirement: 'ss.pdu.base.state_key_string',
    expected: 'a string',
    fits: isString,
    optional: true,
    size: 'ss.size.state_key_255',
  },
  {
    key: 'content',
    requirement: 'ss.pdu.base.content',
    expected: 'an object',
    fits: isObject,
  },
  {
    key: 'origin_server_ts',
    requirement: 'ss.pdu.base.origin_server_ts',
    expected: 'an integer',
    fits: (value, { strictJson }) =>
      strictJson ? Number.isSafeInteger(value) : Number.isInteger(value),
  },
  {
    key: 'depth',
    requirement: 'ss.pdu.base.depth',
    expected: 'an integer',
    fits: Number.isInteger,
  },
  {
    key: 'hashes',
    requirement: 'ss.pdu.base.hashes',
    expected: 'an object',
    fits: isObject,
  },
  {
    key: 'signatures',
    requirement: 'ss.pdu.base.signatures',
    expected: 'an object of objects of strings',
    fits: (value) =>
      isObject(value) &&
      Object.values(value).every((by) => isObject(by) && Object.values(by).every(isString)),
  },
  {
    key: 'unsigned',
    requirement: 'ss.pdu.base.unsigned_object',
    expected: 'an object',
    fits: isObject,
    optional: true,
  },
]

/** Up to version 10 a redaction names its target at the top level. */
const topLevelRedacts: Field = {
  key: 'redacts',
  requirement: 'ss.pdu.redacts.top_level_v1_10',
  expected: 'a string',
  fits: isString,
  optional: true,
}

const fieldsWithRedacts = [...fields, topLevelRedacts]

/**
 * Every way in which the value fails to be an event of that room version, as far as an event alone can show it: check
 * 1 of server-server-api#checks-performed-on-receipt-of-a-pdu. What the authorisation rules judge is not repeated here.
 */
export function checkFormat(
  json: Json,
  version: RoomVersion,
  options: FormatOptions = {},
): readonly FormatProblem[] {
  if (!isObject(json)) {
    const requirement = 'ss.pdu.format.wrong_types'
    return [{ requirement, pointer: '', problem: `expected an object, got ${kind(json)}` }]
  }
  const problems: FormatProblem[] = []
  for (const field of version.redactsInContent ? fields : fieldsWithRedacts) {
    const problem = checkField(json, field, version)
    if (problem !== undefined) problems.push(problem)
  }
  const counted = options.countReferences ?? true
  addTo(problems, checkEventId(json, version))
  addTo(problems, checkDepth(json, version))
  addTo(problems, checkHashes(json))
  addTo(problems, checkRoomId(json, version))
  addTo(problems, checkReferences(json, version, counted))
  addTo(problems, checkStrictness(json, version))
  addTo(problems, checkSize(json, version))
  return problems
}

function addTo(problems: FormatProblem[], found: readonly FormatProblem[]): void {
  for (const problem of found) problems.push(problem)
}

/** Where event ids are given: rooms/v1#event-ids. */
function checkEventId(event: JsonObject, version: RoomVersion): readonly FormatProblem[] {
  if (version.eventIds !== 'given') return []
  const id = member(event, 'event_id')
  const pointer = '/event_id'
  if (typeof id !== 'string') {
    const requirement = 'ss.pdu.event_id.v1_2_present'
    return [{ requirement, pointer, problem: `expected an event id, got ${kind(id)}` }]
  }
  if (isEventId(id, version)) return []
  if (tooLong(id)) return [overlong('ss.size.event_id_255', pointer)]
  const requirement = 'ss.eid.v1.format'
  return [{ requirement, pointer, problem: `expected an event id, got ${shown(id)}` }]
}

/** None of the keys is the name of something that every object inherits. */
function checkField(
  event: JsonObject,
  { key, requirement, expected, fits, optional, size }: Field,
  version: RoomVersion,
): FormatProblem | undefined {
  const value = event[key]
  if (value === undefined) {
    if (optional === true) return undefined
    return { requirement, pointer: `/${key}`, problem: `expected ${expected}, got nothing` }
  }
  if (!fits(value, version)) {
    return { requirement, pointer: `/${key}`, problem: `expected ${expected}, got ${shown(value)}` }
  }
  return size !== undefined && tooLong(value) ? overlong(size, `/${key}`) : undefined
}

const overlong = (requirement: string, pointer: string): FormatProblem => ({
  requirement,
  pointer,
  problem: `longer than ${maxFieldBytes} bytes`,
})

function checkDepth(event: JsonObject, version: RoomVersion): readonly FormatProblem[] {
  const depth = member(event, 'depth')
  const pointer = '/depth'
  if (typeof depth !== 'number') return []
  if (depth < 0) return [{ requirement: 'ss.pdu.negative_depth', pointer, problem: 'negative' }]
  const { most, requirement, problem } = version.strictJson ? safeDepth : longDepth
  return depth > most ? [{ requirement, pointer, problem }] : []
}

const safeDepth = {
  most: Number.MAX_SAFE_INTEGER,
  requirement: 'ss.pdu.depth.over_2_53_v6',
  problem: 'above 2^53-1',
}

/** A double cannot tell 2^63-1 from 2^63. */
const longDepth = {
  most: 2 ** 63,
  requirement: 'ss.pdu.depth.limit_2_63',
  problem: 'above 2^63-1',
}

function checkHashes(event: JsonObject): readonly FormatProblem[] {
  const hashes = member(event, 'hashes')
  if (!isObject(hashes)) return []
  const sha256 = member(hashes, 'sha256')
  if (typeof sha256 === 'string') return []
  const problem = `expected a string, got ${kind(sha256)}`
  return [{ requirement: 'ss.pdu.event_hash_required', pointer: '/hashes/sha256', problem }]
}

function checkRoomId(event: JsonObject, version: RoomVersion): readonly FormatProblem[] {
  const id = member(event, 'room_id')
  const pointer = '/room_id'
  if (version.roomIdFromCreate && member(event, 'type') === 'm.room.create') {
    const requirement = 'ss.pdu.room_id.v12_create_absent'
    const problem = 'the create event makes the room id and cannot hold one'
    return id === undefined ? [] : [{ requirement, pointer, problem }]
  }
  if (typeof id !== 'string') {
    const requirement = version.roomIdFromCreate ? 'ss.pdu.room_id.v12' : 'ss.pdu.room_id.v1_11'
    return [{ requirement, pointer, problem: `expected a room id, got ${kind(id)}` }]
  }
  if (isRoomId(id, version)) return []
  if (tooLong(id)) return [overlong('ss.size.room_id_255', pointer)]
  const requirement = version.roomIdFromCreate ? 'ss.id.room.v12_form' : 'ss.id.room.domain_form'
  return [{ requirement, pointer, problem: `expected a room id, got ${shown(id)}` }]
}
