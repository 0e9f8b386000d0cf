import type { JsonObject } from '../../matrix/event.ts'
import { MatrixError, notFound } from '../errors.ts'
import type { Store, Table } from '../store/store.ts'

/** appendices#user-identifiers; older forms are for events of other servers only. */
const localpartForm = /^[a-z0-9._=/+-]+$/
const maxUserId = 255

type Profile = Readonly<Record<string, string>>

/** The users of this server with their profiles. */
export class Accounts {
  readonly #server: string
  readonly #profiles: Table<Profile>

  constructor(server: string, store: Store) {
    this.#server = server
    this.#profiles = store.table('profiles')
  }

  idOf(localpart: string): string {
    return `@${localpart}:${this.#server}`
  }

  /** Throws what a registration with this localpart would throw: M_INVALID_USERNAME, M_USER_IN_USE. */
  check(localpart: string): void {
    const user = this.idOf(localpart)
    if (!localpartForm.test(localpart) || Buffer.byteLength(user) > maxUserId)
      throw new MatrixError(400, 'M_INVALID_USERNAME', `${localpart} is no valid localpart`)
    if (this.has(user)) throw new MatrixError(400, 'M_USER_IN_USE', `${user} is taken`)
  }

  create(localpart: string): string {
    this.check(localpart)
    const user = this.idOf(localpart)
    this.#profiles.set(user, { displayname: localpart })
    return user
  }

  has(user: string): boolean {
    return this.#profiles.get(user) !== undefined
  }

  /** Throws M_NOT_FOUND. */
  profile(user: string): JsonObject {
    return this.#profileOf(user)
  }

  setField(user: string, field: string, value: string | undefined): void {
    const others = Object.entries(this.#profileOf(user)).filter(([name]) => name !== field)
    const own = value === undefined ? [] : [[field, value] as const]
    this.#profiles.set(user, Object.fromEntries([...others, ...own]))
  }

  /** What membership events say of the user: displayname and avatar_url. */
  memberContent(user: string): JsonObject {
    const profile = this.#profileOf(user)
    const fields = ['displayname', 'avatar_url'].flatMap((field) => {
      const value = profile[field]
      return value === undefined ? [] : [[field, value] as const]
    })
    return Object.fromEntries(fields)
  }

  #profileOf(user: string): Profile {
    const profile = this.#profiles.get(user)
    if (profile === undefined) throw notFound(`there is no user ${user}`)
    return profile
  }
}
