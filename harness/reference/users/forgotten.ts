import type { Store, Table } from '../store/store.ts'
import type { RoomStream } from './room-stream.ts'

/** Rooms that users have left and want to hear no more of. A later membership makes a room known again. */
export class Forgotten {
  /** User and room → the membership event that was last when the user forgot; `-` where there was none. */
  readonly #table: Table<string>

  constructor(store: Store) {
    this.#table = store.table('forgotten')
  }

  add(stream: RoomStream, user: string): void {
    this.#table.set(keyOf(stream, user), lastOf(stream, user))
  }

  has(stream: RoomStream, user: string): boolean {
    return this.#table.get(keyOf(stream, user)) === lastOf(stream, user)
  }
}

const keyOf = ({ room }: RoomStream, user: string): string => JSON.stringify([user, room.id])

const lastOf = (stream: RoomStream, user: string): string =>
  stream.room.stateEvent('m.room.member', user, stream.stateFor(user))?.id ?? '-'
