import type { Event, Json, JsonObject } from '../matrix/event.ts'
import { eventIdOf } from '../matrix/hash.ts'
import { isObject } from '../matrix/json.ts'
import { verifyJson } from '../matrix/sign-json.ts'
import { Nonconformance } from '../world/errors.ts'
import { OracleError } from '../oracle/oracle-error.ts'
import type { Answer, Asked, Delivery, Homeserver, Peer, Reply, Room } from '../world/homeserver.ts'
import type { LawfulState, OracleView } from '../world/world.ts'
import { message } from './drafts.ts'
import { control, eventually } from './eventually.ts'
import { must } from './must.ts'
import { shown } from './words.ts'

/** How often, and how, an event has come to a peer through PUT /send so far. Zero means something only after a fence. */
export const copies = (peer: Peer, room: Room, eventId: string): readonly Delivery[] =>
  peer.deliveries(room).filter((delivery) => delivery.event.id === eventId)

/** Waits until `server` has `user` in the room's state with this membership. */
export const reaches = (
  server: Homeserver,
  room: Room,
  user: string,
  membership: string,
): Promise<void> =>
  eventually(async () => {
    const content = await server.stateEvent(room, 'm.room.member', user)
    must.equal(content?.['membership'], membership, `the membership of ${user} at ${server.name}`)
  })

/**
 * After a fault: comes back when each of two servers has heard the other again. What was missed can then be fetched, even
 * from a server that did not keep it for sending: such a server has to be spoken to before it speaks.
 */
export async function reunited(room: Room, one: Homeserver, other: Homeserver): Promise<void> {
  const heard = async (from: Homeserver, to: Homeserver) =>
    to.sees(room, await from.send(room, message(`here is ${from.name} again`)))
  await Promise.any([heard(one, other), heard(other, one)]).catch((error: unknown) => {
    throw error instanceof AggregateError ? error.errors[0] : error
  })
  await Promise.all([heard(one, other), heard(other, one)])
}

/**
 * Waits until two servers hold the same state of a room. If they never do, and one of them is a peer, whose events are at
 * hand, the failure tells what the algorithm makes of those.
 */
export async function agree(
  room: Room,
  servers: readonly [Homeserver, Homeserver],
  oracle: OracleView,
): Promise<void> {
  const [one, other] = servers
  try {
    await eventually(async () => must.haveSame(await other.state(room), await one.state(room)))
  } catch (error) {
    if (error instanceof Nonconformance) await blame(room, servers, oracle)
    throw error
  }
}

/** Throws Nonconformance where the algorithm decides against one of them. */
async function blame(
  room: Room,
  servers: readonly Homeserver[],
  oracle: OracleView,
): Promise<void> {
  const peer = servers.find(isPeer)
  const judged = servers.find(({ isTarget }) => isTarget)
  const lawful = peer === undefined ? [] : lawfulStates(peer, room, oracle)
  if (judged === undefined || lawful.length === 0) return
  must.resolveTo(await judged.state(room), lawful, `the state of ${judged.name}`)
}

const isPeer = (server: Homeserver): server is Peer => !server.isTarget

/** None where the peer lacks part of the history. */
const lawfulStates = (peer: Peer, room: Room, oracle: OracleView): readonly LawfulState[] => {
  try {
    return oracle.outcomesAfter(peer.events(room), peer.heads(room))
  } catch (error) {
    if (error instanceof OracleError) return []
    throw error
  }
}

/** The content of a room's power levels. */
export interface PowerLevels extends JsonObject {
  readonly users: JsonObject
}

/** The power levels that `server` has for a room; `users` is empty where they name none. */
export async function powerLevelsOf(server: Homeserver, room: Room): Promise<PowerLevels> {
  const content = (await server.stateEvent(room, 'm.room.power_levels')) ?? {}
  const users = content['users'] ?? {}
  return { ...content, users: isObject(users) ? users : {} }
}

/** Power levels in which one user has another level. */
export const withPower = (levels: PowerLevels, user: string, power: number): PowerLevels => ({
  ...levels,
  users: { ...levels.users, [user]: power },
})

/** An honest answer to send_join with one more event in its state. */
export function withStateEvent(answer: Answer, extra: Event): Answer {
  const body = answer.body ?? {}
  const state = isObject(body) ? (body['state'] ?? []) : []
  if (!isObject(body) || !isList(state)) throw new TypeError('the answer holds no state')
  return { ...answer, body: { ...body, state: [...state, wireForm(extra)] } }
}

