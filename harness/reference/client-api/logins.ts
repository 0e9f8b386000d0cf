import { createHash, randomBytes, scrypt, timingSafeEqual } from 'node:crypto'
import { promisify } from 'node:util'
import { MatrixError, forbidden, invalidParam } from '../errors.ts'
import type { Devices } from '../devices/devices.ts'
import type { Store, Table } from '../store/store.ts'
import type { UserOperations } from '../users/operations.ts'

const derive = promisify<string, Buffer, number, { N: number }, Buffer>(scrypt)
/** Cheap on purpose: a run registers hundreds of users, and their passwords protect nothing. */
const COST = { N: 1024 }
const KEY_BYTES = 32
const longestDeviceId = 255

/** One login: whose and on which device. */
export type Device = {
  readonly user: string
  readonly id: string
}

/** A device that has just been given a token. */
interface LoggedIn extends Device {
  readonly token: string
}

type Password = { readonly salt: string; readonly key: string } | { readonly deactivated: true }

interface LoginsSetup {
  readonly users: UserOperations
  readonly devices: Devices
  readonly store: Store
}

/** Who may act as which user: passwords, and the tokens of devices. */
export class Logins {
  readonly #users: UserOperations
  readonly #devices: Devices
  readonly #passwords: Table<Password>
  /** Hash of a token, which nobody has to read again → whose it is. */
  readonly #tokens: Table<Device>
  /** Device → hash of its only token. */
  readonly #hashes = new Map<string, string>()

  constructor({ users, devices, store }: LoginsSetup) {
    this.#users = users
    this.#devices = devices
    this.#passwords = store.table('passwords')
    this.#tokens = store.table('tokens')
    for (const [hashed, device] of this.#tokens.entries()) this.#hashes.set(keyOf(device), hashed)
    devices.onChange((user, id, device) => {
      if (device === undefined) this.#end({ user, id })
    })
  }

  /** @throws MatrixError M_USER_IN_USE, M_INVALID_USERNAME */
  async register(localpart: string, password: string): Promise<string> {
    const hashed = await hash(password)
    const user = this.#users.createUser(localpart)
    this.#passwords.set(user, hashed)
    return user
  }

  /** @throws MatrixError M_FORBIDDEN, M_USER_DEACTIVATED */
  async check(user: string, password: string): Promise<void> {
    const known = this.#passwords.get(user)
    if (known !== undefined && 'deactivated' in known)
      throw new MatrixError(403, 'M_USER_DEACTIVATED', 'the account has been deactivated')
    const { key } = await hash(password, known?.salt)
    if (known === undefined || !timingSafeEqual(Buffer.from(key), Buffer.from(known.key))) {
      throw forbidden('wrong user or password')
    }
  }

  async changePassword(user: string, password: string): Promise<void> {
    this.#passwords.set(user, await hash(password))
  }

  /** Nobody can log in as the user any more. */
  deactivate(user: string): void {
    this.#passwords.set(user, { deactivated: true })
    this.logoutEverywhere(user)
  }

  /** A new token; the former one of the same device id ends. @throws MatrixError M_INVALID_PARAM */
  login(user: string, deviceId?: string, displayName?: string): LoggedIn {
    const id = deviceId ?? randomBytes(5).toString('hex').toUpperCase()
    if (id === '' || id.length > longestDeviceId) throw invalidParam('the device id is too long')
    this.#devices.open(user, id, displayName)
    this.#end({ user, id })
    const token = randomBytes(24).toString('base64url')
    this.#tokens.set(hashOf(token), { user, id })
    this.#hashes.set(keyOf({ user, id }), hashOf(token))
    return { user, id, token }
  }

  /** The device is no more, and its token with it. */
  logout({ user, id }: Device): void {
    this.#devices.remove(user, id)
  }

  /** Ends all devices of the user, but `kept`. */
  logoutEverywhere(user: string, kept?: Device): void {
    for (const id of Object.keys(this.#devices.of(user)))
      if (id !== kept?.id) this.logout({ user, id })
  }

  /** @throws MatrixError M_MISSING_TOKEN, M_UNKNOWN_TOKEN */
  device(token: string | undefined): Device {
    if (token === undefined)
      throw new MatrixError(401, 'M_MISSING_TOKEN', 'an access token is needed')
    const device = this.#tokens.get(hashOf(token))
    if (device === undefined) {
      throw new MatrixError(401, 'M_UNKNOWN_TOKEN', 'no such access token', { soft_logout: false })
    }
    return device
  }

  #end(device: Device): void {
    const hashed = this.#hashes.get(keyOf(device))
    if (hashed !== undefined) this.#tokens.delete(hashed)
    this.#hashes.delete(keyOf(device))
  }
}

const keyOf = ({ user, id }: Device): string => JSON.stringify([user, id])
const hashOf = (token: string): string => createHash('sha256').update(token).digest('base64url')

async function hash(
  password: string,
  salt = randomBytes(16).toString('base64'),
): Promise<{ readonly salt: string; readonly key: string }> {
  const key = await derive(password, Buffer.from(salt, 'base64'), KEY_BYTES, COST)
  return { salt, key: key.toString('base64') }
}
