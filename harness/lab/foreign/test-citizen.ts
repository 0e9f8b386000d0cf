import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import type { Json, JsonObject } from '../../matrix/event.ts'
import { isObject } from '../../matrix/json.ts'
import { type Answered, ClientApi, type Method, valueIn } from '../../targets/client.ts'

/** How long anything may take to get from one server to another. */
const patienceMs = 20_000

export interface Place {
  readonly name: string
  /** `https://ADDRESS:PORT`. */
  readonly baseUrl: string
  /** PEM of the authority that signed its certificate. */
  readonly ca: string
}

/** A user of any homeserver, with nothing but the client API. */
export class Citizen {
  readonly user: string
  readonly server: Place
  readonly token: string
  readonly device: string
  readonly #api: ClientApi

  private constructor(server: Place, api: ClientApi, login: JsonObject) {
    this.server = server
    this.#api = api
    this.user = textOf(login, 'user_id')
    this.token = textOf(login, 'access_token')
    this.device = textOf(login, 'device_id')
  }

  static async register(server: Place, localpart: string): Promise<Citizen> {
    const api = new ClientApi(server.baseUrl, server.ca)
    const { json, status } = await api.call({
      method: 'POST',
      path: '/_matrix/client/v3/register',
      body: {
        username: `${localpart}-${randomBytes(4).toString('hex')}`,
        password: 'of no importance',
        auth: { type: 'm.login.dummy' },
      },
    })
    assert.equal(status, 200, JSON.stringify(json))
    assert.ok(isObject(json))
    return new Citizen(server, api, json)
  }

  async close(): Promise<void> {
    await this.#api.close()
  }

  /** `path`: below `/_matrix/client/v3`, or from the root. Pieces of it must be escaped. */
  async call(method: Method, path: string, body?: Json): Promise<Answered> {
    return this.#api.call({
      method,
      path: path.startsWith('/_matrix') ? path : `/_matrix/client/v3${path}`,
      token: this.token,
      ...(body === undefined ? {} : { body }),
    })
  }

  /** The body of an answer that has to be 200. */
  async ask(method: Method, path: string, body?: Json): Promise<Json> {
    const { status, json } = await this.call(method, path, body)
    assert.equal(status, 200, `${this.user}: ${method} ${path}: ${status} ${JSON.stringify(json)}`)
    return json ?? null
  }

  async createRoom(options: JsonObject = {}): Promise<string> {
    return textOf(
      await this.ask('POST', '/createRoom', { preset: 'public_chat', ...options }),
      'room_id',
    )
  }

  /** Answers the room id. */
  async join(room: string, via: Place): Promise<string> {
    const path = `/join/${encodeURIComponent(room)}?server_name=${via.name}&via=${via.name}`
    return textOf(await this.ask('POST', path, {}), 'room_id')
  }

  /** A deed of the client API on a room: invite, leave, kick, ban, unban. */
  async does(deed: string, room: string, body: JsonObject = {}): Promise<void> {
    await this.ask('POST', `/rooms/${encodeURIComponent(room)}/${deed}`, body)
  }

  async say(room: string, words: string): Promise<string> {
    const path = `/rooms/${encodeURIComponent(room)}/send/m.room.message/${randomBytes(6).toString('hex')}`
    return textOf(await this.ask('PUT', path, { msgtype: 'm.text', body: words }), 'event_id')
  }

  async put(room: string, type: string, content: JsonObject, key = ''): Promise<string> {
    const path = `/rooms/${encodeURIComponent(room)}/state/${type}/${encodeURIComponent(key)}`
    return textOf(await this.ask('PUT', path, content), 'event_id')
  }

  /** Event ids of the room's current state, in order. */
  async state(room: string): Promise<readonly string[]> {
    const events = await this.ask('GET', `/rooms/${encodeURIComponent(room)}/state`)
    assert.ok(Array.isArray(events))
    return events.map((event: Json) => textOf(event, 'event_id')).toSorted()
  }

  /** The membership of somebody as this user sees it; undefined where there is none. */
  async membership(room: string, user: string): Promise<Json | undefined> {
    const path = `/rooms/${encodeURIComponent(room)}/state/m.room.member/${encodeURIComponent(user)}`
    const { json } = await this.call('GET', path)
    return valueIn(json, 'membership')
  }

  /** Where a sync goes on from now. */
  async now(): Promise<string> {
    return textOf(await this.ask('GET', '/sync?timeout=0'), 'next_batch')
  }

  /**
   * Follows this user's sync, from the start or from `since`, until `probe` answers something. Every answer goes to it once.
   * Fails with `what` after 20 s.
   */
  async sees<T>(what: string, probe: (answer: Json) => T | undefined, since?: string): Promise<T> {
    const end = performance.now() + patienceMs
    let from = since
    while (performance.now() < end) {
      const position = from === undefined ? '' : `&since=${encodeURIComponent(from)}`
      const answer = await this.ask('GET', `/sync?timeout=2000${position}`)
      const found = probe(answer)
      if (found !== undefined) return found
      from = textOf(answer, 'next_batch')
    }
    return assert.fail(`${this.user} did not see ${what} within ${patienceMs / 1_000} s`)
  }

  /** Waits until the events are in the room as this user sees it. */
  async hears(room: string, ...ids: readonly string[]): Promise<void> {
    const missing = new Set(ids)
    await this.sees(`${ids.length} events`, (answer) => {
      for (const part of ['timeline', 'state'])
        for (const event of listIn(answer, 'rooms', 'join', room, part, 'events'))
          missing.delete(textOf(event, 'event_id'))
      return missing.size === 0 ? true : undefined
    })
  }

  /** Asks again and again, as long as anything happens at all, until `probe` answers true. */
  async finds(what: string, probe: () => Promise<boolean>): Promise<void> {
    const end = performance.now() + patienceMs
    let since = await this.now()
    while (performance.now() < end) {
      if (await probe()) return
      since = textOf(
        await this.ask('GET', `/sync?timeout=300&since=${encodeURIComponent(since)}`),
        'next_batch',
      )
    }
    assert.fail(`${this.user} did not find ${what} within ${patienceMs / 1_000} s`)
  }
}

export function textOf(json: Json | undefined, key: string): string {
  const value = valueIn(json, key)
  assert.ok(typeof value === 'string', `${key} is missing: ${JSON.stringify(json)?.slice(0, 300)}`)
  return value
}

export function listIn(json: Json | undefined, ...path: readonly string[]): readonly Json[] {
  const value = valueIn(json, ...path)
  return Array.isArray(value) ? value : []
}
