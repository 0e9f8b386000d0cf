import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import {
  type MatrixClient,
  type MatrixEvent,
  MatrixEventEvent,
  type Room,
  ClientEvent,
  createClient,
  SyncState,
} from 'matrix-js-sdk'
import { CryptoEvent } from 'matrix-js-sdk/lib/crypto-api/index.js'
import { type Logger, logger } from 'matrix-js-sdk/lib/logger.js'
import { Agent, fetch, type RequestInfo, type RequestInit } from 'undici'
import type { Place } from '../foreign/test-citizen.ts'

/** How long anything may take to get from one app to another, through two servers and encryption. */
const patienceMs = 25_000

/** A user with matrix-js-sdk and its Rust crypto, as in a real client, on any homeserver. */
export class App {
  readonly client: MatrixClient
  readonly user: string
  readonly device: string
  readonly #agent: Agent

  /** Registers a user whose name begins with `localpart`, and syncs once. */
  static async register(place: Place, localpart: string): Promise<App> {
    const agent = agentFor(place)
    const guest = clientAt(place, agent)
    const username = `${localpart}-${randomBytes(4).toString('hex')}`
    const made = await guest.registerRequest({
      username,
      password,
      auth: { type: 'm.login.dummy' },
    })
    return App.#open(place, agent, made)
  }

  /** Another device of a user. */
  static async login(place: Place, user: string): Promise<App> {
    const agent = agentFor(place)
    const login = await clientAt(place, agent).loginRequest({
      type: 'm.login.password',
      identifier: { type: 'm.id.user', user },
      password,
    })
    return App.#open(place, agent, login)
  }

  static async #open(place: Place, agent: Agent, login: LoggedIn): Promise<App> {
    const { user_id: user, device_id: device, access_token: accessToken } = login
    assert.ok(device !== undefined && accessToken !== undefined)
    const client = clientAt(place, agent, { userId: user, deviceId: device, accessToken })
    await client.initRustCrypto({ useIndexedDB: false })
    const app = new App(client, { user, device, agent })
    const synced = app.until('the first sync', () => client.getSyncState() === SyncState.Prepared)
    await client.startClient({ initialSyncLimit: 20, lazyLoadMembers: true })
    await synced
    return app
  }

  private constructor(
    client: MatrixClient,
    { user, device, agent }: { user: string; device: string; agent: Agent },
  ) {
    this.client = client
    this.user = user
    this.device = device
    this.#agent = agent
  }

  async close(): Promise<void> {
    this.client.stopClient()
    await this.#agent.destroy()
  }

  /** The room, as soon as the app knows it. */
  room(roomId: string): Promise<Room> {
    return this.until(`the room ${roomId}`, () => this.client.getRoom(roomId) ?? undefined)
  }

  /** Waits until the app has decrypted a message with these words; answers it. */
  reads(roomId: string, body: string): Promise<MatrixEvent> {
    return this.until(`the message ${body}`, () =>
      this.client
        .getRoom(roomId)
        ?.getLiveTimeline()
        .getEvents()
        .find((event) => !event.isDecryptionFailure() && event.getContent()['body'] === body),
    )
  }

  /** Waits until the app knows a device of somebody, so that it encrypts for it. */
  async knowsDevice(user: string, device: string): Promise<void> {
    const crypto = this.client.getCrypto()
    assert.ok(crypto !== undefined)
    await this.until(`${user}'s device ${device}`, async () => {
      const known = await crypto.getUserDeviceInfo([user])
      return known.get(user)?.has(device) === true ? true : undefined
    })
  }

  /** What `probe` answers as soon as it answers something; it is asked again whenever anything comes in. */
  until<T>(
    what: string,
    probe: () => T | false | undefined | Promise<T | false | undefined>,
  ): Promise<T> {
    return new Promise((resolve, reject) => {
      const done = () => {
        clearTimeout(timer)
        for (const event of newsEvents) this.client.off(event, look)
      }
      const timer = setTimeout(() => {
        done()
        reject(new Error(`${this.user} waits for ${what}`))
      }, patienceMs)
      const look = () => {
        Promise.resolve(probe()).then((found) => {
          if (found === undefined || found === false) return
          done()
          resolve(found)
        }, reject)
      }
      for (const event of newsEvents) this.client.on(event, look)
      look()
    })
  }
}

const newsEvents = [
  ClientEvent.Sync,
  ClientEvent.Event,
  MatrixEventEvent.Decrypted,
  CryptoEvent.DevicesUpdated,
] as const

const password = 'of no importance'

interface LoggedIn {
  readonly user_id: string
  readonly device_id?: string
  readonly access_token?: string
}

const agentFor = ({ ca }: Place): Agent => new Agent({ connect: { ca } })

const silence = () => undefined

const silent: Logger = {
  trace: silence,
  debug: silence,
  info: silence,
  warn: silence,
  error: silence,
  getChild: () => silent,
}

function clientAt(
  { baseUrl }: Place,
  agent: Agent,
  login: Partial<Record<'userId' | 'deviceId' | 'accessToken', string>> = {},
): MatrixClient {
  // undici's own fetch, since Node's built-in one takes no agent that trusts another authority.
  const withAgent = (input: RequestInfo, init?: RequestInit) =>
    fetch(input, { ...init, dispatcher: agent })
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- the two differ in their declarations only
  const fetchFn = withAgent as unknown as typeof globalThis.fetch
  return createClient({ baseUrl, fetchFn, logger: silent, ...login })
}

const muted = ['debug', 'info', 'warn', 'error'] as const

/** Ends what the SDK and its WebAssembly tell on the console; answers what brings it back. */
export function mute(): () => void {
  logger.disableAll()
  const kept = muted.map((method) => [method, console[method]] as const)
  for (const method of muted) console[method] = silence
  return () => {
    for (const [method, original] of kept) console[method] = original
  }
}
