import type { Event } from '../../matrix/event.ts'
import { topologicalOrder } from '../../matrix/graph.ts'
import { serverNameOf } from '../../matrix/identifiers.ts'
import { type StateMap, stateKey } from '../../matrix/state-key.ts'
import { parentIds } from '../../matrix/references.ts'
import type { Policies } from '../policy/policies.ts'
import type { Limits } from '../limits.ts'
import type { Arrival, Node, Placed } from '../store/store.ts'
import type { Fetcher } from './fetcher.ts'
import { Outliers, Unplaceable } from './outliers.ts'
import type { Room } from './room.ts'

export interface Wanting {
  readonly room: Room
  /** Events whose ancestors are wanted. */
  readonly events: readonly Event[]
  /** Who may have them, the likeliest first. */
  readonly servers: readonly string[]
  readonly arrival: Arrival
}

type JudgeFetched = (room: Room, event: Event) => Placed

/** Finds what lies between an event and what is known, and places it. */
export class Gaps {
  readonly #fetcher: Fetcher
  readonly #outliers: Outliers
  readonly #limits: Limits
  readonly #judgeFetched: JudgeFetched
  readonly #policies: Policies

  constructor(
    fetcher: Fetcher,
    outliers: Outliers,
    {
      limits,
      judgeFetched,
      policies,
    }: { limits: Limits; judgeFetched: JudgeFetched; policies: Policies },
  ) {
    this.#fetcher = fetcher
    this.#outliers = outliers
    this.#limits = limits
    this.#judgeFetched = judgeFetched
    this.#policies = policies
  }

  /** The same for the sake of one event, which is not to cost more than so many milliseconds. */
  within(ms: number): Gaps {
    const fetcher = this.#fetcher.within(ms)
    return new Gaps(fetcher, new Outliers(fetcher), {
      limits: this.#limits,
      judgeFetched: this.#judgeFetched,
      policies: this.#policies,
    })
  }

  /** Places all ancestors that can be found: event by event, and where that has no end, by asking for the state there. */
  async close(wanting: Wanting): Promise<void> {
    const { room, events, servers } = wanting
    const found = new Map<string, Event>()
    if (this.#missing(room, events, found).length === 0 && found.size === 0) return
    for (const server of servers) await this.#collect(wanting, found, server)
    const missing = this.#missing(room, events, found)
    for (const id of missing.slice(0, this.#limits.stateFallbacks))
      await this.placeByState(wanting, id)
    for (const event of inOrder(found)) {
      await this.place(wanting, event, this.#judgeFetched).catch((error: unknown) => {
        if (!(error instanceof Unplaceable)) throw error
      })
    }
  }

  /** Judges an event whose parents are placed, and places it. Throws Unplaceable. */
  async place(
    { room, servers, arrival }: Omit<Wanting, 'events'>,
    event: Event,
    judge: JudgeFetched = assess,
  ): Promise<Node> {
    const known = room.placed(event.id)
    if (known !== undefined) return known
    await this.#outliers.complete(room, event, servers)
    const lacking = parentIds(event).filter((id) => room.placed(id) === undefined)
    if (lacking.length > 0) throw new Unplaceable(`parents not found: ${lacking.join(', ')}`)
    const node = judge(room, event)
    const checked = arrival === 'new' ? await this.#policies.check(room, node) : node
    // It may have come in another way meanwhile.
    const placed = room.placed(event.id)
    if (placed !== undefined) return placed
    const judged = arrival === 'new' ? room.soften(checked) : checked
    room.place(judged, arrival)
    return judged
  }

  /** Ids of parents that are neither placed nor found; what is held here counts as found. */
  #missing(room: Room, events: readonly Event[], found: Map<string, Event>): string[] {
    const missing = new Set<string>()
    const open = [...events, ...found.values()]
    for (let event = open.pop(); event !== undefined; event = open.pop()) {
      for (const id of parentIds(event)) {
        if (found.has(id) || room.placed(id) !== undefined) continue
        const held = room.held.get(id)?.event
        if (held === undefined) missing.add(id)
        else {
          found.set(id, held)
          open.push(held)
        }
      }
    }
    return [...missing]
  }

  async #collect(wanting: Wanting, found: Map<string, Event>, server: string): Promise<void> {
    const { room, events } = wanting
    for (let round = 0; round < this.#limits.gapRounds; round += 1) {
      const missing = this.#missing(room, events, found)
      if (missing.length === 0) return
      const fetched = await this.#page(wanting, server, { missing, found })
      const before = found.size
      keepAncestors(room, missing, { fetched, found })
      if (found.size === before) return
    }
  }

