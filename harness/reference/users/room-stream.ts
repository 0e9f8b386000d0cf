import type { Event, JsonObject } from '../../matrix/event.ts'
import { serverNameOf } from '../../matrix/identifiers.ts'
import { clientForm } from '../../matrix/read-event.ts'
import { parentIds } from '../../matrix/references.ts'
import { type StateMap, splitStateKey } from '../../matrix/state-key.ts'
import { isWorldReadable, visibleTo, wasWorldReadable } from '../rooms/access.ts'
import type { Room } from '../rooms/room.ts'
import { membershipIn } from '../rooms/roster.ts'
import { emptyState } from '../rooms/state.ts'
import type { Arrival, Kept, Placed, Store, Table } from '../store/store.ts'
import { aggregated, type Relations } from './relations.ts'
import { Timeline } from './timeline.ts'

/** What was fetched from further back comes before everything else, in order of depth. */
const beforeAll = -Number.MAX_SAFE_INTEGER

/** A user's membership since a position. */
export type Standpoint = {
  readonly membership: string
  readonly since: number
  /** Whether the user is or was joined. */
  readonly wasJoined: boolean
}

type Change = { readonly position: number; readonly state: number }

/** One room as the users of this server see it over time. */
export class RoomStream {
  readonly room: Room
  readonly timeline = new Timeline()
  readonly relations: Relations
  readonly #own: string
  /** The current state from each position on at which it changed. */
  readonly #states: Change[] = []
  readonly #store: Store
  /** User and room → standpoint. */
  readonly #standpoints: Table<Standpoint>
  /** Room → changes of its state that came with no event. */
  readonly #restatements: Table<readonly Change[]>
  #last: StateMap | undefined

  constructor(room: Room, own: string, store: Store, relations: Relations) {
    this.room = room
    this.relations = relations
    this.#own = own
    this.#store = store
    this.#standpoints = store.table('standpoints')
    this.#restatements = store.table('restatements')
  }

  /** Takes up what an earlier run left, in the order in which it came. */
  recall(all: readonly Kept[]): void {
    const appearances = all.flatMap(({ eventId: id, depth, isEdge, appearance }) =>
      appearance === undefined ? [] : [{ id, depth, isEdge, ...appearance }],
    )
    const shown = appearances.filter(({ isShown }) => isShown)
    this.timeline.recall(
      shown.filter(({ arrival }) => arrival === 'new'),
      shown.filter(({ arrival }) => arrival === 'history'),
    )
    for (const { position, state } of appearances)
      if (this.#states.at(-1)?.state !== state) this.#states.push({ position, state })
    this.#states.push(...(this.#restatements.get(this.room.id) ?? []))
    this.#states.sort((a, b) => a.position - b.position)
  }

  /** Takes in an event. News for everybody who is in the room, and for whose membership it changes: those are answered. */
  take(node: Placed, arrival: Arrival, position: number): readonly string[] {
    const { event } = node
    const isShown = this.room.isForUsers(node)
    const isNew = arrival === 'new'
    if (isShown) this.relations.add(event, isNew ? position : beforeAll + event.pdu.depth)
    const { depth } = event.pdu
    const isEdge = parentIds(event).some((id) => this.room.placed(id) === undefined)
    if (isShown && isNew) this.timeline.add({ id: event.id, position, depth, isEdge })
    else if (isShown) this.timeline.addOlder(event.id, depth)
    const changed = isNew ? this.#follow(node, position) : []
    const state = this.#states.at(-1)?.state ?? this.#store.numberOf(emptyState)
    this.#store.show(event.id, { arrival, position, isShown, state })
    return changed
  }

  /** The current state has turned out to be another; answers as `take`. */
  restate(position: number): readonly string[] {
    const changed = this.#follow(undefined, position)
    const own = this.#states.filter((one) => one.position === position)
    const known = this.#restatements.get(this.room.id) ?? []
    this.#restatements.set(this.room.id, [...known, ...own])
    return changed
  }

  /** Notes what a new current state says of our users; answers whose membership is another now. */
  #follow(node: Placed | undefined, position: number): readonly string[] {
    const { current } = this.room
    const last = this.#last ?? this.stateAt(position)
    this.#last = current
    if (last === current) return []
    this.#states.push({ position, state: this.#store.numberOf(current, node?.after) })
    // In a room without forks only one place has changed, and the whole state need not be walked.
    const users =
      node !== undefined && node.before === last && node.after === current
        ? [node.event.pdu.type === 'm.room.member' ? (node.event.pdu.state_key ?? '') : '']
        : membersNamed(current)
    return users.filter((user) => {
      if (serverNameOf(user) !== this.#own) return false
      const membership = this.room.membership(user)
      const former = this.standpoint(user)
      if (former?.membership === membership) return false
      const wasJoined = former?.wasJoined === true || membership === 'join'
      this.#standpoints.set(this.#key(user), { membership, since: position, wasJoined })
      return true
    })
  }

  #key(user: string): string {
    return `${user} ${this.room.id}`
  }

