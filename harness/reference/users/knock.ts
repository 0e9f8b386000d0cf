import { valueAt } from '../../matrix/content.ts'
import type { Event, Json, JsonObject } from '../../matrix/event.ts'
import { serverNameOf } from '../../matrix/identifiers.ts'
import type { Services } from '../services.ts'
import { emit } from './emit.ts'
import { fetchTemplate, signTemplate } from './handshake.ts'
import { stripped } from './invitations.ts'
import { throughServers } from './through-servers.ts'

export interface KnockOrder {
  readonly roomId: string
  readonly user: string
  /** Servers to try, in this order, where this one is not in the room. */
  readonly servers: readonly string[]
  /** Further content, such as `reason`. */
  readonly content: JsonObject
}

/** Asks to be invited: at once where this server is in the room, else through one that is (server-server-api#knocking-rooms). */
export async function knock(services: Services, order: KnockOrder): Promise<void> {
  const { roomId, user, content } = order
  const room = services.rooms.joined(roomId)
  if (room === undefined) {
    const servers = [...new Set([...order.servers, serverNameOf(roomId)])]
    const others = servers.filter((server) => server !== services.name && server !== '')
    return throughServers(roomId, others.slice(0, maxServers), (server) =>
      knockThrough(services, order, server),
    )
  }
  await emit(services, room, {
    type: 'm.room.member',
    state_key: user,
    sender: user,
    content: { ...services.accounts.memberContent(user), ...content, membership: 'knock' },
  })
}

const maxServers = 10

async function knockThrough(
  services: Services,
  { roomId, user, content }: KnockOrder,
  server: string,
): Promise<void> {
  const template = await fetchTemplate(services, { roomId, user, server, membership: 'knock' })
  const profile = services.accounts.memberContent(user)
  const event = signTemplate(services, template, { ...profile, ...content })
  const answer = await services.remote.request(server, 'sendKnock', {
    params: { roomId, eventId: event.id },
    body: { ...event.pdu },
  })
  const state = await stateIn(services, event, { answer, server })
  services.knocks.add(user, { event, state: [...state, event].map(stripped), via: server })
}

/** What is badly signed, malformed or of another room does not reach the user. */
async function stateIn(
  { inspector }: Services,
  { roomId, version }: Event,
  { answer, server }: { answer: Json; server: string },
): Promise<readonly Event[]> {
  const list = valueAt(answer, 'knock_room_state')
  const entries: readonly Json[] = Array.isArray(list) ? list.slice(0, maxEntries) : []
  const events = await inspector.accept(entries, { version, via: server })
  return events.filter((event) => event.roomId === roomId)
}

const maxEntries = 100
