import type { Event, JsonObject } from '../../matrix/event.ts'
import type { Rooms } from '../rooms/rooms.ts'
import type { Kept, Table } from '../store/store.ts'
import {
  type InvitationListener,
  type Invitations,
  invitationState,
  stripped,
} from './invitations.ts'
import { keptForm, type KeptEvent, unkept } from './kept-event.ts'
import type { Knocks } from './knocks.ts'
import type { Position } from './operations.ts'
import { Relations } from './relations.ts'
import { RoomStream } from './room-stream.ts'

type Invited = { readonly position: number; readonly ending?: KeptEvent }

const reserve = 1_000

interface InvitationNews {
  readonly roomId: string
  /** What took it back or declined it. */
  readonly ending?: Event
}

/** What users see, in the order in which they could see it, and who waits for more. */
export class Streams {
  readonly #own: string
  readonly #invitations: Invitations
  readonly #knocks: Knocks
  readonly #relations: Relations
  readonly #rooms = new Map<string, RoomStream>()
  /** User → room → position at which the invitation or knock came or went. */
  readonly #invited = new Map<string, Map<string, Invited>>()
  readonly #keptInvited: Table<Invited>
  readonly #kept: Table<Position>
  readonly #waiters = new Map<string, Set<() => void>>()
  readonly #observers = new Set<() => void>()
  #position = 0
  /** Positions up to this one are never given again, even if what they stand for is forgotten in a crash. */
  #reserved = 0
  #stopped = false

