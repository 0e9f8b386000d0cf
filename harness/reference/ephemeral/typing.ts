import { stringAt, valueAt } from '../../matrix/content.ts'
import type { JsonObject } from '../../matrix/event.ts'
import { serverNameOf } from '../../matrix/identifiers.ts'
import type { Tell } from '../devices/device-updates.ts'
import { forbidden } from '../errors.ts'
import { isPresumablyJoined } from '../rooms/presumably-joined.ts'
import type { Room } from '../rooms/room.ts'
import type { Position } from '../users/operations.ts'
import type { Streams } from '../users/streams.ts'

interface Typists {
  /** When it changed last. */
  position: Position
  readonly timers: Map<string, NodeJS.Timeout>
}

/** Unless the client says otherwise, and at most. */
const defaultMs = 30_000
const longestMs = 120_000
/** Of a user elsewhere: its server ought to tell when it ends, but may be gone. */
const remoteMs = 60_000

/** Who is typing in which room, for as long as it lasts (client-server-api#typing-notifications). */
export class Typing {
  readonly #own: string
  readonly #streams: Streams
  readonly #tell: Tell
  readonly #rooms = new Map<string, Typists>()

  constructor({ name, streams, tell }: { name: string; streams: Streams; tell: Tell }) {
    this.#own = name
    this.#streams = streams
    this.#tell = tell
  }

  /** A user of ours; `ms`: for how long. M_FORBIDDEN for who is not in the room. */
  set(room: Room, user: string, typing: boolean, ms = defaultMs): void {
    if (room.membership(user) !== 'join') throw forbidden(`${user} is not in the room`)
    const lasts = Math.min(Math.max(ms, 0), longestMs)
    const isNews = this.#change(room, user, typing ? lasts : undefined)
    if (isNews || typing) this.#send(room, user, typing)
  }

  /** The content of an m.typing from `origin`, which may take part in the room. */
  receive(origin: string, room: Room, content: JsonObject): void {
    const user = stringAt(content, 'user_id')
    const typing = valueAt(content, 'typing')
    if (user === undefined || typeof typing !== 'boolean' || serverNameOf(user) !== origin) return
    if (isPresumablyJoined(room, user)) this.#change(room, user, typing ? remoteMs : undefined)
  }

  /** Somebody has left the room. */
  left(room: Room, user: string): void {
    this.#change(room, user, undefined)
  }

  /** Answers whether it is another state than before. */
  #change(room: Room, user: string, ms: number | undefined): boolean {
    const known = this.#rooms.get(room.id)
    const running = known?.timers.get(user)
    clearTimeout(running)
    if (ms === undefined && running === undefined) return false
    const typists = known ?? { position: 0, timers: new Map<string, NodeJS.Timeout>() }
    this.#rooms.set(room.id, typists)
    if (ms === undefined) typists.timers.delete(user)
    else typists.timers.set(user, setTimeout(() => this.#end(room, user), ms).unref())
    if (ms !== undefined && running !== undefined) return false
    const isIn = (waiting: string) => room.membership(waiting) === 'join'
    typists.position = this.#streams.advance(isIn)
    return true
  }

  #end(room: Room, user: string): void {
    this.#change(room, user, undefined)
    this.#send(room, user, false)
  }

  /** Nothing goes out for users of other servers: theirs tell of them. */
  #send(room: Room, user: string, typing: boolean): void {
    if (serverNameOf(user) !== this.#own) return
    const content = { room_id: room.id, user_id: user, typing }
    const key = `typing ${room.id} ${user}`
    this.#tell(room.servers, { edu_type: 'm.typing', content }, { keep: 'latest', key })
  }

  /** The m.typing event of a room where it changed after `since`; a first look (0) shows only that somebody types. */
  event(roomId: string, since: Position): JsonObject | undefined {
    const typists = this.#rooms.get(roomId)
    if (typists === undefined || typists.position <= since) return undefined
    if (since === 0 && typists.timers.size === 0) return undefined
    return { type: 'm.typing', content: { user_ids: [...typists.timers.keys()] } }
  }

  stop(): void {
    for (const { timers } of this.#rooms.values())
      for (const timer of timers.values()) clearTimeout(timer)
  }
}
