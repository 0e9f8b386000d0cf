import { stringAt, valueAt } from '../../matrix/content.ts'
import type { Event, Json, JsonObject } from '../../matrix/event.ts'
import { isServerName } from '../../matrix/identifiers.ts'
import { type StateMap, stateKey } from '../../matrix/state-key.ts'
import { MatrixError } from '../errors.ts'
import { Unplaceable } from '../rooms/outliers.ts'
import type { Partial } from '../rooms/partial.ts'
import type { Room } from '../rooms/room.ts'
import type { Services } from '../services.ts'
import { fetchTemplate, signTemplate } from './handshake.ts'
import { submit } from './submit.ts'
import { throughServers } from './through-servers.ts'

export interface JoinOrder {
  /** Further content, such as `reason`. */
  readonly content?: JsonObject
  readonly roomId: string
  readonly user: string
  /** Servers to try, in this order. */
  readonly servers: readonly string[]
}

/** Joins through the first server that lets the user in. */
export function joinRemotely(services: Services, order: JoinOrder): Promise<void> {
  const { roomId, servers } = order
  return throughServers(roomId, servers, async (server) => {
    const under = joinThrough(services, order, server)
    services.joining.set(
      roomId,
      under.catch(() => undefined),
    )
    try {
      await under
    } finally {
      services.joining.delete(roomId)
    }
  })
}

async function joinThrough(
  services: Services,
  { roomId, user, content }: JoinOrder,
  server: string,
): Promise<void> {
  const template = await fetchTemplate(services, { roomId, user, server, membership: 'join' })
  const join = signTemplate(services, template, {
    ...content,
    ...services.accounts.memberContent(user),
  })
  const mayOmit =
    services.parts.making.joinsWithoutMembers && services.rooms.joined(roomId) === undefined
  const submission = { server, operation: 'sendJoin' } as const
  const answer = await submit(services, submission, {
    params: { roomId, eventId: join.id },
    ...(mayOmit ? { query: { omit_members: 'true' } } : {}),
    body: { ...join.pdu },
  })
  const provenance = { version: join.version, via: server }
  const accept = (key: string) => services.inspector.accept(listAt(answer, key), provenance)
  const state = await accept('state')
  const chain = await accept('auth_chain')
  const [echo] = await services.inspector.accept([valueAt(answer, 'event') ?? null], provenance)
  checkCreate(state, join)
  const room = services.rooms.get(roomId) ?? services.rooms.prepare(roomId, join.version)
  await room.intake.run(() =>
    settle(services, room, {
      server,
      // The resident's signature is needed where a user of it vouches for the join.
      join: echo?.id === join.id ? echo : join,
      state,
      chain: chain.filter((event) => event.roomId === roomId),
      ...partialIn(answer, join, server),
    }),
  )
  services.invitations.remove(roomId, user)
  services.knocks.remove(roomId, user)
}

const listAt = (json: Json, key: string): readonly Json[] => {
  const value = valueAt(json, key)
  return Array.isArray(value) ? value : []
}

const maxServers = 10_000

/** What is said of memberships that were left out; nothing where all are there. */
function partialIn(answer: Json, join: Event, server: string): { partial?: Partial } {
  if (valueAt(answer, 'members_omitted') !== true) return {}
  const servers = listAt(answer, 'servers_in_room')
    .filter((one): one is string => typeof one === 'string' && isServerName(one))
    .slice(0, maxServers)
  return { partial: { joinId: join.id, server, servers } }
}

/** The room that was joined has to be the one that was asked for, of the version that the template named. */
function checkCreate(state: readonly Event[], join: Event): void {
  const create = state.find(({ pdu }) => pdu.type === 'm.room.create' && pdu.state_key === '')
  if (create === undefined) throw broken('holds no create event')
  if (create.roomId !== join.roomId) throw broken('is of another room')
  const version = stringAt(create.pdu.content, 'room_version') ?? '1'
  if (version !== join.version.id)
    throw broken(`is of room version ${version}, not ${join.version.id}`)
}

const broken = (what: string): MatrixError =>
  new MatrixError(502, 'M_UNKNOWN', `the state in the answer to send_join ${what}`)

interface Answer {
  readonly server: string
  readonly join: Event
  readonly state: readonly Event[]
  readonly chain: readonly Event[]
  /** Present where the state lacks memberships. */
  readonly partial?: Partial
}

/** Checks 4 and 5 on the answer; what fails is left out, and without leave to join there is no join. */
async function settle(services: Services, room: Room, answer: Answer): Promise<void> {
  const { server, join, state, chain } = answer
  const own = state.filter((event) => event.roomId === room.id)
  services.outliers.admit(room, [...chain, ...own])
  for (const event of [...own, join]) await completeQuietly(services, room, event, server)
  services.outliers.admit(room, own)
  room.partial = answer.partial
  const node = room.assess(join, services.parts.intake.stateOfJoin(room, state))
  if (node.refusal !== undefined) {
    room.partial = undefined
    throw new MatrixError(
      502,
      'M_UNKNOWN',
      `${server} let the user join, but its state does not: ${node.refusal.message}`,
    )
  }
  if (!room.has(services.name)) room.restart()
  services.rooms.add(room)
  room.place(node)
  if (answer.partial !== undefined) services.partials.begin(room, answer.partial)
}

async function completeQuietly(
  services: Services,
  room: Room,
  event: Event,
  server: string,
): Promise<void> {
  if (room.stored(event.id) !== undefined) return
  try {
    await services.outliers.complete(room, event, [server])
  } catch (error) {
    if (!(error instanceof Unplaceable)) throw error
  }
}

/** What belongs to the room and was not rejected. */
export function stateOfJoin(room: Room, sent: readonly Event[]): StateMap {
  const state = new Map<string, string>()
  for (const { id, pdu } of sent) {
    const node = room.stored(id)
    if (pdu.state_key === undefined || node === undefined || node.standing === 'rejected') continue
    state.set(stateKey(pdu.type, pdu.state_key), id)
  }
  return state
}
