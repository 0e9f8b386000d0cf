import type { JsonObject } from '../../matrix/event.ts'
import { serverNameOf } from '../../matrix/identifiers.ts'
import { MatrixError } from '../errors.ts'
import type { Room } from '../rooms/room.ts'
import type { Services } from '../services.ts'
import { carryOver } from './carry-over.ts'
import { emit } from './emit.ts'
import { type JoinOrder, joinRemotely } from './remote-join.ts'

/** A user who is joined already stays so. */
export async function join(services: Services, order: JoinOrder): Promise<void> {
  const { roomId, user } = order
  if (services.rooms.joined(roomId)?.membership(user) === 'join') return
  await enter(services, order)
  const room = services.rooms.joined(roomId)
  if (room !== undefined) carryOver(services, room, user)
}

/** At once where this server is in the room and may; else through others. */
async function enter(services: Services, order: JoinOrder): Promise<void> {
  const room = services.rooms.joined(order.roomId)
  if (room === undefined)
    return joinRemotely(services, { ...order, servers: candidates(services, order) })
  try {
    await joinLocally(services, room, order)
  } catch (error) {
    if (!(error instanceof MatrixError) || !mayOthersKnowMore(services, order, error)) throw error
    const servers = candidates(services, order)
    if (servers.length === 0) throw error
    await joinRemotely(services, { ...order, servers })
  }
}

/** The invitation may be known to others only, and the user who can vouch for the join may be theirs. */
function mayOthersKnowMore(services: Services, order: JoinOrder, refusal: MatrixError): boolean {
  return refusal.status === 400 || services.invitations.get(order.roomId, order.user) !== undefined
}

async function joinLocally(
  services: Services,
  room: Room,
  { user, content: more }: JoinOrder,
): Promise<void> {
  const scene = { room, rooms: services.rooms, own: services.name }
  const content: JsonObject = {
    ...more,
    ...services.parts.making.joinContent(scene, user),
    ...services.accounts.memberContent(user),
  }
  await emit(services, room, { type: 'm.room.member', state_key: user, sender: user, content })
  services.invitations.remove(room.id, user)
  services.knocks.remove(room.id, user)
}

/** Who may know the room: those that were named and who sent the invitation; else who is in it, and who is in its name. */
function candidates(services: Services, { roomId, user, servers }: JoinOrder): string[] {
  const inviter = services.invitations.get(roomId, user)?.event.pdu.sender
  const named = [...servers, ...(inviter === undefined ? [] : [serverNameOf(inviter)])]
  const others = [...(services.rooms.get(roomId)?.servers ?? []), serverNameOf(roomId)]
  const isOther = (server: string) => server !== services.name && server !== ''
  const told = named.filter(isOther)
  const all = told.length > 0 ? told : services.parts.intake.toAsk(others.filter(isOther))
  return [...new Set(all)].slice(0, 10)
}
