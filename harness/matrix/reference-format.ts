import type { Json, JsonObject } from './event.ts'
import { type FormatProblem, kind, shown } from './format-problem.ts'
import { isEventId } from './identifiers.ts'
import { isObject, member } from './json.ts'
import type { RoomVersion } from './room-version.ts'

/** What is wrong with `prev_events` and `auth_events`; with `counted` false, however many they are. */
export const checkReferences = (
  event: JsonObject,
  version: RoomVersion,
  counted: boolean,
): readonly FormatProblem[] => [
  ...checkList(event, version, { list: prevEvents, counted }),
  ...checkList(event, version, { list: authEvents, counted }),
]

interface References {
  readonly key: string
  readonly requirement: string
  readonly pairRequirement: string
  readonly most: number
  readonly mostRequirement: string
}

const prevEvents: References = {
  key: 'prev_events',
  requirement: 'ss.pdu.prev_events.ids_v3',
  pairRequirement: 'ss.pdu.prev_events.tuples_v1_2',
  most: 20,
  mostRequirement: 'ss.pdu.prev_events.max20',
}

const authEvents: References = {
  key: 'auth_events',
  requirement: 'ss.pdu.auth_events.ids_v3',
  pairRequirement: 'ss.pdu.auth_events.tuples_v1_2',
  most: 10,
  mostRequirement: 'ss.pdu.auth_events.max10',
}

function checkList(
  event: JsonObject,
  version: RoomVersion,
  { list, counted }: { readonly list: References; readonly counted: boolean },
): readonly FormatProblem[] {
  const { key, most } = list
  const references = member(event, key)
  const requirement = version.pairedReferences ? list.pairRequirement : list.requirement
  if (!isArray(references)) {
    const wanted = version.pairedReferences ? 'pairs of event id and hashes' : 'event ids'
    const problem = `expected a list of ${wanted}, got ${kind(references)}`
    return [{ requirement, pointer: `/${key}`, problem }]
  }
  const odd = references.findIndex((reference) => !isReference(reference, version))
  const problems: FormatProblem[] = []
  if (odd >= 0) {
    const entry = version.pairedReferences ? 'a pair of event id and hashes' : 'an event id'
    const problem = `expected ${entry}, got ${shown(references[odd] ?? null)}`
    problems.push({ requirement, pointer: `/${key}/${odd}`, problem })
  }
  if (counted && references.length > most) {
    const problem = `${references.length} entries, at most ${most} are allowed`
    problems.push({ requirement: list.mostRequirement, pointer: `/${key}`, problem })
  }
  return problems
}

const isReference = (reference: Json, version: RoomVersion): boolean =>
  version.pairedReferences ? isPair(reference, version) : isId(reference, version)

const isId = (id: Json | undefined, version: RoomVersion): boolean =>
  typeof id === 'string' && isEventId(id, version)

/** Without a hash too: see decision 0012. */
function isPair(pair: Json, version: RoomVersion): boolean {
  if (!isArray(pair) || pair.length !== 2) return false
  const [id, hashes] = pair
  if (!isId(id, version) || !isObject(hashes)) return false
  const hash = member(hashes, 'sha256')
  return hash === undefined || typeof hash === 'string'
}

const isArray = (value: Json | undefined): value is readonly Json[] => Array.isArray(value)
