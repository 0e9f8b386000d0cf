import type { Table } from '../store/store.ts'
import type { Position } from '../users/operations.ts'
import type { Streams } from '../users/streams.ts'
import type { Sharing } from './sharing.ts'

/** Whose list of devices or keys has changed, of this server and of others, and when users here could notice it last. */
export class DeviceChanges {
  readonly #table: Table<number>
  readonly #streams: Streams
  readonly #sharing: Sharing

  constructor(table: Table<number>, streams: Streams, sharing: Sharing) {
    this.#table = table
    this.#streams = streams
    this.#sharing = sharing
    for (const [, position] of table.entries()) streams.startAfter(position)
  }

  mark(user: string): void {
    const position = this.#streams.advance((waiting) => this.#sharing.together(waiting, user))
    this.#table.set(user, position)
  }

  /** Users with a change after `since` and not after `until` that a user of ours may know of. */
  between(since: Position, until: Position, ours: string): readonly string[] {
    const changed: string[] = []
    for (const [user, position] of this.#table.entries())
      if (position > since && position <= until && this.#sharing.together(ours, user))
        changed.push(user)
    return changed
  }
}