/** Whether an answer holds no list with anything in it. */
export const isEmpty = ({ json = {} }: Reply): boolean =>
  !isObject(json ?? {}) ||
  Object.values(json ?? {}).every((one: Json) => !isList(one) || one.length === 0)

/** The requests about a room that a peer got, whatever they ask. Zero means something only after a fence. */
export const about = (peer: Peer, room: Room): readonly Asked[] =>
  peer.requests().filter(({ params }) => params['roomId'] === room.id)

/**
 * Pushes events, the first of them lawful, and comes back when `server` has judged them all. A fence that cites them proves
 * it; but a server that dropped one of them cannot place that fence. So plain events follow the lawful one, and three of
 * them that arrived one after the other are taken as proof too. `Inconclusive` where not even those arrive.
 */
export async function judges(
  server: Homeserver,
  peer: Peer,
  room: Room,
  events: readonly [Event, ...Event[]],
): Promise<void> {
  const fence = peer.forge(room, message('fence'), { after: events })
  await peer.push(server, [...events, fence])
  let [last] = events
  for (const round of ['first', 'second', 'third']) {
    await control(async () => server.sees(room, [last.id]), 'the lawful deed')
    const timeline = await server.timeline(room)
    if (timeline.some(({ event_id: id }) => id === fence.id)) return
    last = peer.forge(room, message(`${round} plain event`), { after: [last] })
    await peer.push(server, [last])
  }
  await control(async () => server.sees(room, [last.id]), 'the lawful deed')
}

/** What `server` says the room's state was before an event, as ids. */
export async function stateIds(
  peer: Peer,
  server: Homeserver,
  room: Room,
  eventId: string,
): Promise<readonly string[]> {
  const reply = await peer.request(server, 'stateIds', {
    params: { roomId: room.id },
    query: { event_id: eventId },
  })
  const { pdu_ids: ids } = must.answer(reply)
  if (isTexts(ids)) return ids
  throw new Nonconformance('the state holds no list of ids', {
    expected: 'pdu_ids as an array of strings',
    actual: shown(reply.json),
    exchanges: [reply.exchange],
  })
}

/** The ids of the events that an answer holds, list after list, each in its order. */
export function eventIds(reply: Reply, room: Room): readonly string[] {
  const body = must.answer(reply)
  return eventLists.flatMap((key) => {
    const list = body[key] ?? []
    return isList(list) ? list.map((one) => eventIdIn(one, room, reply)) : malformed(reply, key)
  })
}

const eventLists = ['pdus', 'events', 'state', 'auth_chain', 'pdu_ids', 'auth_chain_ids'] as const

const eventIdIn = (one: Json, room: Room, reply: Reply): string => {
  if (typeof one === 'string') return one
  if (one === null || typeof one !== 'object' || isList(one)) return malformed(reply, 'its events')
  return eventIdOf(one, room.version)
}

function malformed(reply: Reply, what: string): never {
  throw new Nonconformance(`the answer does not hold ${what} as demanded`, {
    actual: shown(reply.json),
    exchanges: [reply.exchange],
  })
}

const isList = (value: Json): value is readonly Json[] => Array.isArray(value)

const isTexts = (value: Json | undefined): value is readonly string[] =>
  Array.isArray(value) && value.every((one) => typeof one === 'string')

/** An event as it goes into the body of a request. */
export const wireForm = ({ pdu }: Event): JsonObject => ({ ...pdu })

/** Whether a key document (`serverKeys`) is signed by every key that it lists in verify_keys, at least one. */
export function selfSigned(reply: Reply): boolean {
  const { server_name: name, verify_keys: listed, ...rest } = must.answer(reply)
  if (typeof name !== 'string' || !isObject(listed)) return false
  const document = { ...rest, server_name: name, verify_keys: listed }
  const keys = Object.entries(listed)
  return keys.length > 0 && keys.every(([id, one]) => isSigned(document, name, id, one))
}

const isSigned = (document: JsonObject, name: string, keyId: string, listed: Json): boolean =>
  isObject(listed) &&
  typeof listed['key'] === 'string' &&
  verifyJson(document, name, keyId, listed['key'])
