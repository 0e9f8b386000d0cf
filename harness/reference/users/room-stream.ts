import type { Event, JsonObject } from '../../matrix/event.ts'
import { serverNameOf } from '../../matrix/identifiers.ts'
import { clientForm } from '../../matrix/read-event.ts'
import { type StateMap, splitStateKey } from '../../matrix/state-key.ts'
import { visibleTo } from '../rooms/access.ts'
import type { Arrival } from '../rooms/heads.ts'
import type { Room } from '../rooms/room.ts'
import { emptyState } from '../rooms/state.ts'
import type { Placed } from '../store/store.ts'
import type { RoomView } from './operations.ts'
import { Timeline } from './timeline.ts'

/** A user's membership since a position. */
export interface Standpoint {
  readonly membership: string
  readonly since: number
}

/** One room as the users of this server see it over time. */
export class RoomStream {
  readonly room: Room
  readonly timeline = new Timeline()
  readonly #own: string
  /** The current state from each position on at which it changed. */
  readonly #states: { readonly position: number; readonly state: StateMap }[] = []
  readonly #users = new Map<string, Standpoint>()

  constructor(room: Room, own: string) {
    this.room = room
    this.#own = own
  }

  /** Takes in an event. News for everybody who is in the room, and for whose membership it changes: those are answered. */
  take(node: Placed, arrival: Arrival, position: number): readonly string[] {
    const { event } = node
    const isForUsers = this.room.isForUsers(node)
    if (arrival === 'history') {
      if (isForUsers) this.timeline.addOlder(event.id, event.pdu.depth)
      return []
    }
    if (isForUsers) this.timeline.add(event.id, position)
    return this.#follow(node, position)
  }

  /** Notes what a new current state says of our users; answers whose membership is another now. */
  #follow(node: Placed, position: number): readonly string[] {
    const { current } = this.room
    const last = this.#states.at(-1)?.state
    if (last === current) return []
    this.#states.push({ position, state: current })
    // In a room without forks only one place has changed, and the whole state need not be walked.
    const users =
      node.before === last && node.after === current
        ? [node.event.pdu.type === 'm.room.member' ? (node.event.pdu.state_key ?? '') : '']
        : membersNamed(current)
    return users.filter((user) => {
      if (serverNameOf(user) !== this.#own) return false
      const membership = this.room.membership(user)
      if (this.#users.get(user)?.membership === membership) return false
      this.#users.set(user, { membership, since: position })
      return true
    })
  }

  standpoint(user: string): Standpoint | undefined {
    return this.#users.get(user)
  }

  /** The state at the user's last moment in the room: the current one for who is in it. */
  stateFor(user: string): StateMap {
    const standpoint = this.standpoint(user)
    if (standpoint === undefined || standpoint.membership === 'join') return this.room.current
    return this.stateAt(standpoint.since)
  }

  /** Index after the last event that the user may see. */
  endFor(user: string): number {
    const standpoint = this.standpoint(user)
    if (standpoint === undefined || standpoint.membership === 'join') return this.timeline.end
    return this.timeline.after(standpoint.since)
  }

  /** The current state as it was at a position. */
  stateAt(position: number): StateMap {
    return this.#states.findLast((one) => one.position <= position)?.state ?? emptyState
  }

  /** The event at an index, where the user may see it. */
  visible(index: number, user: string): Event | undefined {
    const entry = this.timeline.at(index)
    const node = entry && this.room.placed(entry.id)
    return node && visibleTo(this.room, user, node) ? this.shown(node.event) : undefined
  }

  /** With what clients are told beside the event itself. */
  shown(event: Event): Event {
    const redaction = this.room.redactionOf(event.id)
    if (redaction === undefined) return event
    const unsigned: JsonObject = { ...event.pdu.unsigned, redacted_because: clientForm(redaction) }
    return { ...event, pdu: { ...event.pdu, unsigned } }
  }

  /** What is new after `since`; absent: everything, with the whole state. */
  view(user: string, since: number | undefined, limit: number): RoomView {
    const end = this.endFor(user)
    const floor = since === undefined ? this.timeline.start : this.timeline.after(since)
    const timeline: Event[] = []
    let index = end
    while (index > floor && timeline.length < limit) {
      index -= 1
      const event = this.visible(index, user)
      if (event !== undefined) timeline.unshift(event)
    }
    const known = since === undefined ? emptyState : this.stateAt(since)
    return {
      timeline,
      limited: index > floor,
      previous: index,
      state: this.#difference(known, this.stateFor(user), timeline),
    }
  }

  #difference(from: StateMap, to: StateMap, timeline: readonly Event[]): readonly Event[] {
    if (from === to) return []
    const told = new Set(timeline.map(({ id }) => id))
    return [...to].flatMap(([place, id]) => {
      if (from.get(place) === id || told.has(id)) return []
      const event = this.room.lookup(id)
      return event === undefined ? [] : [this.shown(event)]
    })
  }
}

const membersNamed = (state: StateMap): readonly string[] =>
  [...state.keys()].flatMap((place) => {
    const [type, user] = splitStateKey(place)
    return type === 'm.room.member' ? [user] : []
  })
