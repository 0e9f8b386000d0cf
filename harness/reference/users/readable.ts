import { forbidden } from '../errors.ts'
import type { Services } from '../services.ts'
import type { RoomStream } from './room-stream.ts'

/** A room that a user may read. M_FORBIDDEN for who is not and was not in it, and for who has forgotten it. */
export function readableStream(services: Services, roomId: string, user: string): RoomStream {
  const stream = services.streams.of(roomId)
  if (stream === undefined || !stream.isReadableBy(user))
    throw forbidden(`${user} is not in ${roomId}`)
  if (services.forgotten.has(stream, user)) throw forbidden(`${user} has forgotten ${roomId}`)
  return stream
}
