import type { Event } from '../../matrix/event.ts'
import { topologicalOrder } from '../../matrix/graph.ts'
import { citedIds } from '../../matrix/references.ts'
import type { Fetcher } from './fetcher.ts'
import type { Room } from './room.ts'

/** An event that cannot be judged, since what it builds on is not to be had. It is dropped. */
export class Unplaceable extends Error {
  override readonly name = 'Unplaceable'
  readonly code = 'unplaceable'
}

/** Takes in events that are known only because others cite them. */
export class Outliers {
  readonly #fetcher: Fetcher

  constructor(fetcher: Fetcher) {
    this.#fetcher = fetcher
  }

  /** Makes everything known that `event` cites; throws Unplaceable. */
  async complete(room: Room, event: Event, servers: readonly string[]): Promise<void> {
    this.#admitHeld(room, event)
    for (const server of servers) {
      if (lackedBy(room, event).length === 0) return
      this.admit(room, await this.#fetcher.eventAuth(room, server, event.id))
      await this.#oneByOne(room, event, server)
    }
    const lacking = lackedBy(room, event)
    if (lacking.length > 0) throw new Unplaceable(`auth events not found: ${lacking.join(', ')}`)
  }

  /** Judges and stores those of `events` whose own auth events are known, in an order in which they can be. */
  admit(room: Room, events: readonly Event[]): void {
    const byId = new Map(events.map((event) => [event.id, event]))
    const edges = (id: string) => {
      const event = byId.get(id)
      return event === undefined ? [] : citedIds(event)
    }
    const compare = (a: string, b: string) => depthOf(byId.get(a)) - depthOf(byId.get(b))
    for (const id of topologicalOrder(byId.keys(), { edges, compare })) {
      const event = byId.get(id)
      if (event === undefined || room.stored(id) !== undefined) continue
      if (lackedBy(room, event).length === 0) room.addOutlier(room.assessOutlier(event))
    }
  }

  #admitHeld(room: Room, event: Event): void {
    const found: Event[] = []
    const open = lackedBy(room, event)
    const seen = new Set(open)
    for (let id = open.pop(); id !== undefined; id = open.pop()) {
      const held = room.held.get(id)?.event
      if (held === undefined) continue
      found.push(held)
      for (const next of lackedBy(room, held)) if (!seen.has(next)) open.push(next)
      for (const next of open) seen.add(next)
    }
    if (found.length > 0) this.admit(room, found)
  }

  /** For servers that do not know the event itself, and so have no event_auth for it. */
  async #oneByOne(room: Room, event: Event, server: string): Promise<void> {
    const found = new Map<string, Event>()
    let wanted = lackedBy(room, event)
    while (wanted.length > 0 && found.size < maxChase) {
      const events = await this.#fetcher.eventsOneByOne(room, server, wanted)
      if (events.length === 0) break
      for (const one of events) found.set(one.id, one)
      const cited = new Set(events.flatMap((one) => lackedBy(room, one)))
      wanted = [...cited].filter((id) => !found.has(id))
    }
    if (found.size > 0) this.admit(room, [...found.values()])
  }
}

/** How many events are chased along auth_events for the sake of one. */
const maxChase = 500

const lackedBy = (room: Room, event: Event): string[] =>
  citedIds(event).filter((id) => room.stored(id) === undefined && !room.isElsewhere(id))

const depthOf = (event: Event | undefined): number => event?.pdu.depth ?? 0
