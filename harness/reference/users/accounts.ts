import type { Json, JsonObject } from '../../matrix/event.ts'
import { MatrixError, notFound } from '../errors.ts'
import type { Store, Table } from '../store/store.ts'
import { type Profile, spread, withField } from './profile-fields.ts'

/** appendices#user-identifiers; older forms are for events of other servers only. */
const localpartForm = /^[a-z0-9._=/+-]+$/
const maxUserId = 255

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

  /** Answers whether the profile is another now. Throws as withField. */
  setField(user: string, field: string, value: Json | undefined): boolean {
    const known = this.#profileOf(user)
    const changed = withField(known, field, value)
    if (JSON.stringify(changed[field]) === JSON.stringify(known[field])) return false
    this.#profiles.set(user, changed)
    return true
  }

  /** What membership events say of the user: displayname and avatar_url. */
  memberContent(user: string): JsonObject {
    const profile = this.#profileOf(user)
    return Object.fromEntries(
      spread.flatMap((field) => {
        const value = profile[field]
        return value === undefined ? [] : [[field, value] as const]
      }),
    )
  }

  #profileOf(user: string): Profile {
    const profile = this.#profiles.get(user)
    if (profile === undefined) throw notFound(`there is no user ${user}`)
    return profile
  }
}
