import type { Event } from '../../matrix/event.ts'
import { citedIds, parentIds } from '../../matrix/references.ts'
import type { Limits } from '../limits.ts'
import type { StateMap } from '../../matrix/state-key.ts'
import type { Placed, Standing } from '../store/store.ts'
import { type Gaps, likelyServers, type Wanting } from './gaps.ts'
import { Unplaceable } from './outliers.ts'
import type { Room } from './room.ts'

/** What became of an event that came from another server. */
export interface Fate {
  readonly fate: Standing | 'dropped'
  /** In words, for every fate but `accepted`. */
  readonly reason?: string
}

export interface IntakeParts {
  /** Gets the ancestors of an event; afterwards an event whose parents are still unknown is dropped. */
  readonly fillGaps: (wanting: Wanting, gaps: Gaps) => Promise<void>
  /** Servers in the order in which they are asked for what one has to have; they come the likeliest first. */
  readonly toAsk: (servers: readonly string[]) => readonly string[]
  /** Judges an event that was fetched for a gap. Its parents are placed. */
  readonly judgeFetched: (room: Room, event: Event) => Placed
  /** The state before a join, out of what the resident server sent with it. Everything good is stored as outliers already. */
  readonly stateOfJoin: (room: Room, sent: readonly Event[]) => StateMap
}

/** Checks 4 to 6 for events from other servers: room by room in order of arrival, with everything they build on. */
export class Intake {
  readonly #own: string
  readonly #gaps: Gaps
  readonly #parts: IntakeParts
  readonly #limits: Limits
  #stopped = false

  constructor(setup: { own: string; gaps: Gaps; parts: IntakeParts; limits: Limits }) {
    this.#own = setup.own
    this.#gaps = setup.gaps
    this.#parts = setup.parts
    this.#limits = setup.limits
  }

  get isStopped(): boolean {
    return this.#stopped
  }

  /** From now on nothing that fails means anything. */
  stop(): void {
    this.#stopped = true
  }

  /** `event` has passed the inspector; `from` brought it. One that lacks something does not hold up those that do not. */
  async receive(room: Room, event: Event, from: string): Promise<Fate> {
    if (room.intake.waiting + room.searching.waiting >= this.#limits.intake)
      return { fate: 'dropped', reason: 'too many events of the room are waiting' }
    const { fate } = await room.intake.run(async () => {
      if (isReady(room, event)) return { fate: await this.#take(room, event, from) }
      return { fate: room.searching.run(() => this.#take(room, event, from)) }
    })
    return fate
  }

  async #take(room: Room, event: Event, from: string): Promise<Fate> {
    const servers = this.#parts.toAsk(likelyServers(room, this.#own, from, event))
    const wanting: Wanting = { room, events: [event], servers, arrival: 'new' }
    try {
      const gaps = this.#gaps.within(this.#limits.searchMs)
      if (room.placed(event.id) === undefined) await this.#parts.fillGaps(wanting, gaps)
      const node = await gaps.place(wanting, event)
      if (node.refusal === undefined) return { fate: node.standing }
      return { fate: node.standing, reason: node.refusal.message }
    } catch (error) {
      if (error instanceof Unplaceable) return { fate: 'dropped', reason: error.message }
      throw error
    }
  }

  /** Fetches one event from somewhere in the room's history; false when it cannot be had. */
  obtain(room: Room, eventId: string, server: string): Promise<boolean> {
    return room.searching.run(async () => {
      if (room.placed(eventId) === undefined)
        await this.#gaps
          .within(this.#limits.searchMs)
          .placeByState({ room, servers: [server], arrival: 'history' }, eventId)
      return room.placed(eventId) !== undefined
    })
  }

  /** Looks further back than what is known: true when something was found. */
  async lookBack(room: Room, servers: readonly string[]): Promise<boolean> {
    return room.searching.run(async () => {
      const events = room.edges
      if (events.length === 0) return false
      const before = room.size
      await this.#gaps.within(this.#limits.searchMs).close({
        room,
        events,
        servers: this.#parts.toAsk(servers),
        arrival: 'history',
      })
      return room.size > before
    })
  }
}

/** Whether it can be judged without asking anybody. */
const isReady = (room: Room, event: Event): boolean =>
  room.placed(event.id) !== undefined ||
  (parentIds(event).every((id) => room.placed(id) !== undefined) &&
    citedIds(event).every((id) => room.stored(id) !== undefined))
