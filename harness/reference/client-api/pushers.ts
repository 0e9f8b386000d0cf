import type { JsonObject } from '../../matrix/event.ts'
import { forbidden } from '../errors.ts'
import type { Store, Table } from '../store/store.ts'

const mostOfUser = 100

/** Where users want to be notified. */
export class Pushers {
  /** User → pushers. */
  readonly #table: Table<readonly JsonObject[]>

  constructor(store: Store) {
    this.#table = store.table('pushers')
  }

  of(user: string): readonly JsonObject[] {
    return this.#table.get(user) ?? []
  }

  /** In place of the one with the same key and app; without `append` it is taken from other users too. */
  set(user: string, pusher: JsonObject, append: boolean): void {
    const others = this.of(user).filter((one) => !isSame(one, pusher))
    if (others.length >= mostOfUser) throw forbidden('too many pushers')
    if (!append)
      for (const [other, all] of this.#table.entries())
        if (other !== user && all.some((one) => isSame(one, pusher)))
          this.#table.set(
            other,
            all.filter((one) => !isSame(one, pusher)),
          )
    this.#table.set(user, [...others, pusher])
  }

  remove(user: string, app_id: string, pushkey: string): void {
    const kept = this.of(user).filter((one) => !isSame(one, { app_id, pushkey }))
    this.#table.set(user, kept)
  }
}

const isSame = (one: JsonObject, other: JsonObject): boolean =>
  one['app_id'] === other['app_id'] && one['pushkey'] === other['pushkey']