  constructor(own: string, rooms: Rooms, offers: { invitations: Invitations; knocks: Knocks }) {
    this.#own = own
    this.#invitations = offers.invitations
    this.#knocks = offers.knocks
    this.#relations = new Relations(rooms.store)
    rooms.onPlaced((room, node, arrival) => {
      if (arrival === 'new') this.#step()
      const stream =
        this.#rooms.get(room.id) ?? new RoomStream(room, own, rooms.store, this.#relations)
      this.#rooms.set(room.id, stream)
      const changed = stream.take(node, arrival, this.#position)
      const isNews = (user: string) => stream.standpoint(user)?.membership === 'join'
      // Few wait, while a room may have thousands of users.
      this.#wake([...changed, ...[...this.#waiters.keys()].filter(isNews)])
    })
    rooms.onRestated((room) => {
      const stream = this.#rooms.get(room.id)
      if (stream === undefined) return
      this.#step()
      const changed = stream.restate(this.#position)
      const isNews = (user: string) => stream.standpoint(user)?.membership === 'join'
      this.#wake([...changed, ...[...this.#waiters.keys()].filter(isNews)])
    })
    const note: InvitationListener = (user, roomId, ending) => {
      const ended = ending === undefined ? {} : { ending: keptForm(ending) }
      const invited = { position: this.#step(), ...ended }
      this.#fileInvited(user, roomId, invited)
      this.#keptInvited.set(`${user} ${roomId}`, invited)
      this.#wake([user])
    }
    offers.invitations.onChange(note)
    offers.knocks.onChange(note)
    this.#keptInvited = rooms.store.table('invited')
    this.#kept = rooms.store.table('stream')
    this.#recall(rooms)
  }

  /** What an earlier run left. */
  #recall(rooms: Rooms): void {
    const byRoom = new Map<string, Kept[]>()
    for (const kept of rooms.store.kept()) {
      if (kept.appearance === undefined) continue
      const all = byRoom.get(kept.roomId)
      if (all === undefined) byRoom.set(kept.roomId, [kept])
      else all.push(kept)
    }
    for (const [roomId, all] of byRoom) {
      const room = rooms.get(roomId)
      if (room === undefined) continue
      const stream = new RoomStream(room, this.#own, rooms.store, this.#relations)
      stream.recall(all)
      this.#rooms.set(roomId, stream)
    }
    for (const [key, invited] of this.#keptInvited.entries()) {
      const end = key.indexOf(' ')
      this.#fileInvited(key.slice(0, end), key.slice(end + 1), invited)
    }
    this.#position = this.#kept.get('reserved') ?? 0
    this.#reserved = this.#position
  }

  #fileInvited(user: string, roomId: string, invited: Invited): void {
    const known = this.#invited.get(user) ?? new Map<string, Invited>()
    this.#invited.set(user, known.set(roomId, invited))
  }

  #step(): Position {
    this.#position += 1
    // Far enough ahead that it is on the disk long before it counts.
    if (this.#position + reserve / 2 > this.#reserved) {
      this.#reserved = this.#position + reserve
      this.#kept.set('reserved', this.#reserved)
    }
    return this.#position
  }

  get position(): number {
    return this.#position
  }

  of(roomId: string): RoomStream | undefined {
    return this.#rooms.get(roomId)
  }

  get all(): Iterable<RoomStream> {
    return this.#rooms.values()
  }

  /** A new position for a change beside the rooms' events, and the end of waiting for whom it concerns. */
  advance(concerns: (user: string) => boolean): Position {
    const position = this.#step()
    this.#wake([...this.#waiters.keys()].filter(concerns))
    return position
  }

  /** What was kept from earlier bears positions up to this one. */
  startAfter(position: Position): void {
    this.#position = Math.max(this.#position, position)
  }

  /** Called whenever anything has changed for anybody. Answers the function that ends it. */
  observe(observer: () => void): () => void {
    this.#observers.add(observer)
    return () => this.#observers.delete(observer)
  }

  joinedRooms(user: string): readonly string[] {
    return [...this.#rooms].flatMap(([id, stream]) =>
      stream.standpoint(user)?.membership === 'join' ? [id] : [],
    )
  }

  /** Rooms with an open invitation. */
  invitedRooms(user: string): readonly string[] {
    const own = [...this.#rooms].flatMap(([id, stream]) =>
      stream.standpoint(user)?.membership === 'invite' ? [id] : [],
    )
    return [...new Set([...own, ...this.#invitations.of(user).keys()])]
  }

  /** Stripped state of an open invitation, from whatever server. */
  invitation(roomId: string, user: string): readonly JsonObject[] | undefined {
    return this.#strippedIn(roomId, user, 'invite') ?? this.#invitations.get(roomId, user)?.state
  }

  /** Stripped state of an open knock, at whatever room. */
  knock(roomId: string, user: string): readonly JsonObject[] | undefined {
    return this.#strippedIn(roomId, user, 'knock') ?? this.#knocks.get(roomId, user)?.state
  }

  /** Where this server is in the room and the user has that membership. */
  #strippedIn(
    roomId: string,
    user: string,
    membership: 'invite' | 'knock',
  ): readonly JsonObject[] | undefined {
    const stream = this.#rooms.get(roomId)
    if (stream?.room.has(this.#own) !== true) return undefined
    const member = stream.room.stateEvent('m.room.member', user)
    if (stream.standpoint(user)?.membership !== membership || member === undefined) return undefined
    return [...invitationState(stream.room), member].map(stripped)
  }

  /** Ends everybody's waiting. */
  stop(): void {
    this.#stopped = true
    this.#wake([...this.#waiters.keys()])
  }

  /** Invitations and knocks at other servers that came or went after a position. */
  invitedSince(user: string, since: Position | undefined): readonly InvitationNews[] {
    return [...(this.#invited.get(user) ?? [])].flatMap(([roomId, { position, ending }]) => {
      if (since !== undefined && position <= since) return []
      const event = ending && unkept(ending)
      return [{ roomId, ...(event === undefined ? {} : { ending: event }) }]
    })
  }

  /** What became of an invitation or knock at another server is told no more; false where there is nothing to forget. */
  forgetInvitation(roomId: string, user: string): boolean {
    if (this.#invited.get(user)?.get(roomId)?.ending === undefined) return false
    this.#keptInvited.delete(`${user} ${roomId}`)
    return this.#invited.get(user)?.delete(roomId) ?? false
  }

  /** Comes back when there may be something new for a user, or the time is over. False: there is no use in waiting longer. */
  async wait(user: string, ms: number, signal: AbortSignal | undefined): Promise<boolean> {
    if (ms <= 0 || this.#stopped || signal?.aborted) return false
    await this.#news(user, ms, signal)
    return true
  }

  #news(user: string, ms: number, signal: AbortSignal | undefined): Promise<void> {
    return new Promise((resolve) => {
      const waiters = this.#waiters.get(user) ?? new Set()
      this.#waiters.set(user, waiters)
      const end = () => {
        clearTimeout(timer)
        signal?.removeEventListener('abort', end)
        waiters.delete(end)
        if (waiters.size === 0) this.#waiters.delete(user)
        resolve()
      }
      const timer = setTimeout(end, ms)
      signal?.addEventListener('abort', end)
      waiters.add(end)
    })
  }

  #wake(users: readonly string[]): void {
    for (const user of users) for (const end of this.#waiters.get(user) ?? []) end()
    for (const observer of this.#observers) observer()
  }
}
