import { isPresumablyJoined } from '../rooms/presumably-joined.ts'
import type { Rooms } from '../rooms/rooms.ts'
import type { Streams } from '../users/streams.ts'

/** Who is in a room with whom: that decides who hears of devices and presence. */
export class Sharing {
  readonly #own: string
  readonly #rooms: Rooms
  readonly #streams: Streams

  constructor({ name, rooms, streams }: { name: string; rooms: Rooms; streams: Streams }) {
    this.#own = name
    this.#rooms = rooms
    this.#streams = streams
  }

  /** Other servers in the rooms of a user of ours. */
  servers(user: string): ReadonlySet<string> {
    const servers = new Set<string>()
    for (const roomId of this.#streams.joinedRooms(user))
      for (const server of this.#rooms.get(roomId)?.servers ?? []) servers.add(server)
    servers.delete(this.#own)
    return servers
  }

  /** Whether a user of ours and any other are joined to one room, or are the same. */
  together(ours: string, other: string): boolean {
    if (ours === other) return true
    for (const stream of this.#streams.all)
      if (stream.standpoint(ours)?.membership === 'join' && isPresumablyJoined(stream.room, other))
        return true
    return false
  }

  /** Whether a user of another server is in a room with any user of ours. */
  isNear(user: string): boolean {
    for (const room of this.#rooms)
      if (room.has(this.#own) && isPresumablyJoined(room, user)) return true
    return false
  }
}
