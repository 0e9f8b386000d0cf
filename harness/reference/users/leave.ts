import type { Event } from '../../matrix/event.ts'
import { serverNameOf } from '../../matrix/identifiers.ts'
import { referenceTo } from '../../matrix/references.ts'
import { forbidden, MatrixError } from '../errors.ts'
import { RemoteError } from '../remote.ts'
import type { LeaveOrder } from './operations.ts'
import type { Services } from '../services.ts'
import { emit } from './emit.ts'
import { fetchTemplate, signTemplate } from './handshake.ts'
import { submit } from './submit.ts'

/** Leaves a room, declines an invitation to one that this server is not in, or takes a knock at one back. */
export async function leave(services: Services, order: LeaveOrder): Promise<void> {
  const { roomId, user, content } = order
  const room = services.rooms.joined(roomId) ?? abandoned(services, order)
  if (room !== undefined && ['join', 'invite', 'knock'].includes(room.membership(user))) {
    await emit(services, room, {
      type: 'm.room.member',
      state_key: user,
      sender: user,
      content: { ...content, membership: 'leave' },
    })
    services.invitations.remove(roomId, user)
    return
  }
  await withdraw(services, order)
}

/** Out of what is open at a room that this server is not in. */
async function withdraw(services: Services, order: LeaveOrder): Promise<void> {
  const { roomId, user } = order
  const { invitations, knocks } = services
  const invited = invitations.get(roomId, user)?.event
  const knock = knocks.get(roomId, user)
  const open = invited ?? knock?.event
  // Who has left already gets what is asked for.
  if (open === undefined && hasLeft(services, order)) return
  const server = invited === undefined ? knock?.via : serverNameOf(invited.pdu.sender)
  if (open === undefined || server === undefined) throw forbidden(`${user} is not in ${roomId}`)
  const told = await services.parts.making.decline(services, order, server)
  const ending = told ?? endingOf(services, open, order)
  invitations.remove(roomId, user, ending)
  knocks.remove(roomId, user, ending)
}

/** What the user sees of it where nobody else can be told: it follows from the invitation or knock alone, and stays here. */
function endingOf(services: Services, open: Event, { user, content }: LeaveOrder): Event {
  const { version, roomId } = open
  const references = [referenceTo(open)]
  const event = {
    type: 'm.room.member',
    room_id: roomId,
    sender: user,
    state_key: user,
    content: { membership: 'leave' },
    prev_events: references,
    auth_events: references,
    depth: Math.min(open.pdu.depth + 1, Number.MAX_SAFE_INTEGER),
  }
  return signTemplate(services, { version, event }, content)
}

const hasLeft = ({ rooms }: Services, { roomId, user }: LeaveOrder): boolean =>
  rooms.get(roomId)?.stateEvent('m.room.member', user)?.pdu.content['membership'] === 'leave'

/** A room in which nobody of this server is any more; an invitation that came from elsewhere is not declined by what was known then. */
function abandoned({ rooms, invitations, knocks }: Services, { roomId, user }: LeaveOrder) {
  const isFromElsewhere = invitations.get(roomId, user) ?? knocks.get(roomId, user)
  return isFromElsewhere === undefined ? rooms.get(roomId) : undefined
}

/** server-server-api#leaving-rooms-rejecting-invites. Undefined where nobody can be told: the invitation is gone here all the same. */
export async function decline(
  services: Services,
  { roomId, user, content }: LeaveOrder,
  server: string,
): Promise<Event | undefined> {
  try {
    const template = await fetchTemplate(services, { roomId, user, server, membership: 'leave' })
    const event = signTemplate(services, template, content)
    const params = { roomId, eventId: event.id }
    const body = { ...event.pdu }
    await submit(services, { server, operation: 'sendLeave' }, { params, body })
    return event
  } catch (error) {
    if (!(error instanceof RemoteError) && !(error instanceof MatrixError)) throw error
    return undefined
  }
}
