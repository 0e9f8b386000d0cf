import { createIdOf } from '../auth-rules/cited.ts'
import { stringAt } from '../content.ts'
import type { Event, JsonObject } from '../event.ts'
import { type Adjacency, NumberedGraph } from '../numbered-graph.ts'
import { citedIds } from '../references.ts'
import type { Resolution } from './resolution.ts'

/** A power event is one that may take from others what they can do: power levels, join rules, kicks and bans. */
type Role = 'state' | 'power event' | 'power levels' | 'create'

const bits: Readonly<Record<Role, number>> = {
  state: 1,
  'power event': 2,
  'power levels': 4,
  create: 8,
}

const rolesOf = ({ pdu }: Event): number => {
  const { type, sender, state_key, content } = pdu
  if (state_key === undefined) return 0
  switch (type) {
    case 'm.room.power_levels':
      return bits.state | bits['power event'] | (state_key === '' ? bits['power levels'] : 0)
    case 'm.room.join_rules':
      return bits.state | bits['power event']
    case 'm.room.create':
      return bits.state | (state_key === '' ? bits.create : 0)
    case 'm.room.member':
      return bits.state | (isRemoval(content) && sender !== state_key ? bits['power event'] : 0)
    default:
      return bits.state
  }
}

const isRemoval = (content: JsonObject): boolean => {
  const membership = stringAt(content, 'membership')
  return membership === 'leave' || membership === 'ban'
}

/**
 * The events of some states with their auth chains. Each has a number, so that the steps of the algorithm work on
 * numbers; what is cited and not at hand has a number too.
 */
export class AuthGraph {
  /** From an event to those that it cites. */
  readonly edges: Adjacency
  readonly #graph: NumberedGraph
  readonly #events: (Event | undefined)[] = []
  /** By node, taken down at the one time that the event is looked at. */
  readonly #roles: number[] = []
  readonly #times: number[] = []
  readonly #context: Resolution
  readonly #creates = new Map<string, Event | undefined>()

  constructor(starts: Iterable<string>, context: Resolution) {
    const { lookup } = context
    this.#context = context
    this.#graph = new NumberedGraph(starts, (id) => {
      const event = lookup(id)
      this.#events.push(event)
      this.#roles.push(event === undefined ? 0 : rolesOf(event))
      this.#times.push(event?.pdu.origin_server_ts ?? 0)
      return event === undefined ? [] : citedIds(event)
    })
    this.edges = this.#graph.edges
  }

  get size(): number {
    return this.#graph.size
  }

  eventAt(node: number): Event | undefined {
    return this.#events[node]
  }

  idOf(node: number): string {
    return this.#graph.ids[node] ?? ''
  }

  nodesOf(ids: Iterable<string>): number[] {
    return this.#graph.nodesOf(ids)
  }

  idsOf(nodes: Iterable<number>): string[] {
    return this.#graph.idsOf(nodes)
  }

  /** Whether the event is at hand and is that. */
  is(node: number, role: Role): boolean {
    return ((this.#roles[node] ?? 0) & bits[role]) !== 0
  }

  /** Its `origin_server_ts`. */
  timeOf(node: number): number {
    return this.#times[node] ?? 0
  }

  /** The first that the event cites of those that are that. */
  citedAs(node: number, role: 'power levels' | 'create'): number | undefined {
    for (let edge = this.edges.start(node); edge < this.edges.end(node); edge++) {
      const cited = this.edges.target(edge)
      if (this.is(cited, role)) return cited
    }
    return undefined
  }

  /** The last that the event cites of those with this type and state key, unless it was rejected. */
  soundCitedAt(node: number, type: string, key: string): Event | undefined {
    for (let edge = this.edges.end(node) - 1; edge >= this.edges.start(node); edge--) {
      const event = this.#events[this.edges.target(edge)]
      if (event?.pdu.type === type && event.pdu.state_key === key && this.#isSound(event))
        return event
    }
    return undefined
  }

  /** Where events do not cite the create event: the one that this event's room id stands for. */
  impliedCreateOf({ roomId }: Event): Event | undefined {
    const known = this.#creates.get(roomId)
    if (known !== undefined || this.#context.version.createInAuthEvents) return known
    const create = this.#context.lookup(createIdOf(roomId))
    this.#creates.set(roomId, create)
    return create
  }

  #isSound({ id }: Event): boolean {
    return !this.#context.rejected(id)
  }
}
