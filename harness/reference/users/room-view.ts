import type { Event } from '../../matrix/event.ts'
import { type StateKey, type StateMap, stateKey } from '../../matrix/state-key.ts'
import { emptyState } from '../rooms/state.ts'
import { passes, type SyncFilter } from './event-filter.ts'
import type { Position, RoomView } from './operations.ts'
import type { RoomStream } from './room-stream.ts'
import { type Summary, summaryFields, summaryOf } from './summary.ts'
import type { ToldMembers } from './told-members.ts'

/** How many events are looked through for those that a filter lets pass. */
const mostLookedAt = 5_000

const defaultLimit = 20
const largestLimit = 1_000

export interface Wanted {
  /** Absent: everything, with the whole state. */
  readonly since: Position | undefined
  /** Where the answer ends. */
  readonly next: Position
  readonly filter: SyncFilter
  /** Users of whom nothing but state is told. */
  readonly ignored: ReadonlySet<string>
  /** The whole state, though not the whole timeline. */
  readonly fullState: boolean
  /** State up to the end of the timeline, instead of its start. */
  readonly stateAfter: boolean
  /** Who loads members lazily, and what it knows. */
  readonly lazily: { readonly device: string; readonly told: ToldMembers } | undefined
}

interface Window {
  /** Oldest first. */
  readonly events: readonly Event[]
  readonly limited: boolean
  /** Index before which everything was left out. */
  readonly start: number
}

/** What a user is told of a room. */
export function viewRoom(stream: RoomStream, user: string, wanted: Wanted): RoomView {
  const window = newest(stream, user, wanted)
  const end = stream.stateFor(user)
  const known = knownState(stream, wanted)
  const { stateAfter } = wanted
  const changed =
    changedInLine(stream, { window, known, end, stateAfter }) ??
    difference(known, stateAfter ? end : startState(stream, window, end))
  const isNewRoom = known === emptyState
  const summary = summaryOf(stream, end, user)
  const isSummaryNews = isNewRoom || hasMembers(changed) || window.events.some(isMember)
  const state = stateShown(stream, { user, wanted, window, changed, end, isNewRoom, summary })
  return {
    timeline: window.events,
    limited: window.limited,
    previous: window.start,
    state: state.map((event) => stream.shown(event, user)),
    ...(isSummaryNews ? { summary: summaryFields(summary) } : {}),
  }
}

function newest(stream: RoomStream, user: string, wanted: Wanted): Window {
  const { since, filter } = wanted
  const limit = Math.min(filter.timeline.limit ?? defaultLimit, largestLimit)
  const end = stream.endFor(user)
  const floor = since === undefined ? stream.timeline.start : stream.timeline.after(since)
  const events: Event[] = []
  let index = end
  let oldest = end
  let isCut = false
  while (index > floor && end - index < mostLookedAt) {
    // What lies further back is not what came before: a client that knows of the gap can ask for what is in it.
    if (stream.timeline.isFree(index - 1)) break
    index -= 1
    const event = stream.visible(index, user) ?? lasting(stream, user, index)
    if (event === undefined || !isWanted(event, wanted)) continue
    isCut = events.length === limit
    if (isCut) break
    events.push(event)
    oldest = index
  }
  const limited = isCut || index > floor
  return { events: events.toReversed(), limited, start: isCut ? oldest : index }
}

const isWanted = ({ pdu }: Event, { filter, ignored }: Wanted): boolean =>
  passes(filter.timeline, pdu) && (pdu.state_key !== undefined || !ignored.has(pdu.sender))

/**
 * The event at an index that holds in the state now, which the user may know though not of its history: a client would else
 * take an earlier event of the timeline for what holds.
 */
function lasting(stream: RoomStream, user: string, index: number): Event | undefined {
  const { room, timeline } = stream
  const node = room.placed(timeline.at(index)?.id ?? '')
  if (node === undefined || !room.isForUsers(node)) return undefined
  const { type, state_key } = node.event.pdu
  if (state_key === undefined) return undefined
  const holds = stream.stateFor(user).get(stateKey(type, state_key)) === node.event.id
  return holds ? stream.shown(node.event, user) : undefined
}

const knownState = (stream: RoomStream, { since, fullState }: Wanted): StateMap =>
  since === undefined || fullState ? emptyState : stream.stateAt(since)

