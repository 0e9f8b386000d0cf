import type { Event } from '../../matrix/event.ts'
import type { StateMap } from '../../matrix/state-key.ts'
import { notFound } from '../errors.ts'
import type { Room } from '../rooms/room.ts'
import type { Services } from '../services.ts'
import { type Handler, type Inbound, ok, param, queried, roomFor } from './handler.ts'
import { pdusOf } from '../../matrix/write-body.ts'

/** server-server-api#get_matrixfederationv1stateroomid */
export const state: Handler = (services, inbound) => {
  const { state: events, chain } = stateFor(services, inbound)
  return ok({ pdus: pdusOf(events), auth_chain: pdusOf(chain) })
}

/** server-server-api#get_matrixfederationv1state_idsroomid */
export const stateIds: Handler = (services, inbound) => {
  const { state: events, chain } = stateFor(services, inbound)
  return ok({ pdu_ids: events.map(({ id }) => id), auth_chain_ids: chain.map(({ id }) => id) })
}

/** server-server-api#get_matrixfederationv1event_authroomideventid */
export const eventAuth: Handler = (services, inbound) => {
  const room = roomFor(services, inbound)
  const event = room.lookup(param(inbound, 'eventId'))
  if (event === undefined) throw notFound('there is no such event in the room')
  const chain = services.parts.making.authChain(room, [event])
  return ok({ auth_chain: pdusOf([...impliedBy(room, event), ...chain]) })
}

/** rooms/v12: no event cites the create event whose hash is the room's id, and all stand on it. */
const impliedBy = (room: Room, event: Event): readonly Event[] =>
  room.version.createInAuthEvents || room.create === undefined || room.create.id === event.id
    ? []
    : [room.create]

function stateFor(
  services: Services,
  inbound: Inbound,
): { state: readonly Event[]; chain: readonly Event[] } {
  const id = queried(inbound, 'event_id')
  const room = roomFor(services, inbound)
  if (room.partial !== undefined) throw notFound('this server does not know the whole state')
  const before = stateBefore(room, id)
  const events = [...before.values()].flatMap((one) => room.lookup(one) ?? [])
  return { state: events, chain: services.parts.making.authChain(room, events) }
}

function stateBefore(room: Room, id: string): StateMap {
  const node = room.placed(id) ?? room.held.get(id)
  if (node === undefined) throw notFound('there is no such event in the room')
  if (node.before === undefined) throw notFound('the state before that event is not known')
  return node.before
}
