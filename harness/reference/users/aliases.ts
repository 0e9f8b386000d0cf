import { MatrixError } from '../errors.ts'
import type { Store, Table } from '../store/store.ts'

type Alias = {
  readonly roomId: string
  /** Who made it. */
  readonly by: string
}

/** The room aliases of this server. */
export class Aliases {
  readonly #aliases: Table<Alias>

  constructor(store: Store) {
    this.#aliases = store.table('aliases')
  }

  /** M_UNKNOWN (409) when it is taken: client-server-api#put_matrixclientv3directoryroomroomalias. */
  add(alias: string, roomId: string, by: string): void {
    if (this.#aliases.get(alias) !== undefined)
      throw new MatrixError(409, 'M_UNKNOWN', `the alias ${alias} is taken`)
    this.#aliases.set(alias, { roomId, by })
  }

  remove(alias: string): void {
    this.#aliases.delete(alias)
  }

  get(alias: string): Alias | undefined {
    return this.#aliases.get(alias)
  }

  /** All aliases of one room lead to another from now on. */
  move(from: string, to: string): void {
    for (const alias of this.of(from)) {
      const known = this.#aliases.get(alias)
      if (known !== undefined) this.#aliases.set(alias, { ...known, roomId: to })
    }
  }

  roomOf(alias: string): string | undefined {
    return this.#aliases.get(alias)?.roomId
  }

  of(roomId: string): readonly string[] {
    return [...this.#aliases.entries()].flatMap(([alias, known]) =>
      known.roomId === roomId ? [alias] : [],
    )
  }
}