/**
 * The state before the window, with what a client could not work out from the events in it: what the filter has left out of
 * the timeline, and what state resolution brought.
 */
function startState(stream: RoomStream, { events, start }: Window, end: StateMap): StateMap {
  const first = stream.timeline.at(start)
  const before = first === undefined ? end : stream.room.placed(first.id)?.before
  if (events.length === 0 || before === end) return end
  const told = new Set(events.map(({ id }) => id))
  const state = new Map<StateKey, string>()
  for (const [place, id] of end) {
    const was = told.has(id) ? before?.get(place) : id
    if (was !== undefined) state.set(place, was)
  }
  return state
}

interface Span {
  readonly window: Window
  readonly known: StateMap
  readonly end: StateMap
  readonly stateAfter: boolean
}

/**
 * The same as the difference of the states, without looking at either, where the window's events follow one another: then
 * nothing has changed but what they say themselves. Undefined where that is not so.
 */
function changedInLine(
  { room, timeline }: RoomStream,
  { window, known, end, stateAfter }: Span,
): readonly Change[] | undefined {
  const told = new Set(stateAfter ? [] : window.events.map(({ id }) => id))
  const changes = new Map<StateKey, string>()
  let state = known
  for (let index = window.start; index < timeline.end && state !== end; index += 1) {
    const node = room.placed(timeline.at(index)?.id ?? '')
    if (node === undefined || node.before !== state) return undefined
    state = node.after
    const { type, state_key: key } = node.event.pdu
    if (key !== undefined && state !== node.before) changes.set(stateKey(type, key), node.event.id)
  }
  return state === end ? [...changes].filter(([, id]) => !told.has(id)) : undefined
}

type Change = readonly [StateKey, string]

const difference = (from: StateMap, to: StateMap): readonly Change[] =>
  from === to ? [] : [...to].filter(([place, id]) => from.get(place) !== id)

const memberPrefix = stateKey('m.room.member', '')
const isMember = ({ pdu }: Event): boolean =>
  pdu.type === 'm.room.member' && pdu.state_key !== undefined
const hasMembers = (changed: readonly Change[]): boolean =>
  changed.some(([place]) => place.startsWith(memberPrefix))

interface Showing {
  readonly user: string
  readonly wanted: Wanted
  readonly window: Window
  readonly changed: readonly Change[]
  readonly end: StateMap
  readonly isNewRoom: boolean
  readonly summary: Summary
}

function stateShown(stream: RoomStream, showing: Showing): readonly Event[] {
  const { wanted, changed } = showing
  const { lazily, filter } = wanted
  const all = changed.flatMap(([, id]) => stream.room.lookup(id) ?? [])
  const events = lazily === undefined ? all : lazy(stream, showing, all)
  return events.filter(({ pdu }) => passes(filter.state, pdu))
}

/** client-server-api#lazy-loading-room-members: of the members only those that are needed to show the rest. */
function lazy(stream: RoomStream, showing: Showing, all: readonly Event[]): readonly Event[] {
  const { user, wanted, window, isNewRoom, summary, end } = showing
  const { lazily, filter, since, next } = wanted
  if (lazily === undefined) return all
  const { device, told } = lazily
  if (since === undefined) told.reset(device, stream.room.id)
  const needed = new Set(window.events.map(({ pdu }) => pdu.sender))
  if (isNewRoom) for (const one of [user, ...(summary.heroes ?? [])]) needed.add(one)
  const kept = all.filter(
    (event) => !isNewRoom || !isMember(event) || needed.has(event.pdu.state_key ?? ''),
  )
  const given = new Set([...kept, ...window.events].map(({ id }) => id))
  const further = [...needed].flatMap((one) => {
    const event = stream.room.stateEvent('m.room.member', one, end)
    if (event === undefined || given.has(event.id)) return []
    const isRedundant = filter.state.redundantMembers !== true && told.has(device, event, since)
    return isRedundant ? [] : [event]
  })
  const answer = [...kept, ...further]
  for (const event of [...answer, ...window.events].filter(isMember)) told.add(device, event, next)
  return answer
}

/** Whether there is anything to tell. */
export const isQuiet = ({ timeline, state }: RoomView): boolean =>
  timeline.length + state.length === 0
