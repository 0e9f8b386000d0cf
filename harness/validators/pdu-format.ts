import { pduFormats } from '../../fixtures/schemas/pdus.ts'
import { checkFormat } from '../matrix/event-format.ts'
import type { FormatProblem } from '../matrix/format-problem.ts'
import type { RoomVersion } from '../matrix/room-version.ts'
import type { Carried } from './carried.ts'
import type { Fault } from './judged.ts'
import { checkSchema } from './schemas.ts'

/** Bounds that do not hold for what /backfill answers (server-server-api#get_matrixfederationv1backfillroomid). */
const counts = new Set(['ss.pdu.auth_events.max10', 'ss.pdu.prev_events.max20'])

/**
 * What keeps a PDU from being an event of its room version, with pointers into the body. The schemas speak first; what
 * they cannot say (bytes, strictness, the grammar of ids) is added. Of the oldest room versions there are no schemas.
 */
export function formatFaults(
  carried: Carried,
  version: RoomVersion,
  own: boolean,
): readonly Fault[] {
  const requirement = 'ss.chk.1.valid_format'
  const { [version.id]: format } = pduFormats
  const schemas = format === undefined ? [] : own ? [format.wire, format.own] : [format.wire]
  const bySchema = schemas
    .flatMap((schema) => checkSchema({ schema, requirement }, carried.json))
    .filter((fault) => !(carried.backfilled && counts.has(fault.requirement)))
  const byCode = checkFormat(carried.json, version, { countReferences: !carried.backfilled })
    .filter(({ pointer }) => !bySchema.some((fault) => overlap(fault.pointer, pointer)))
    .filter((problem) => own || !isOddId(problem))
    .map((problem) => faultOf(problem, version))
  return distinct([...bySchema, ...byCode]).map((fault) => ({
    ...fault,
    pointer: carried.pointer + fault.pointer,
  }))
}

/** The clause asks for strings; that they look like ids is for their author to see to. */
const isOddId = ({ requirement, pointer }: FormatProblem): boolean =>
  (requirement === 'ss.pdu.prev_events.ids_v3' || requirement === 'ss.pdu.auth_events.ids_v3') &&
  pointer.split('/').length > 2

const overlap = (a: string, b: string): boolean =>
  a === b || a.startsWith(`${b}/`) || b.startsWith(`${a}/`)

const worded = /^expected (?<expected>.*), got (?<actual>.*)$/s

function faultOf({ requirement, pointer, problem }: FormatProblem, version: RoomVersion): Fault {
  const { expected = `the format of room version ${version.id}`, actual = problem } =
    worded.exec(problem)?.groups ?? {}
  return { requirement: requirement ?? 'ss.chk.1.valid_format', pointer, expected, actual }
}

/** One fault a place: the rest follows from it. */
function distinct(faults: readonly Fault[]): readonly Fault[] {
  const byPlace = new Map<string, Fault>()
  for (const fault of faults) if (!byPlace.has(fault.pointer)) byPlace.set(fault.pointer, fault)
  return [...byPlace.values()]
}
