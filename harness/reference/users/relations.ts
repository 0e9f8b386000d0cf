import { stringAt, valueAt } from '../../matrix/content.ts'
import type { Event, JsonObject } from '../../matrix/event.ts'
import { clientForm } from '../../matrix/read-event.ts'
import type { Store, Table } from '../store/store.ts'

/** To which event another one relates, and how (client-server-api#forming-relationships-between-events). */
export interface Relation {
  readonly parent: string
  readonly type: string
}

export function relationOf({ pdu }: Event): Relation | undefined {
  const relates = valueAt(pdu.content, 'm.relates_to')
  const parent = stringAt(relates, 'event_id')
  const type = stringAt(relates, 'rel_type')
  return parent === undefined || type === undefined ? undefined : { parent, type }
}

type Child = {
  readonly roomId: string
  readonly parent: string
  /** Where among the other children. */
  readonly order: number
}

/** Which events relate to which, in all rooms. */
export class Relations {
  /** By the child's id. */
  readonly #table: Table<Child>
  readonly #children = new Map<string, { readonly id: string; readonly order: number }[]>()
  /** Room → parents in it. */
  readonly #parents = new Map<string, Set<string>>()

  constructor(store: Store) {
    this.#table = store.table('relations')
    const all = [...this.#table.entries()].toSorted(([, a], [, b]) => a.order - b.order)
    for (const [id, child] of all) this.#file(id, child)
  }

  add(event: Event, order: number): void {
    const relation = relationOf(event)
    if (relation === undefined || event.pdu.state_key !== undefined) return
    const child = { roomId: event.roomId, parent: relation.parent, order }
    if (this.#table.get(event.id) !== undefined) return
    this.#table.set(event.id, child)
    this.#file(event.id, child)
  }

  #file(id: string, { roomId, parent, order }: Child): void {
    const children = this.#children.get(parent) ?? []
    this.#children.set(parent, children)
    const place = children.findLastIndex((one) => one.order <= order)
    children.splice(place + 1, 0, { id, order })
    const parents = this.#parents.get(roomId) ?? new Set()
    this.#parents.set(roomId, parents.add(parent))
  }

  has(parent: string): boolean {
    return this.#children.has(parent)
  }

  /** In the order of the timeline. */
  childrenOf(parent: string): readonly string[] {
    return (this.#children.get(parent) ?? []).map(({ id }) => id)
  }

  parentsIn(roomId: string): Iterable<string> {
    return this.#parents.get(roomId) ?? []
  }
}

/** The children that still relate and that the reader may see, in order. */
export function relatedTo(
  parent: string,
  relations: Relations,
  see: (id: string) => Event | undefined,
): readonly { readonly event: Event; readonly type: string }[] {
  return relations.childrenOf(parent).flatMap((id) => {
    const event = see(id)
    const relation = event && relationOf(event)
    return event && relation?.parent === parent ? [{ event, type: relation.type }] : []
  })
}

interface Aggregating {
  readonly relations: Relations
  /** The event with this id, where the reader may see it. */
  readonly see: (id: string) => Event | undefined
  readonly user: string
}

/** `unsigned.m.relations` (client-server-api#aggregations-of-child-events); undefined where there are none. */
export function aggregated(event: Event, how: Aggregating): JsonObject | undefined {
  if (!how.relations.has(event.id)) return undefined
  const children = relatedTo(event.id, how.relations, how.see)
  const edit = children.findLast(({ event: child, type }) => replaces(child, type, event))
  const references = children.filter(({ type }) => type === 'm.reference')
  const replies = children.filter(({ type }) => type === 'm.thread').map((child) => child.event)
  const fields: JsonObject = {
    ...(edit === undefined ? {} : { 'm.replace': clientForm(edit.event) }),
    ...(references.length === 0
      ? {}
      : { 'm.reference': { chunk: references.map((child) => ({ event_id: child.event.id })) } }),
    ...(replies.length === 0 ? {} : { 'm.thread': threadOf(event, replies, how) }),
  }
  return Object.keys(fields).length === 0 ? undefined : fields
}

/** client-server-api#validity-of-replacement-events */
function replaces(child: Event, type: string, event: Event): boolean {
  if (type !== 'm.replace' || event.pdu.state_key !== undefined) return false
  if (child.pdu.sender !== event.pdu.sender || child.pdu.type !== event.pdu.type) return false
  if (relationOf(event)?.type === 'm.replace') return false
  return child.pdu.type === 'm.room.encrypted' || 'm.new_content' in child.pdu.content
}

function threadOf(root: Event, replies: readonly Event[], how: Aggregating): JsonObject {
  const latest = replies.at(-1)
  if (latest === undefined) return {}
  const below = aggregated(latest, how)
  const form = clientForm(latest)
  return {
    latest_event: below === undefined ? form : { ...form, unsigned: { 'm.relations': below } },
    count: replies.length,
    current_user_participated: [root, ...replies].some(({ pdu }) => pdu.sender === how.user),
  }
}
