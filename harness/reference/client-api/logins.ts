import { randomBytes, scrypt, timingSafeEqual } from 'node:crypto'
import { promisify } from 'node:util'
import { MatrixError, forbidden } from '../errors.ts'
import type { Devices } from '../devices/devices.ts'
import type { UserOperations } from '../users/operations.ts'

const derive = promisify<string, Buffer, number, { N: number }, Buffer>(scrypt)
/** Cheap on purpose: a run registers hundreds of users, and their passwords protect nothing. */
const COST = { N: 1024 }
const KEY_BYTES = 32
/** Remembered requests of one device: a repetition comes soon after the original. */
const REMEMBERED = 1_000

/** One login: its token names it. */
export interface Device {
  readonly user: string
  readonly id: string
  readonly token: string
}

interface Password {
  readonly salt: Buffer
  readonly key: Buffer
}

/** Who may act as which user: passwords, devices, tokens, and what each device has already sent. */
export class Logins {
  readonly #users: UserOperations
  readonly #known: Devices
  readonly #passwords = new Map<string, Password>()
  readonly #devices = new Map<string, Device>()
  readonly #sent = new Map<string, Map<string, Promise<string>>>()
  readonly #forgotten = new Map<string, Set<string>>()

  constructor(users: UserOperations, known: Devices) {
    this.#users = users
    this.#known = known
  }

  /** @throws MatrixError M_USER_IN_USE, M_INVALID_USERNAME */
  async register(localpart: string, password: string): Promise<string> {
    const salt = randomBytes(16)
    const key = await derive(password, salt, KEY_BYTES, COST)
    const user = this.#users.createUser(localpart)
    this.#passwords.set(user, { salt, key })
    return user
  }

  /** @throws MatrixError M_FORBIDDEN */
  async check(user: string, password: string): Promise<void> {
    const known = this.#passwords.get(user)
    const salt = known?.salt ?? randomBytes(16)
    const key = await derive(password, salt, KEY_BYTES, COST)
    if (known === undefined || !timingSafeEqual(key, known.key)) {
      throw forbidden('wrong user or password')
    }
  }

  /** A new token; the former one of the same device id ends. */
  login(user: string, deviceId?: string, displayName?: string): Device {
    const id = deviceId ?? randomBytes(5).toString('hex').toUpperCase()
    for (const device of this.#devices.values()) {
      if (device.user === user && device.id === id) this.#end(device)
    }
    this.#known.open(user, id, displayName)
    const device = { user, id, token: randomBytes(24).toString('base64url') }
    this.#devices.set(device.token, device)
    return device
  }

  /** The device is no more, and its tokens with it. */
  logout(device: Device): void {
    this.#known.remove(device.user, device.id)
    for (const other of this.#devices.values())
      if (other.user === device.user && other.id === device.id) this.#end(other)
  }

  #end(device: Device): void {
    this.#devices.delete(device.token)
    this.#sent.delete(device.token)
  }

  logoutEverywhere(user: string): void {
    for (const device of this.#devices.values()) {
      if (device.user === user) this.logout(device)
    }
  }

  /** @throws MatrixError M_MISSING_TOKEN, M_UNKNOWN_TOKEN */
  device(token: string | undefined): Device {
    if (token === undefined)
      throw new MatrixError(401, 'M_MISSING_TOKEN', 'an access token is needed')
    const device = this.#devices.get(token)
    if (device === undefined) {
      throw new MatrixError(401, 'M_UNKNOWN_TOKEN', 'no such access token', { soft_logout: false })
    }
    return device
  }

  /** Does a deed once for a device and a key of its choice (client-server API, "Transaction identifiers"). */
  once(device: Device, key: string, deed: () => Promise<string>): Promise<string> {
    const sent = this.#sent.get(device.token) ?? new Map<string, Promise<string>>()
    this.#sent.set(device.token, sent)
    const earlier = sent.get(key)
    if (earlier !== undefined) return earlier
    const done = deed()
    sent.set(key, done)
    done.catch(() => sent.delete(key))
    const [oldest] = sent.keys()
    if (sent.size > REMEMBERED && oldest !== undefined) sent.delete(oldest)
    return done
  }

  forget(user: string, roomId: string): void {
    const rooms = this.#forgotten.get(user) ?? new Set<string>()
    this.#forgotten.set(user, rooms.add(roomId))
  }

  remember(user: string, roomId: string): void {
    this.#forgotten.get(user)?.delete(roomId)
  }

  hasForgotten(user: string, roomId: string): boolean {
    return this.#forgotten.get(user)?.has(roomId) ?? false
  }
}
