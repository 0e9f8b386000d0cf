import type { JsonObject } from '../../matrix/event.ts'
import { isObject, member } from '../../matrix/json.ts'
import { membershipIn } from '../rooms/roster.ts'
import type { Services } from '../services.ts'
import {
  allowsRoom,
  noFilter,
  passes,
  type RoomEventFilter,
  type SyncFilter,
} from './event-filter.ts'
import { blocksInvitations } from './invite-permission.ts'
import type { Position, RoomView, SyncExtras, SyncOptions, SyncView } from './operations.ts'
import type { RoomStream } from './room-stream.ts'
import { isQuiet, viewRoom, type Wanted } from './room-view.ts'
import type { ToldMembers } from './told-members.ts'

interface Asking {
  readonly services: Services
  readonly user: string
  readonly told: ToldMembers
}

interface Options extends SyncOptions {
  readonly filter: SyncFilter
  /** Users of whom the user wants to hear nothing but state. */
  readonly ignored: ReadonlySet<string>
}

interface Draft {
  readonly joined: Map<string, RoomView>
  readonly invited: Map<string, readonly JsonObject[]>
  readonly knocked: Map<string, readonly JsonObject[]>
  readonly left: Map<string, RoomView>
}

const nothing: RoomView = { timeline: [], limited: false, previous: 0, state: [] }

/** What is new for a user since a position; waits for something where there is nothing. */
export async function sync(asking: Asking, asked: SyncOptions): Promise<SyncView> {
  const { services, user } = asking
  const filter = asked.filter ?? noFilter
  const { since, waitMs = 0, signal, fullState = false } = asked
  const deadline = performance.now() + waitMs
  for (;;) {
    const next = services.streams.position
    const options = { ...asked, filter, ignored: ignoredBy(asking) }
    const view = viewAll(asking, options, next)
    const isDone = since === undefined || fullState || !isEmpty(view)
    if (isDone || hasExtras(asking, options, since)) return withExtras(asking, options, view)
    if (!(await services.streams.wait(user, deadline - performance.now(), signal)))
      return withExtras(asking, options, view)
  }
}

/** client-server-api#ignoring-users */
function ignoredBy({ services, user }: Asking): ReadonlySet<string> {
  const list = services.accountData.get(user, '', 'm.ignored_user_list')
  const users = list === undefined ? undefined : member(list, 'ignored_users')
  return new Set(isObject(users) ? Object.keys(users) : [])
}

/** Whether an invitation, as stripped state, comes from somebody who is ignored, or to somebody who wants none. */
const isUnwanted = (
  { services, user }: Asking,
  state: readonly JsonObject[],
  ignored: ReadonlySet<string>,
): boolean =>
  blocksInvitations(services, user) ||
  (ignored.size > 0 &&
    state.some(
      ({ type, state_key: key, sender }) =>
        type === 'm.room.member' &&
        key === user &&
        typeof sender === 'string' &&
        ignored.has(sender),
    ))

const hasExtras = ({ services, user }: Asking, { device }: Options, since: Position): boolean =>
  device !== undefined && services.people.extras.isAny({ user, device }, since)

const isEmpty = ({ joined, invited, knocked, left, accountData }: SyncView): boolean =>
  joined.size + invited.size + knocked.size + left.size + accountData.length === 0

function viewAll(asking: Asking, options: Options, next: Position): SyncView {
  const { services, user } = asking
  const { streams, accountData } = services
  const { since, filter } = options
  const view: Draft = {
    joined: new Map(),
    invited: new Map(),
    knocked: new Map(),
    left: new Map(),
  }
  for (const stream of streams.all)
    if (allowsRoom(filter, stream.room.id)) viewStream(asking, { view, stream, options, next })
  addInvitations(asking, view, options)
  const global = [...accountData.since(user, '', since), ...predefined(asking, since)]
  const wanted = global.filter((event) => passesPlain(filter.accountData, event))
  return { next, ...view, accountData: wanted }
}

/** Push rules are there before anybody has set any. */
function predefined(
  { services, user }: Asking,
  since: Position | undefined,
): readonly JsonObject[] {
  const { pushRules } = services
  if (since !== undefined || pushRules.isChanged(user)) return []
  return [{ type: 'm.push_rules', content: { global: pushRules.of(user) } }]
}

interface Viewing {
  readonly view: Draft
  readonly stream: RoomStream
  readonly options: Options
  readonly next: Position
}

function viewStream(asking: Asking, viewing: Viewing): void {
  const { services, user } = asking
  const { view, stream, options } = viewing
  const standpoint = stream.standpoint(user)
  if (standpoint === undefined) return
  const { id } = stream.room
  const isNew = options.since === undefined || standpoint.since > options.since
  if (standpoint.membership === 'join') viewJoined(asking, viewing, isNew)
  else if (standpoint.membership === 'invite') {
    const state = services.streams.invitation(id, user) ?? []
    if (isNew && !isUnwanted(asking, state, options.ignored)) view.invited.set(id, state)
  } else if (standpoint.membership === 'knock') {
    if (isNew) view.knocked.set(id, services.streams.knock(id, user) ?? [])
  } else if (isLeftShown(asking, stream, { isNew, options }))
    view.left.set(id, viewLeft(asking, viewing))
}

