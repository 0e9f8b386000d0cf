import { integerAt, stringAt } from '../../matrix/content.ts'
import { isEventId } from '../../matrix/identifiers.ts'
import { notFound } from '../errors.ts'
import type { Room } from '../rooms/room.ts'
import { closestTo, type TimeDirection } from '../rooms/timestamps.ts'
import type { Services } from '../services.ts'
import type { Placed } from '../store/store.ts'
import type { Timed } from './exploring.ts'
import type { RoomStream } from './room-stream.ts'

interface Time {
  readonly ts: number
  readonly dir: TimeDirection
}

/** How many other servers are asked. */
const maxServers = 3

/**
 * The event closest to a time that the user may see; where history is missing here, other servers may know a closer one, which
 * is then fetched (server-server-api#get_matrixfederationv1timestamp_to_eventroomid). M_NOT_FOUND.
 */
export async function timestampToEvent(
  services: Services,
  { stream, user }: { stream: RoomStream; user: string },
  time: Time,
): Promise<Timed> {
  const { room } = stream
  const own = ownClosest(stream, user, time)
  const told = await closerElsewhere(services, room, { time, own })
  const fetched = told && (await services.intake.obtain(room, told.eventId, told.server))
  const closest = fetched === true ? (ownClosest(stream, user, time) ?? own) : own
  if (closest === undefined) throw notFound('there is no event in that direction')
  return closest
}

function ownClosest(stream: RoomStream, user: string, time: Time): Timed | undefined {
  const isShown = ({ event }: Placed): boolean => stream.readable(event.id, user) !== undefined
  const node = closestTo(stream.room, time, isShown)
  return node && { eventId: node.event.id, ts: node.event.pdu.origin_server_ts }
}

/** Only where the closest event here has something missing beside it. */
async function closerElsewhere(
  { name, remote }: Services,
  room: Room,
  { time, own }: { time: Time; own: Timed | undefined },
): Promise<(Timed & { server: string }) | undefined> {
  const edges = room.edges
  const mayMiss =
    edges.length > 0 && (own === undefined || edges.some(({ id }) => id === own.eventId))
  if (!mayMiss) return undefined
  const others = room.servers.filter((server) => server !== name).slice(0, maxServers)
  for (const server of others) {
    const json = await remote.tryRequest(server, 'timestampToEvent', {
      params: { roomId: room.id },
      query: { ts: String(time.ts), dir: time.dir },
    })
    const eventId = stringAt(json, 'event_id')
    const ts = integerAt(json, 'origin_server_ts')
    if (eventId === undefined || ts === undefined || !isEventId(eventId, room.version)) continue
    if (isCloser(ts, time, own)) return { eventId, ts, server }
  }
  return undefined
}

function isCloser(ts: number, time: Time, own: Timed | undefined): boolean {
  const isInDirection = time.dir === 'f' ? ts >= time.ts : ts <= time.ts
  return isInDirection && (own === undefined || Math.abs(ts - time.ts) < Math.abs(own.ts - time.ts))
}
