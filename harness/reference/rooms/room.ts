import type { AuthState } from '../../matrix/auth-rules/deed.ts'
import type { Event } from '../../matrix/event.ts'
import type { EventLookup } from '../../matrix/graph.ts'
import { type AuthChecks, judgeReceived, type Surroundings } from '../../matrix/receipt.ts'
import type { RoomVersion } from '../../matrix/room-version.ts'
import { type StateMap, stateKey } from '../../matrix/state-key.ts'
import { citedIds, parentIds } from '../../matrix/references.ts'
import {
  type Arrival,
  isPlaced,
  type Kept,
  type Node,
  type Placed,
  type Store,
} from '../store/store.ts'
import { Heads } from './heads.ts'
import { descendantsOf, type Partial, stillSoftFailed, withCitedMembers } from './partial.ts'
import { mayRedact, Redactions } from './redactions.ts'
import { isServerIn, joinedIn, membershipIn, serversIn } from './roster.ts'
import { Serial } from './serial.ts'
import { emptyState } from './state.ts'

/** What a room does by rules that can be replaced. */
export interface RoomParts extends AuthChecks {
  /** Which of the heads a new event cites. */
  readonly parents: (heads: readonly Event[]) => readonly string[]
  readonly resolve: (
    sets: readonly StateMap[],
    lookup: EventLookup,
    version: RoomVersion,
    rejected: (id: string) => boolean,
  ) => StateMap
  /** The state after an accepted event. */
  readonly stateAfter: (before: StateMap, event: Event) => StateMap
  /** Whether later events may cite it, once it has its place. */
  readonly canBeHead: (node: Placed) => boolean
  /** Whether users get to see it, once it has its place. */
  readonly isForUsers: (node: Placed) => boolean
  /** Id of the event that a redaction names. */
  readonly redacts: (event: Event) => string | undefined
  /** What is left of an event when it is redacted. */
  readonly redacted: (event: Event) => Event
}

export type PlacedListener = (node: Placed, arrival: Arrival) => void

export interface RoomSetup {
  readonly id: string
  readonly version: RoomVersion
  readonly store: Store
  readonly parts: RoomParts
}

/** How many resolved states are remembered by the events they follow. */
const maxResolved = 32

/** One room's graph of events with the state before and after each, its heads and its current state. Everything here is synchronous. */
export class Room {
  readonly id: string
  readonly version: RoomVersion
  /** What comes from other servers is taken in one by one. */
  readonly intake = new Serial()
  /** Beside that, also one by one: what takes asking others, so that nothing else waits for their answers. */
  readonly searching = new Serial()
  /** Known, so that they can be served, but not judged: they have no part in heads or state until somebody builds on them. */
  readonly held = new Map<string, Node>()
  /** Set while most memberships are not known. */
  partial: Partial | undefined
  readonly #store: Store
  readonly #parts: RoomParts
  readonly #heads: Heads
  /** Everything judged, with the time that it claims. */
  readonly #times = new Map<string, number>()
  /** Placed, with parents that may have no place. */
  readonly #edges = new Set<string>()
  readonly #listeners = new Set<PlacedListener>()
  readonly #restatedListeners = new Set<() => void>()
  readonly #resolved = new Map<string, StateMap>()
  readonly #redactions: Redactions
  #minDepth = Number.MAX_SAFE_INTEGER

  constructor({ id, version, store, parts }: RoomSetup) {
    this.id = id
    this.version = version
    this.#store = store
    this.#parts = parts
    this.#heads = new Heads(id, store, (eventId) => this.stored(eventId))
    this.#redactions = new Redactions(id, store)
  }

  /** Takes up what an earlier run left. */
  recall({ eventId, time, depth, isPlaced: hasPlace, isEdge }: Kept): void {
    this.#times.set(eventId, time)
    if (!hasPlace) return
    this.#minDepth = Math.min(this.#minDepth, depth)
    if (isEdge) this.#edges.add(eventId)
  }

  /** What this server has judged. */
  stored(eventId: string): Node | undefined {
    return this.#times.has(eventId) ? this.#store.get(eventId) : undefined
  }

  placed(eventId: string): Placed | undefined {
    const node = this.stored(eventId)
    return isPlaced(node) ? node : undefined
  }

  /** Whether an event is known to be of another room: what cites it can be judged by that alone. */
  isElsewhere(eventId: string): boolean {
    return !this.#times.has(eventId) && this.#store.get(eventId) !== undefined
  }

  /** Also what is only held. */
  find(eventId: string): Node | undefined {
    return this.stored(eventId) ?? this.held.get(eventId)
  }

  readonly lookup: EventLookup = (eventId) => this.find(eventId)?.event
  readonly rejected = (eventId: string): boolean => this.find(eventId)?.standing === 'rejected'