function viewJoined(asking: Asking, viewing: Viewing, isNew: boolean): void {
  const { view, stream, options, next } = viewing
  const { filter, fullState = false } = options
  const { id: roomId } = stream.room
  const since = isNew ? undefined : options.since
  const data = accountDataOf(asking, { roomId, since, filter })
  const seen = viewRoom(stream, asking.user, wantedOf(asking, options, { since, next }))
  if (isNew || fullState || !isQuiet(seen) || data.length > 0)
    view.joined.set(roomId, { ...seen, accountData: data, ...unreadOf(asking, stream, options) })
}

const unreadOf = (
  { services, user }: Asking,
  stream: RoomStream,
  { device }: Options,
): Pick<RoomView, 'unread'> =>
  device === undefined ? {} : { unread: services.unread.of(stream, user) }

/** Who has left is told once; who begins anew is told only on demand. */
function isLeftShown(
  { services, user }: Asking,
  stream: RoomStream,
  { isNew, options }: { readonly isNew: boolean; readonly options: Options },
): boolean {
  const { since, fullState = false, filter } = options
  if (services.forgotten.has(stream, user)) return false
  if (since !== undefined && isNew) return true
  return filter.includeLeft === true && (since === undefined || fullState)
}

function viewLeft(asking: Asking, { stream, options, next }: Viewing): RoomView {
  const { filter } = options
  const since = hasComeAndGone(stream, asking.user, options.since) ? undefined : options.since
  const wanted = wantedOf(asking, options, { since, next })
  const seen = viewRoom(stream, asking.user, wanted)
  const data = accountDataOf(asking, { roomId: stream.room.id, since, filter })
  // Who never was in the room learns nothing of it but the end of the invitation.
  const state = stream.standpoint(asking.user)?.wasJoined === true ? seen.state : []
  const { summary: _, ...rest } = seen
  return { ...rest, state, accountData: data }
}

/** Who joined and left since then knows nothing of the room yet. */
function hasComeAndGone(stream: RoomStream, user: string, since: Position | undefined): boolean {
  const standpoint = stream.standpoint(user)
  if (since === undefined || standpoint?.wasJoined !== true || standpoint.since <= since)
    return false
  return membershipIn(stream.stateAt(since), user, stream.room.lookup) !== 'join'
}

function wantedOf(
  { user, told }: Asking,
  options: Options,
  span: { readonly since: Position | undefined; readonly next: Position },
): Wanted {
  const { filter, ignored, fullState = false, stateAfter = false, device } = options
  const isLazy = filter.state.lazyMembers === true
  return {
    ...span,
    filter,
    ignored,
    fullState,
    stateAfter,
    lazily: isLazy ? { device: JSON.stringify([user, device ?? '']), told } : undefined,
  }
}

/** Invitations and knocks at rooms that this server is not in. */
function addInvitations(asking: Asking, view: Draft, options: Options): void {
  const { services, user } = asking
  const { since, filter } = options
  const hasLeft = since !== undefined || filter.includeLeft === true
  for (const { roomId, ending } of services.streams.invitedSince(user, since)) {
    if (view.joined.has(roomId) || !allowsRoom(filter, roomId)) continue
    const invitation = services.streams.invitation(roomId, user)
    const knock = services.streams.knock(roomId, user)
    if (invitation !== undefined) {
      if (!isUnwanted(asking, invitation, options.ignored)) view.invited.set(roomId, invitation)
    } else if (knock !== undefined) view.knocked.set(roomId, knock)
    else if (ending !== undefined && hasLeft && !view.left.has(roomId)) {
      const timeline = passes(filter.timeline, ending.pdu) ? [ending] : []
      view.left.set(roomId, { ...nothing, timeline })
    }
  }
}

interface OfRoom {
  readonly roomId: string
  readonly since: Position | undefined
  readonly filter: SyncFilter
}

function accountDataOf(
  { services, user }: Asking,
  { roomId, since, filter }: OfRoom,
): readonly JsonObject[] {
  if (!allowsRoom(filter.roomAccountData, roomId)) return []
  const events = services.accountData.since(user, roomId, since)
  return events.filter((event) => passesPlain(filter.roomAccountData, event))
}

/** For what comes as JSON, with or without a sender. */
function passesPlain(filter: RoomEventFilter, { type, sender, content }: JsonObject): boolean {
  return passes(filter, {
    type: typeof type === 'string' ? type : '',
    ...(typeof sender === 'string' ? { sender } : {}),
    content: isObject(content) ? content : {},
  })
}

function withExtras(asking: Asking, options: Options, view: SyncView): SyncView {
  const { services, user } = asking
  const { device, since, filter } = options
  if (device === undefined) return view
  const all = services.people.extras.collect({ user, device }, { since, next: view.next })
  const extras = filtered(all, filter)
  const joined = new Map(view.joined)
  for (const roomId of extras.ephemeral.keys()) {
    const stream = services.streams.of(roomId)
    if (stream?.standpoint(user)?.membership !== 'join' || joined.has(roomId)) continue
    const previous = stream.timeline.end
    joined.set(roomId, { ...nothing, previous, ...unreadOf(asking, stream, options) })
  }
  return { ...view, joined, extras }
}

function filtered(extras: SyncExtras, filter: SyncFilter): SyncExtras {
  const rooms = [...extras.ephemeral].flatMap(([roomId, events]) => {
    const isWanted = allowsRoom(filter, roomId) && allowsRoom(filter.ephemeral, roomId)
    const wanted = isWanted ? events.filter((event) => passesPlain(filter.ephemeral, event)) : []
    return wanted.length === 0 ? [] : [[roomId, wanted] as const]
  })
  return {
    ...extras,
    presence: extras.presence.filter((event) => passesPlain(filter.presence, event)),
    ephemeral: new Map(rooms),
  }
}
