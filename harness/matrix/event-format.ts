import {
  canonicalJson,
  CanonicalJsonError,
  type Uncanonical,
  uncanonicalParts,
} from './canonical-json.ts'
import type { Json, JsonObject } from './event.ts'
import { isEventId, isRoomId, isUserId } from './identifiers.ts'
import { isObject, member } from './json.ts'
import type { RoomVersion } from './room-version.ts'

/** One way in which something is no event of its room version. */
export interface FormatProblem {
  /** Id of the requirement that its author broke; absent where the text demands nothing. */
  readonly requirement?: string
  /** Where, as a JSON pointer; empty for the whole. */
  readonly pointer: string
  readonly problem: string
}

export interface FormatOptions {
  /** False for what /backfill answered, which must not be refused for the number of its references. */
  readonly countReferences?: boolean
}

/** Bytes of the whole event in canonical form, and of single fields (client-server-api#size-limits). */
const maxEventBytes = 65_536
const maxFieldBytes = 255

interface Field {
  readonly key: string
  readonly requirement: string
  readonly expected: string
  readonly fits: (value: Json) => boolean
  readonly optional?: true
  /** The requirement that bounds its bytes. */
  readonly size?: string
}

const isString = (value: Json): boolean => typeof value === 'string'
const tooLong = (value: Json): boolean =>
  typeof value === 'string' && Buffer.byteLength(value) > maxFieldBytes

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
    fits: Number.isSafeInteger,
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
  const all = version.redactsInContent ? fields : [...fields, topLevelRedacts]
  const { countReferences = true } = options
  return [
    ...all.flatMap((field) => checkField(json, field)),
    ...checkDepth(json),
    ...checkHashes(json),
    ...checkRoomId(json, version),
    ...checkReferences(
      json,
      version,
      countReferences ? prevEvents : { ...prevEvents, most: Infinity },
    ),
    ...checkReferences(
      json,
      version,
      countReferences ? authEvents : { ...authEvents, most: Infinity },
    ),
    ...checkStrictness(json),
    ...checkSize(json),
  ]
}

function kind(value: Json | undefined): string {
  if (value === undefined) return 'nothing'
  if (value === null) return 'null'
  return Array.isArray(value) ? 'an array' : `a value of type ${typeof value}`
}

function checkField(event: JsonObject, field: Field): readonly FormatProblem[] {
  const { key, requirement, expected, fits, optional, size } = field
  const value = member(event, key)
  const pointer = `/${key}`
  if (value === undefined) {
    return optional === true
      ? []
      : [{ requirement, pointer, problem: `expected ${expected}, got nothing` }]
  }
  if (!fits(value)) {
    return [{ requirement, pointer, problem: `expected ${expected}, got ${shown(value)}` }]
  }
  return size !== undefined && tooLong(value) ? [overlong(size, pointer)] : []
}

const overlong = (requirement: string, pointer: string): FormatProblem => ({
  requirement,
  pointer,
  problem: `longer than ${maxFieldBytes} bytes`,
})

/** Scalars are shown, cut short; of the rest only what it is. */
const shown = (value: Json): string =>
  typeof value === 'string' || typeof value === 'number'
    ? JSON.stringify(typeof value === 'string' ? value.slice(0, 80) : value)
    : kind(value)

function checkDepth(event: JsonObject): readonly FormatProblem[] {
  const depth = member(event, 'depth')
  if (typeof depth !== 'number') return []
  if (depth < 0) {
    return [{ requirement: 'ss.pdu.negative_depth', pointer: '/depth', problem: 'negative' }]
  }
  const requirement = 'ss.pdu.depth.over_2_53_v6'
  return depth > Number.MAX_SAFE_INTEGER
    ? [{ requirement, pointer: '/depth', problem: 'above 2^53-1' }]
    : []
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

interface References {
  readonly key: string
  readonly requirement: string
  readonly most: number
  readonly mostRequirement: string
}

const prevEvents: References = {
  key: 'prev_events',
  requirement: 'ss.pdu.prev_events.ids_v3',
  most: 20,
  mostRequirement: 'ss.pdu.prev_events.max20',
}

const authEvents: References = {
  key: 'auth_events',
  requirement: 'ss.pdu.auth_events.ids_v3',
  most: 10,
  mostRequirement: 'ss.pdu.auth_events.max10',
}

function checkReferences(
  event: JsonObject,
  version: RoomVersion,
  { key, requirement, most, mostRequirement }: References,
): readonly FormatProblem[] {
  const ids = member(event, key)
  if (!isArray(ids)) {
    const problem = `expected a list of event ids, got ${kind(ids)}`
    return [{ requirement, pointer: `/${key}`, problem }]
  }
  const odd = ids.findIndex((id) => typeof id !== 'string' || !isEventId(id, version))
  const problems: FormatProblem[] = []
  if (odd >= 0) {
    const problem = `expected an event id, got ${shown(ids[odd] ?? null)}`
    problems.push({ requirement, pointer: `/${key}/${odd}`, problem })
  }
  if (ids.length > most) {
    const problem = `${ids.length} entries, at most ${most} are allowed`
    problems.push({ requirement: mostRequirement, pointer: `/${key}`, problem })
  }
  return problems
}

const isArray = (value: Json | undefined): value is readonly Json[] => Array.isArray(value)

const strictness: Readonly<Record<Uncanonical, { requirement?: string; problem: string }>> = {
  float: { requirement: 'ss.cj.v6.float_rejected', problem: 'not an integer' },
  'too-high': { requirement: 'ss.cj.v6.int_range_high', problem: 'above 2^53-1' },
  'too-low': { requirement: 'ss.cj.v6.int_range_low', problem: 'below -(2^53)+1' },
  'negative-zero': { requirement: 'ss.cj.no_negative_zero', problem: 'negative zero' },
  surrogate: { requirement: 'ss.cj.lone_surrogates', problem: 'lone surrogate' },
  depth: { problem: 'nested deeper than the harness reads' },
}

const checkStrictness = (event: JsonObject): readonly FormatProblem[] =>
  uncanonicalParts(event).map(({ pointer, because }) => ({ ...strictness[because], pointer }))

/** An event without a canonical form has no size; the strictness check has said why. */
function checkSize(event: JsonObject): readonly FormatProblem[] {
  try {
    const bytes = Buffer.byteLength(canonicalJson(event))
    const problem = `${bytes} bytes, at most ${maxEventBytes} are allowed`
    return bytes > maxEventBytes
      ? [{ requirement: 'ss.size.event_65536', pointer: '', problem }]
      : []
  } catch (error) {
    if (error instanceof CanonicalJsonError) return []
    throw error
  }
}
