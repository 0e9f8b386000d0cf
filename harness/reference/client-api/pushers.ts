import type { JsonObject } from '../../matrix/event.ts'
import type { Devices } from '../devices/devices.ts'
import { forbidden } from '../errors.ts'
import type { Store, Table } from '../store/store.ts'
import type { Device } from './logins.ts'

const mostOfUser = 100

type Kept = {
  readonly pusher: JsonObject
  /** The device that has set it, with which it ends. */
  readonly device: string
}

/** Where users want to be notified. */
export class Pushers {
  /** User → pushers. */
  readonly #table: Table<readonly Kept[]>

  constructor(store: Store, devices: Devices) {
    this.#table = store.table('pushers')
    devices.onChange((user, id, device) => {
      if (device === undefined) this.#keep(user, (one) => one.device !== id)
    })
  }

  of(user: string): readonly JsonObject[] {
    return (this.#table.get(user) ?? []).map(({ pusher }) => pusher)
  }

  /** In place of the one with the same key and app; without `append` it is taken from other users too. */
  set({ user, id: device }: Device, pusher: JsonObject, append: boolean): void {
    const isOther = (one: Kept) => !isSame(one.pusher, pusher)
    const others = (this.#table.get(user) ?? []).filter(isOther)
    if (others.length >= mostOfUser) throw forbidden('too many pushers')
    if (!append)
      for (const [other] of this.#table.entries()) if (other !== user) this.#keep(other, isOther)
    this.#table.set(user, [...others, { pusher, device }])
  }

  remove(user: string, app_id: string, pushkey: string): void {
    this.#keep(user, ({ pusher }) => !isSame(pusher, { app_id, pushkey }))
  }

  #keep(user: string, isKept: (one: Kept) => boolean): void {
    const all = this.#table.get(user) ?? []
    const kept = all.filter(isKept)
    if (kept.length < all.length) this.#table.set(user, kept)
  }
}

const isSame = (one: JsonObject, other: JsonObject): boolean =>
  one['app_id'] === other['app_id'] && one['pushkey'] === other['pushkey']