  /** Everything judged, in the order in which it came. */
  get nodes(): readonly Node[] {
    return [...this.#times.keys()].flatMap((id) => this.#store.get(id) ?? [])
  }

  /** The last `count` that were judged, the newest first. */
  newest(count: number): readonly Node[] {
    const ids = [...this.#times.keys()].slice(-count).toReversed()
    return ids.flatMap((id) => this.#store.get(id) ?? [])
  }

  /** Ids of everything judged, with the times in milliseconds that the events claim. */
  get times(): Iterable<readonly [eventId: string, time: number]> {
    return this.#times
  }

  /** How many events this server has judged. */
  get size(): number {
    return this.#times.size
  }

  /** Placed events of which some parent has no place: there is more to know before them. */
  get edges(): readonly Event[] {
    return [...this.#edges].flatMap((id) => {
      const event = this.stored(id)?.event
      if (event !== undefined && this.#isEdge(event)) return [event]
      this.#edges.delete(id)
      return []
    })
  }

  #isEdge(event: Event): boolean {
    return parentIds(event).some((id) => this.placed(id) === undefined)
  }

  /** Events that no accepted event cites, the deepest first. */
  get heads(): readonly Event[] {
    return this.#heads.events
  }

  /** The resolved state after all heads. */
  get current(): StateMap {
    return this.stateAfter(this.#heads.ids)
  }

  /** Servers with a joined user. */
  get servers(): readonly string[] {
    const known = serversIn(this.current, this.lookup)
    return [...new Set([...known, ...(this.partial?.servers ?? [])])]
  }

  get joined(): Iterable<string> {
    return joinedIn(this.current, this.lookup)
  }

  get create(): Event | undefined {
    if (this.version.roomIdFromCreate) return this.lookup(`$${this.id.slice(1)}`)
    return this.stateEvent('m.room.create', '')
  }

  stateEvent(type: string, key: string, state: StateMap = this.current): Event | undefined {
    return this.authState(state)(type, key)
  }

  membership(user: string): string {
    return membershipIn(this.current, user, this.lookup)
  }

  /** Whether the server has a joined user. */
  has(server: string): boolean {
    return (
      isServerIn(this.current, server, this.lookup) ||
      this.partial?.servers.includes(server) === true
    )
  }

  authState(state: StateMap): AuthState {
    return (type, key) => {
      const id = state.get(stateKey(type, key))
      return id === undefined ? undefined : this.lookup(id)
    }
  }

  /** The resolved state after all of `eventIds`; throws RangeError when one of them has no known state. */
  stateAfter(eventIds: readonly string[]): StateMap {
    const key = eventIds.length < 2 ? '' : eventIds.toSorted().join()
    const known = this.#resolved.get(key)
    if (known !== undefined) return known
    const sets = new Set(eventIds.map((id) => this.#afterOf(id)))
    const [first = emptyState] = sets
    if (sets.size < 2) return first
    const state = this.#parts.resolve([...sets], this.lookup, this.version, this.rejected)
    this.#resolved.set(key, state)
    for (const oldest of this.#resolved.keys()) {
      if (this.#resolved.size <= maxResolved) break
      this.#resolved.delete(oldest)
    }
    return state
  }

  #afterOf(eventId: string): StateMap {
    const after = this.#knownAfter(eventId)
    if (after === undefined) throw new RangeError(`the state after ${eventId} is not known`)
    return after
  }

  #knownAfter(eventId: string): StateMap | undefined {
    return this.stored(eventId)?.after ?? this.held.get(eventId)?.after
  }

  /** Whether the state before an event with these parents can be told. */
  canFollow(eventIds: readonly string[]): boolean {
    return eventIds.every((id) => this.#knownAfter(id) !== undefined)
  }

  parentsOfNext(): readonly string[] {
    return this.#parts.parents(this.heads)
  }

  /** Checks 4 and 5 of server-server-api#checks-performed-on-receipt-of-a-pdu. `told`: what another server says was the state before. */
  assess(event: Event, told?: StateMap): Placed {
    const known = told ?? this.stateAfter(parentIds(event))
    const isWhole = this.partial === undefined
    const before = isWhole ? known : withCitedMembers(known, this.#citedBy(event).cited)
    const node = this.#assess(event, before)
    return told === undefined ? node : { ...node, isTold: true }
  }

  #assess(event: Event, before: StateMap): Placed {
    const around = { ...this.#citedBy(event), before: this.authState(before) }
    const verdict = judgeReceived(event, around, this.#parts)
    if (verdict.fate === 'accepted')
      return { event, standing: 'accepted', before, after: this.#parts.stateAfter(before, event) }
    const { refusal } = verdict
    return { event, standing: 'rejected', refusal, before, after: before }
  }

  /** Check 6. */
  soften(node: Placed): Placed {
    const { current } = this
    if (this.partial !== undefined) return node
    if (node.standing !== 'accepted' || current === node.before || current.size === 0) return node
    const refusal = this.#parts.softFailure(node.event, this.authState(current))
    return refusal === undefined ? node : { ...node, standing: 'soft-failed', refusal }
  }

  /** Check 4 alone, for an event that is known only as part of other events' state. */
  assessOutlier(event: Event): Node {
    const { cited, create, rejected } = this.#citedBy(event)
    const refusal = this.#parts.authAtAuthEvents(event, cited, rejected, create)
    return refusal === undefined
      ? { event, standing: 'accepted' }
      : { event, standing: 'rejected', refusal }
  }

  #citedBy(event: Event): Omit<Surroundings, 'before'> {
    const known = (id: string) => this.lookup(id) ?? this.#store.get(id)?.event
    const cited = citedIds(event).flatMap((id) => known(id) ?? [])
    const create = this.version.createInAuthEvents ? undefined : this.create
    return { cited, create, rejected: this.rejected }
  }

  addOutlier(node: Node): void {
    this.#put(node)
  }

  /** Depth of the shallowest event that has its place. */
  get minDepth(): number {
    return this.#minDepth
  }

  place(node: Placed, arrival: Arrival = 'new'): void {
    const isEdge = this.#isEdge(node.event)
    if (isEdge) this.#edges.add(node.event.id)
    this.#put(node, isEdge)
    this.#minDepth = Math.min(this.#minDepth, node.event.pdu.depth)
    if (this.#parts.canBeHead(node)) this.#heads.advance(node.event, arrival)
    if (node.standing === 'accepted') this.#redact(node)
    const final = this.placed(node.event.id) ?? node
    for (const listener of this.#listeners) listener(final, arrival)
  }

  isForUsers(node: Placed): boolean {
    return this.#parts.isForUsers(node)
  }

  /** The whole state before the join is known now: judges the join anew, and all that was built on it. */
  restate(joinId: string, before: StateMap): void {
    this.partial = undefined
    this.#resolved.clear()
    const order = descendantsOf(joinId, this.nodes.filter(isPlaced))
    for (const id of order) {
      const node = this.placed(id)
      if (node === undefined) continue
      const judged = this.assess(node.event, id === joinId ? before : undefined)
      this.#put(stillSoftFailed(node, judged), this.#isEdge(node.event))
    }
    const again = order.flatMap((id) => this.placed(id) ?? [])
    this.#heads.rebuild(again.filter((node) => this.#parts.canBeHead(node)))
    for (const listener of this.#restatedListeners) listener()
  }

  onRestated(listener: () => void): void {
    this.#restatedListeners.add(listener)
  }

  /** Forgets the heads: a room joined anew goes on from the join alone. */
  restart(): void {
    this.#heads.clear()
  }

  hold(node: Node): void {
    if (this.stored(node.event.id) === undefined) this.held.set(node.event.id, node)
  }

  onPlaced(listener: PlacedListener): void {
    this.#listeners.add(listener)
  }

  redactionOf(eventId: string): Event | undefined {
    return this.#redactionsOf(eventId)[0]
  }

  #redactionsOf(eventId: string): readonly Event[] {
    return this.#redactions.of(eventId).flatMap((id) => this.lookup(id) ?? [])
  }

  #put(node: Node, isEdge = false): void {
    const { id, pdu } = node.event
    this.#times.set(id, pdu.origin_server_ts)
    if (isPlaced(node)) this.held.delete(id)
    this.#store.put(node, isEdge)
    const redactions = this.#redactionsOf(id)
    if (redactions.length > 0) this.#apply(redactions, node)
  }

  #redact({ event }: Node): void {
    const target = this.#parts.redacts(event)
    if (target === undefined) return
    const node = this.stored(target)
    if (node === undefined) this.#redactions.wait(target, event.id)
    else if (this.redactionOf(target) === undefined) this.#apply([event], node)
  }

  #apply(redactions: readonly Event[], { event, ...judgement }: Node): void {
    const redaction = redactions.find((one) => this.#mayRedact(one, event))
    this.#redactions.settle(event.id, redaction?.id)
    if (redaction !== undefined)
      this.#store.put({ ...judgement, event: this.#parts.redacted(event) })
  }

  #mayRedact(redaction: Event, target: Event): boolean {
    const before = this.placed(redaction.id)?.before
    const powerLevels = before && this.stateEvent('m.room.power_levels', '', before)
    return mayRedact(redaction, target, { powerLevels, create: this.create })
  }

  /** False for a redaction of what is not here, or that its sender may not redact: users hear nothing of it (rooms/v3#handling-redactions). */
  hasEffect(event: Event): boolean {
    const { type, state_key } = event.pdu
    if (type !== 'm.room.redaction' || state_key !== undefined) return true
    // One that is redacted itself names nothing any more.
    if (event.version.redactionRule || this.redactionOf(event.id) !== undefined) return true
    const target = this.stored(this.#parts.redacts(event) ?? '')
    return target !== undefined && this.#mayRedact(event, target.event)
  }
}
