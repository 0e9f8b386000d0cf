import type { Event, JsonObject } from '../../matrix/event.ts'
import { serverNameOf } from '../../matrix/identifiers.ts'
import { clientForm } from '../../matrix/read-event.ts'
import { type StateMap, splitStateKey } from '../../matrix/state-key.ts'
import { visibleTo } from '../rooms/access.ts'
import type { Room } from '../rooms/room.ts'
import { emptyState } from '../rooms/state.ts'
import type { Arrival, Kept, Placed, Store, Table } from '../store/store.ts'
import type { RoomView } from './operations.ts'
import { Timeline } from './timeline.ts'

/** A user's membership since a position. */
export type Standpoint = {
  readonly membership: string
  readonly since: number
}

/** One room as the users of this server see it over time. */
export class RoomStream {
  readonly room: Room
  readonly timeline = new Timeline()
  readonly #own: string
  /** The current state from each position on at which it changed. */
  readonly #states: { readonly position: number; readonly state: number }[] = []
  readonly #store: Store
  /** User and room → standpoint. */
  readonly #standpoints: Table<Standpoint>
  #last: StateMap | undefined

  constructor(room: Room, own: string, store: Store) {
    this.room = room
    this.#own = own
    this.#store = store
    this.#standpoints = store.table('standpoints')
  }

  /** Takes up what an earlier run left, in the order in which it came. */
  recall(all: readonly Kept[]): void {
    const appearances = all.flatMap(({ eventId: id, depth, appearance }) =>
      appearance === undefined ? [] : [{ id, depth, ...appearance }],
    )
    const shown = appearances.filter(({ isShown }) => isShown)
    this.timeline.recall(
      shown.flatMap(({ arrival, id, position }) => (arrival === 'new' ? [{ id, position }] : [])),
      shown.filter(({ arrival }) => arrival === 'history'),
    )
    for (const { position, state } of appearances)
      if (this.#states.at(-1)?.state !== state) this.#states.push({ position, state })
  }

  /** Takes in an event. News for everybody who is in the room, and for whose membership it changes: those are answered. */
  take(node: Placed, arrival: Arrival, position: number): readonly string[] {
    const { event } = node
    const isShown = this.room.isForUsers(node)
    const isNew = arrival === 'new'
    if (isShown && isNew) this.timeline.add(event.id, position)
    else if (isShown) this.timeline.addOlder(event.id, event.pdu.depth)
    const changed = isNew ? this.#follow(node, position) : []
    const state = this.#states.at(-1)?.state ?? this.#store.numberOf(emptyState)
    this.#store.show(event.id, { arrival, position, isShown, state })
    return changed
  }

  /** Notes what a new current state says of our users; answers whose membership is another now. */
  #follow(node: Placed, position: number): readonly string[] {
    const { current } = this.room
    const last = this.#last ?? this.stateAt(position)
    this.#last = current
    if (last === current) return []
    this.#states.push({ position, state: this.#store.numberOf(current, node.after) })
    // In a room without forks only one place has changed, and the whole state need not be walked.
    const users =
      node.before === last && node.after === current
        ? [node.event.pdu.type === 'm.room.member' ? (node.event.pdu.state_key ?? '') : '']
        : membersNamed(current)
    return users.filter((user) => {
      if (serverNameOf(user) !== this.#own) return false
      const membership = this.room.membership(user)
      if (this.standpoint(user)?.membership === membership) return false
      this.#standpoints.set(this.#key(user), { membership, since: position })
      return true
    })
  }

  #key(user: string): string {
    return `${user} ${this.room.id}`
  }

  standpoint(user: string): Standpoint | undefined {
    return this.#standpoints.get(this.#key(user))
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
    const found = this.#states.findLast((one) => one.position <= position)
    return found === undefined ? emptyState : this.#store.state(found.state)
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
