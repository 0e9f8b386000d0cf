import { stringAt, valueAt } from '../../matrix/content.ts'
import type { Event, Json } from '../../matrix/event.ts'
import { serverNameOf } from '../../matrix/identifiers.ts'
import { type StateMap, splitStateKey } from '../../matrix/state-key.ts'
import { withoutContent } from '../../matrix/receipt.ts'
import { globMatches } from '../glob.ts'
import type { Node } from '../store/store.ts'
import type { Room } from './room.ts'
import { membershipIn } from './roster.ts'

export interface AccessParts {
  /** Whether a server may ask for events and state of a room. */
  readonly mayAsk: (room: Room, server: string) => boolean
  /** The event as the server may see it. */
  readonly shownTo: (room: Room, server: string, node: Node) => Event
  /** Whether server ACLs let the server take part. */
  readonly allowed: (room: Room, server: string) => boolean
}

export const mayAsk = (room: Room, server: string): boolean => room.has(server)

/** client-server-api#room-history-visibility: what is older than the server's membership goes out redacted, where it matters. */
export function shownTo(room: Room, server: string, { event, after }: Node): Event {
  if (after === undefined || event.pdu.state_key !== undefined) return event
  const visibility = visibilityOf(room.stateEvent(visibilityType, '', after))
  if (visibility === 'shared' || visibility === 'world_readable') return event
  const wanted = visibility === 'invited' ? ['join', 'invite'] : ['join']
  for (const [place, id] of after) {
    const [type, user] = splitStateKey(place)
    if (type !== 'm.room.member' || serverNameOf(user) !== server) continue
    const membership = stringAt(room.lookup(id)?.pdu.content, 'membership')
    if (membership !== undefined && wanted.includes(membership)) return event
  }
  return withoutContent(event)
}

/** Whether a user of ours who is or was in the room sees an event in the timeline. */
export const visibleTo = (room: Room, user: string, node: Node): boolean =>
  statesAt(node).some((state) => isVisibleIn(room, user, { event: node.event, state }))

/** A change of the visibility is seen by whom either setting lets see it. */
function statesAt({ event, before, after }: Node): readonly StateMap[] {
  const { type, state_key } = event.pdu
  const isChange = type === visibilityType && state_key === ''
  return [isChange ? before : undefined, after].filter((state) => state !== undefined)
}

function isVisibleIn(
  room: Room,
  user: string,
  { event, state }: { event: Event; state: StateMap },
): boolean {
  const visibility = visibilityOf(room.stateEvent(visibilityType, '', state))
  if (visibility === 'shared' || visibility === 'world_readable') return true
  if (event.pdu.state_key === user) return true
  const membership = membershipIn(state, user, room.lookup)
  return membership === 'join' || (visibility === 'invited' && membership === 'invite')
}

/** Whether everybody may read by one state of a room. */
export const isWorldReadable = (room: Room, state: StateMap = room.current): boolean =>
  visibilityOf(room.stateEvent(visibilityType, '', state)) === 'world_readable'

/** Whether everybody may read an event. */
export const wasWorldReadable = (room: Room, node: Node): boolean =>
  statesAt(node).some((state) => isWorldReadable(room, state))

const visibilityType = 'm.room.history_visibility'

const visibilityOf = (event: Event | undefined): string =>
  stringAt(event?.pdu.content, 'history_visibility') ?? 'shared'

/** server-server-api#server-access-control-lists-acls; ports do not count. */
export function allowed(room: Room, server: string): boolean {
  const content = room.stateEvent('m.room.server_acl', '')?.pdu.content
  if (content === undefined) return true
  const host = server.replace(/:\d+$/, '')
  if (valueAt(content, 'allow_ip_literals') === false && isIpLiteral(host)) return false
  if (patterns(valueAt(content, 'deny')).some((pattern) => matches(pattern, host))) return false
  return patterns(valueAt(content, 'allow')).some((pattern) => matches(pattern, host))
}

const isIpLiteral = (host: string): boolean =>
  host.startsWith('[') || /^\d{1,3}(?:\.\d{1,3}){3}$/.test(host)

const patterns = (value: Json | undefined): readonly string[] =>
  Array.isArray(value) ? value.filter((one): one is string => typeof one === 'string') : []

const matches = (pattern: string, host: string): boolean =>
  globMatches(pattern.toLowerCase(), host.toLowerCase())
