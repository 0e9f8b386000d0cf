import { createIdOf } from '../matrix/auth-rules/cited.ts'
import type { Refusal } from '../matrix/auth-rules/refusal.ts'
import type { Event } from '../matrix/event.ts'
import { topologicalOrder } from '../matrix/graph.ts'
import { authChecks } from '../matrix/receipt.ts'
import { citedIds } from '../matrix/references.ts'

/** `allowed`: by what it cites. An event that cites one which is not known is not in the map. */
export type Fates = ReadonlyMap<string, 'allowed' | Refusal>

type Events = ReadonlyMap<string, Event>

/**
 * Check 4 of server-server-api#checks-performed-on-receipt-of-a-pdu for all of these events, as far as they are
 * complete: each by the events that it cites.
 */
export function fatesOf(events: Events): Fates {
  const fates = new Map<string, 'allowed' | Refusal>()
  const rejected = (id: string): boolean => typeof fates.get(id) === 'object'
  const order = topologicalOrder(events.keys(), {
    edges: (id) => groundsOf(events.get(id)),
    compare: (a, b) => (a < b ? -1 : Number(a > b)),
  })
  for (const id of order) {
    const event = events.get(id)
    const cited = event === undefined ? undefined : citedBy(event, events)
    if (event === undefined || cited === undefined) continue
    const { named, create } = cited
    const refusal = authChecks.authAtAuthEvents(event, named, rejected, create)
    fates.set(id, refusal ?? 'allowed')
  }
  return fates
}

/** The create event stands behind the room id where it is not cited. */
const impliedId = ({ version, roomId, pdu }: Event): string | undefined =>
  version.createInAuthEvents || pdu.type === 'm.room.create' ? undefined : createIdOf(roomId)

function groundsOf(event: Event | undefined): readonly string[] {
  if (event === undefined) return []
  const implied = impliedId(event)
  return implied === undefined ? citedIds(event) : [...citedIds(event), implied]
}

interface Cited {
  readonly named: readonly Event[]
  readonly create: Event | undefined
}

/** Undefined where one is not known. */
function citedBy(event: Event, events: Events): Cited | undefined {
  const named = citedIds(event).flatMap((id) => events.get(id) ?? [])
  const implied = impliedId(event)
  const create = implied === undefined ? undefined : events.get(implied)
  const isWhole =
    named.length === citedIds(event).length && (implied === undefined || create !== undefined)
  return isWhole ? { named, create } : undefined
}