  standpoint(user: string): Standpoint | undefined {
    return this.#standpoints.get(this.#key(user))
  }

  /** The state at the user's last moment in the room: the current one for who is in it, or looks in from outside. */
  stateFor(user: string): StateMap {
    const gone = this.goneSince(user)
    return gone === undefined ? this.room.current : this.stateAt(gone)
  }

  /** Index after the last event that the user may see. */
  endFor(user: string): number {
    const gone = this.goneSince(user)
    return gone === undefined ? this.timeline.end : this.timeline.after(gone)
  }

  /** Since when somebody who was in the room is in it no more. */
  goneSince(user: string): number | undefined {
    const standpoint = this.standpoint(user)
    const isGone = standpoint?.wasJoined === true && standpoint.membership !== 'join'
    return isGone ? standpoint.since : undefined
  }

  /** The current state as it was at a position. */
  stateAt(position: number): StateMap {
    const found = this.#states.findLast((one) => one.position <= position)
    return found === undefined ? emptyState : this.#store.state(found.state)
  }

  /** The same as it is known now: what it seemed at that time may have lacked memberships. */
  knownStateAt(position: number): StateMap {
    const restatements = this.#restatements.get(this.room.id) ?? []
    const isLater = restatements.some((one) => one.position > position)
    const last = isLater ? this.timeline.at(this.timeline.after(position) - 1) : undefined
    return (last && this.room.placed(last.id)?.after) ?? this.stateAt(position)
  }

  /** Whether a user may read of the room at all: who is or was in it, or everybody where it is world readable. */
  isReadableBy(user: string): boolean {
    return this.standpoint(user)?.wasJoined === true || isWorldReadable(this.room)
  }

  /** The event at an index, where the user may see it. */
  visible(index: number, user: string): Event | undefined {
    const entry = this.timeline.at(index)
    return entry && this.see(entry.id, user)
  }

  /** An event, where the user may see it. */
  see(id: string, user: string): Event | undefined {
    const node = this.room.placed(id)
    return node && this.#mayRead(node, user) ? this.shown(node.event, user) : undefined
  }

  #mayRead(node: Placed, user: string): boolean {
    if (!this.room.isForUsers(node) || !this.room.hasEffect(node.event)) return false
    const { id, pdu } = node.event
    if (pdu.state_key === user && pdu.type === 'm.room.member') return true
    const gone = this.goneSince(user)
    const isLater = gone !== undefined && (this.timeline.positionOf(id) ?? 0) > gone
    return this.standpoint(user)?.wasJoined === true && !isLater
      ? visibleTo(this.room, user, node)
      : wasWorldReadable(this.room, node)
  }

  /** With what a user is told beside the event itself; what other servers said there is left out. */
  shown(event: Event, user: string): Event {
    const { room, relations } = this
    const node = room.placed(event.id)
    const redaction = room.redactionOf(event.id)
    const see = (id: string) => this.readable(id, user)
    const bundled = aggregated(event, { relations, see, user })
    const unsigned: JsonObject = {
      ...(node === undefined ? {} : this.#before(node)),
      ...(node === undefined ? {} : { membership: membershipIn(node.after, user, room.lookup) }),
      ...(redaction === undefined ? {} : { redacted_because: clientForm(redaction) }),
      ...(bundled === undefined ? {} : { 'm.relations': bundled }),
    }
    return { ...event, pdu: { ...event.pdu, unsigned } }
  }

  /** An event as it is, where the user may see it. */
  readable(id: string, user: string): Event | undefined {
    const node = this.room.placed(id)
    return node && this.#mayRead(node, user) ? node.event : undefined
  }

  /** What a state event took the place of. */
  #before({ event, before }: Placed): JsonObject {
    const { type, state_key } = event.pdu
    if (state_key === undefined) return {}
    const former = this.room.stateEvent(type, state_key, before)
    if (former === undefined) return {}
    const { content, sender } = former.pdu
    return { prev_content: content, prev_sender: sender, replaces_state: former.id }
  }
}

const membersNamed = (state: StateMap): readonly string[] =>
  [...state.keys()].flatMap((place) => {
    const [type, user] = splitStateKey(place)
    return type === 'm.room.member' ? [user] : []
  })
