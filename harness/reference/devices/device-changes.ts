import type { Table } from '../store/store.ts'
import type { Position } from '../users/operations.ts'
import type { Streams } from '../users/streams.ts'
import type { Sharing } from './sharing.ts'

/** What one user alone notices of another: who notices, and of whom. */
type Private = Readonly<Record<string, number>>

/** Whose list of devices or keys has changed, of this server and of others, and when users here could notice it last. */
export class DeviceChanges {
  readonly #table: Table<number>
  readonly #private: Table<Private>
  readonly #streams: Streams
  readonly #sharing: Sharing

  constructor(
    { open, hidden }: { open: Table<number>; hidden: Table<Private> },
    streams: Streams,
    sharing: Sharing,
  ) {
    this.#table = open
    this.#private = hidden
    this.#streams = streams
    this.#sharing = sharing
    for (const [, position] of open.entries()) streams.startAfter(position)
    for (const [, positions] of hidden.entries())
      for (const position of Object.values(positions)) streams.startAfter(position)
  }

  mark(user: string): void {
    const position = this.#streams.advance((waiting) => this.#sharing.together(waiting, user))
    this.#table.set(user, position)
  }

  /** A signature by `by` for another user's key, which nobody else gets to see. */
  markFor(by: string, user: string): void {
    const position = this.#streams.advance((waiting) => waiting === by)
    this.#private.set(by, { ...this.#private.get(by), [user]: position })
  }

  /** Users with a change after `since` and not after `until` that a user of ours may know of. */
  between(since: Position, until: Position, ours: string): readonly string[] {
    const changed: string[] = []
    for (const [user, position] of this.#table.entries())
      if (position > since && position <= until && this.#sharing.together(ours, user))
        changed.push(user)
    for (const [user, position] of Object.entries(this.#private.get(ours) ?? {}))
      if (position > since && position <= until) changed.push(user)
    return [...new Set(changed)]
  }
}
