import { serverNameOf } from '../../matrix/identifiers.ts'
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
  const room = services.rooms.joined(roomId)
  if (room !== undefined && ['join', 'invite', 'knock'].includes(room.membership(user))) {
    await emit(services, room, {
      type: 'm.room.member',
      state_key: user,
      sender: user,
      content: { ...content, membership: 'leave' },
    })
    services.invitations.remove(roomId, user, true)
    return
  }
  const { invitations, knocks } = services
  const inviter = invitations.get(roomId, user)?.event.pdu.sender
  const server = inviter === undefined ? knocks.get(roomId, user)?.via : serverNameOf(inviter)
  if (server === undefined) throw forbidden(`${user} is not in ${roomId}`)
  await services.parts.making.decline(services, order, server)
  invitations.remove(roomId, user)
  knocks.remove(roomId, user)
}

/** server-server-api#leaving-rooms-rejecting-invites. The invitation is gone here even if nobody can be told. */
export async function decline(
  services: Services,
  { roomId, user, content }: LeaveOrder,
  server: string,
): Promise<void> {
  try {
    const template = await fetchTemplate(services, { roomId, user, server, membership: 'leave' })
    const event = signTemplate(services, template, content)
    const params = { roomId, eventId: event.id }
    const body = { ...event.pdu }
    await submit(services, { server, operation: 'sendLeave' }, { params, body })
  } catch (error) {
    if (!(error instanceof RemoteError) && !(error instanceof MatrixError)) throw error
  }
}