  #page(
    { room, events, arrival }: Wanting,
    server: string,
    { missing, found }: { missing: readonly string[]; found: ReadonlyMap<string, Event> },
  ): Promise<readonly Event[]> {
    if (arrival === 'history')
      return this.#fetcher.backfill(room, server, missing.slice(0, maxNamed))
    const wanted = new Set(missing)
    const latest = [...events, ...found.values()].filter((event) =>
      parentIds(event).some((id) => wanted.has(id)),
    )
    return this.#fetcher.missingEvents(room, server, {
      latest: latest.slice(0, maxNamed).map(({ id }) => id),
      earliest: room.heads.slice(0, maxNamed).map(({ id }) => id),
    })
  }

  /** Places one event by the state that another server has before it (server-server-api#retrieving-state). */
  async placeByState(wanting: Omit<Wanting, 'events'>, id: string): Promise<void> {
    const { room, arrival } = wanting
    for (const server of wanting.servers) {
      const event = await this.#fetcher.event(room, server, id)
      const before = event && (await this.stateBefore(room, server, id))
      if (event === undefined || before === undefined) continue
      try {
        await this.#outliers.complete(room, event, [server])
      } catch (error) {
        if (error instanceof Unplaceable) continue
        throw error
      }
      if (room.placed(id) !== undefined) return
      const node = room.assess(event, before)
      room.place(arrival === 'new' ? room.soften(node) : node, arrival)
      return
    }
  }

  /** The state before an event by another server's word; undefined where it cannot be had whole. */
  async stateBefore(room: Room, server: string, id: string): Promise<StateMap | undefined> {
    const ids = await this.#fetcher.stateIds(room, server, id)
    if (ids === undefined) return undefined
    const unknown = [...new Set([...ids.state, ...ids.chain])].filter(
      (one) => room.stored(one) === undefined,
    )
    const fetched =
      unknown.length > maxSingle
        ? await this.#fetcher.state(room, server, id)
        : await this.#fetcher.eventsOneByOne(room, server, unknown)
    this.#outliers.admit(room, fetched)
    const state = new Map<string, string>()
    for (const one of ids.state) {
      const node = room.stored(one)
      if (node === undefined) return undefined
      const { type, state_key } = node.event.pdu
      if (state_key !== undefined && node.standing !== 'rejected')
        state.set(stateKey(type, state_key), one)
    }
    return state
  }
}

const assess: JudgeFetched = (room, event) => room.assess(event)

/** Ids named in one request. */
const maxNamed = 20
/** Up to here events are cheaper to fetch one by one than with the whole state. */
const maxSingle = 20

/** Moves from `fetched` to `found` what the missing ids lead to; anything else was not asked for. */
function keepAncestors(
  room: Room,
  missing: readonly string[],
  { fetched, found }: { fetched: readonly Event[]; found: Map<string, Event> },
): void {
  const byId = new Map(fetched.map((event) => [event.id, event]))
  const open = [...missing]
  for (let id = open.pop(); id !== undefined; id = open.pop()) {
    const event = byId.get(id)
    if (event === undefined || found.has(id) || room.placed(id) !== undefined) continue
    found.set(id, event)
    open.push(...parentIds(event))
  }
}

function inOrder(found: ReadonlyMap<string, Event>): readonly Event[] {
  const edges = (id: string) => {
    const event = found.get(id)
    return event === undefined ? [] : parentIds(event)
  }
  const depth = (id: string) => found.get(id)?.pdu.depth ?? 0
  const compare = (a: string, b: string) => depth(a) - depth(b)
  return topologicalOrder(found.keys(), { edges, compare }).flatMap((id) => found.get(id) ?? [])
}

/** Who may have an event and its ancestors: who brought it, its author's server, then others of the room. */
export function likelyServers(room: Room, own: string, from: string, event?: Event): string[] {
  const author = event === undefined ? [] : [serverNameOf(event.pdu.sender)]
  const all = new Set([from, ...author, ...room.servers])
  all.delete(own)
  return [...all].slice(0, 4)
}
