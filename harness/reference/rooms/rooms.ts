import { type RoomVersion, roomVersion } from '../../matrix/room-version.ts'
import {
  type Arrival,
  MemoryStore,
  type Node,
  type Placed,
  type Store,
  type Table,
} from '../store/store.ts'
import { Room, type RoomParts } from './room.ts'

export type AnyPlacedListener = (room: Room, node: Placed, arrival: Arrival) => void

/** All rooms that this server knows. */
export class Rooms {
  readonly store: Store
  readonly #own: string
  readonly #parts: RoomParts
  /** Room id → room version. */
  readonly #known: Table<string>
  readonly #rooms = new Map<string, Room>()
  readonly #listeners = new Set<AnyPlacedListener>()
  readonly #restatedListeners = new Set<(room: Room) => void>()

  constructor(setup: { own: string; store: Store; parts: RoomParts }) {
    this.#own = setup.own
    this.store = setup.store
    this.#parts = setup.parts
    this.#known = setup.store.table('rooms')
    this.#recall()
  }

  /** What an earlier run left. */
  #recall(): void {
    for (const [roomId, versionId] of this.#known.entries()) {
      const version = roomVersion(versionId)
      if (version !== undefined) this.add(this.prepare(roomId, version))
    }
    for (const kept of this.store.kept()) this.#rooms.get(kept.roomId)?.recall(kept)
  }

  get(roomId: string): Room | undefined {
    return this.#rooms.get(roomId)
  }

  /** The room, if a user of this server is in it. */
  joined(roomId: string): Room | undefined {
    const room = this.#rooms.get(roomId)
    return room?.has(this.#own) ? room : undefined
  }

  /** A room that is not yet known to anybody but the caller. */
  prepare(id: string, version: RoomVersion): Room {
    return new Room({ id, version, store: this.store, parts: this.#parts })
  }

  /** A room to try something in, which leaves no trace. */
  trial(id: string, version: RoomVersion): Room {
    return new Room({ id, version, store: new MemoryStore(), parts: this.#parts })
  }

  /** Makes a prepared room known. */
  add(room: Room): void {
    if (this.#rooms.has(room.id)) return
    this.#rooms.set(room.id, room)
    if (this.#known.get(room.id) === undefined) this.#known.set(room.id, room.version.id)
    room.onRestated(() => {
      for (const listener of this.#restatedListeners) listener(room)
    })
    room.onPlaced((node, arrival) => {
      for (const listener of this.#listeners) listener(room, node, arrival)
    })
  }

  /** The room that holds the event, and what is known of it. */
  locate(eventId: string): { room: Room; node: Node } | undefined {
    const roomId = this.store.get(eventId)?.event.roomId
    const room = roomId === undefined ? this.#holding(eventId) : this.#rooms.get(roomId)
    const node = room?.find(eventId)
    return room === undefined || node === undefined ? undefined : { room, node }
  }

  #holding(eventId: string): Room | undefined {
    for (const room of this.#rooms.values()) if (room.held.has(eventId)) return room
    return undefined
  }

  /** Called when the state of a room turns out to be another than was known so far. */
  onRestated(listener: (room: Room) => void): void {
    this.#restatedListeners.add(listener)
  }

  onPlaced(listener: AnyPlacedListener): void {
    this.#listeners.add(listener)
  }

  [Symbol.iterator](): MapIterator<Room> {
    return this.#rooms.values()
  }
}
