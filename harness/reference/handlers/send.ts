import { integerAt, stringAt, valueAt } from '../../matrix/content.ts'
import type { Json, JsonObject } from '../../matrix/event.ts'
import { citedIds } from '../../matrix/references.ts'
import { MatrixError } from '../errors.ts'
import type { Fate } from '../rooms/intake.ts'
import type { Room } from '../rooms/room.ts'
import type { Services } from '../services.ts'
import { takeEdus } from './edus.ts'
import { type Handler, type Inbound, missing, ok, param } from './handler.ts'

const maxPdus = 50
const maxEdus = 100

/** server-server-api#put_matrixfederationv1sendtxnid */
export const send: Handler = async (services, inbound) => {
  const { pdus, edus } = checked(inbound)
  const { origin } = inbound
  const id = `${origin} ${param(inbound, 'txnId')}`
  const answer = await services.transactions.once(id, async () => {
    const { lasting, passing } = services.parts.edus
    takeEdus(services, { origin, edus }, lasting)
    const doing = async (results: Map<string, JsonObject>) => {
      await judge(services, { origin, pdus, results })
      // Whom a user has just joined tells of itself before the join is done here.
      if (edus.length > 0) await Promise.allSettled(services.joining.values())
      takeEdus(services, { origin, edus }, passing)
    }
    return take(services, { id, origin, pdus }, doing)
  })
  return ok(answer)
}

/** What was answered before it had been judged, by transaction. */
type Staged = { readonly origin: string; readonly pdus: readonly Json[] }

const stagedIn = ({ store }: Services) => store.table<Staged>('staged')

/** Judges what an earlier run had answered for and not judged. */
export async function judgeStaged(services: Services): Promise<void> {
  const staged = stagedIn(services)
  for (const [id, { origin, pdus }] of staged.entries()) {
    await judge(services, { origin, pdus, results: new Map() })
    if (!services.intake.isStopped) staged.delete(id)
  }
}

function checked({ body, origin }: Inbound): { pdus: readonly Json[]; edus: readonly Json[] } {
  for (const key of ['origin', 'origin_server_ts', 'pdus'])
    if (body[key] === undefined) throw missing(key)
  const { pdus, edus = [] } = body
  if (integerAt(body, 'origin_server_ts') === undefined || !Array.isArray(pdus))
    throw new MatrixError(400, 'M_BAD_JSON', 'origin_server_ts or pdus is of a wrong type')
  if (!Array.isArray(edus)) throw new MatrixError(400, 'M_BAD_JSON', 'edus is no list')
  if (body['origin'] !== origin)
    throw new MatrixError(403, 'M_FORBIDDEN', 'the origin in the body is not who signed')
  if (pdus.length > maxPdus || edus.length > maxEdus)
    throw new MatrixError(
      400,
      'M_BAD_JSON',
      `a transaction has at most ${maxPdus} PDUs and ${maxEdus} EDUs`,
    )
  return { pdus, edus }
}

/** The answer waits for judgement for a time; what takes longer is kept, goes on and is answered without an error. */
async function take(
  services: Services,
  { id, ...staged }: Staged & { id: string },
  doing: (results: Map<string, JsonObject>) => Promise<void>,
): Promise<JsonObject> {
  const results = new Map<string, JsonObject>()
  let isDone = false
  const work = doing(results)
    // It may come after the answer, and then nobody else would hear of it.
    .catch((error: unknown) => services.faults.push(error))
    .finally(() => {
      isDone = true
      // What others were asked for it no longer came when the server was stopped.
      if (!services.intake.isStopped) stagedIn(services).delete(id)
    })
  await atMost(services.limits.judgementMs, work)
  if (!isDone) stagedIn(services).set(id, staged)
  return { pdus: Object.fromEntries(results) }
}

async function atMost(ms: number, work: Promise<unknown>): Promise<void> {
  let timer: NodeJS.Timeout | undefined
  const bound = new Promise<void>((resolve) => {
    timer = setTimeout(resolve, ms)
  })
  try {
    await Promise.race([work, bound])
  } finally {
    clearTimeout(timer)
  }
}

interface Batch extends Staged {
  readonly results: Map<string, JsonObject>
}

/** One room does not wait for another. */
async function judge(services: Services, { origin, pdus, results }: Batch): Promise<void> {
  const rooms = [...byRoom(pdus)].map(async ([roomId, own]) => {
    await services.joining.get(roomId)
    const room = services.rooms.joined(roomId)
    if (room === undefined) for (const json of own) await withdraw(services, roomId, json)
    else await judgeInRoom(services, room, { origin, pdus: own, results })
  })
  await Promise.all(rooms)
}

function byRoom(pdus: readonly Json[]): ReadonlyMap<string, readonly Json[]> {
  const rooms = new Map<string, Json[]>()
  for (const json of pdus) {
    const roomId = stringAt(json, 'room_id')
    if (roomId === undefined) continue
    rooms.set(roomId, [...(rooms.get(roomId) ?? []), json])
  }
  return rooms
}

async function judgeInRoom(
  services: Services,
  room: Room,
  { origin, pdus, results }: Batch,
): Promise<void> {
  const { access } = services.parts
  const provenance = { version: room.version, via: origin }
  const fates: Promise<void>[] = []
  for (const one of await services.inspector.inspect(pdus, provenance)) {
    if (one.event === undefined) {
      if (one.id !== undefined) results.set(one.id, { error: one.problem })
      continue
    }
    const { id } = one.event
    results.set(id, {})
    if (!access.allowed(room, origin)) {
      results.set(id, { error: `the room's access list denies ${origin}` })
      continue
    }
    const fate = services.intake.receive(room, one.event, origin)
    fates.push(
      fate.then((known) => {
        results.set(id, resultOf(known))
      }),
    )
  }
  await Promise.all(fates)
}

/** Soft failure is no error to the sender; rejection is told, and changes nothing else. */
const resultOf = ({ fate, reason }: Fate): JsonObject =>
  fate === 'accepted' || fate === 'soft-failed' ? {} : { error: reason ?? fate }

/**
 * All that can concern this server in a room that it is not in: an invitation of one of its users is taken back, or a knock
 * refused. Whether somebody may do that cannot be told from outside; but who does it in the room cites what is taken back.
 */
async function withdraw(services: Services, roomId: string, json: Json): Promise<void> {
  const user = stringAt(json, 'state_key')
  if (user === undefined) return
  const { invitations, knocks } = services
  const open = invitations.get(roomId, user) ?? knocks.get(roomId, user)
  if (open === undefined) return
  const membership = stringAt(valueAt(json, 'content'), 'membership')
  if (membership !== 'leave' && membership !== 'ban') return
  const provenance = { version: open.event.version }
  const [event] = await services.inspector.accept([json], provenance)
  if (event?.pdu.type !== 'm.room.member' || event.pdu.state_key !== user) return
  if (!citedIds(event).includes(open.event.id)) return
  invitations.remove(roomId, user, event)
  knocks.remove(roomId, user, event)
}
