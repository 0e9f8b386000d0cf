import assert from 'node:assert/strict'
import { request } from 'node:https'
import { Journal } from '../../journal/journal.ts'
import type { Json, JsonObject } from '../../matrix/event.ts'
import { isObject } from '../../matrix/json.ts'
import { Addresses } from '../../wire/addresses.ts'
import { type Authority, createAuthority } from '../../wire/tls.ts'
import { ReferenceServer } from '../homeserver.ts'
import { clientApi } from './client-api.ts'
import type { ClientApiOptions } from './client-api.ts'

interface Answer {
  readonly status: number
  readonly headers: Readonly<Record<string, string | readonly string[] | undefined>>
  readonly bytes: Buffer
  /** The body where it is an object, else empty. */
  readonly json: JsonObject
  /** The body where it is a list, else empty. */
  readonly list: readonly JsonObject[]
}

type Token = string | undefined

/** For tests: a reference with a client API, and what its clients do, over TLS. */
export class TestClient {
  readonly serverName: string
  readonly server: ReferenceServer
  readonly #journal: Journal
  readonly #ca: string
  #users = 0

  static async start(options: ClientApiOptions = {}): Promise<TestClient> {
    const address = (await Addresses.detect()).next()
    return TestClient.#startOne(await createAuthority(), address, options)
  }

  /** Two that trust each other. */
  static async pair(): Promise<readonly [TestClient, TestClient]> {
    const authority = await createAuthority()
    const addresses = await Addresses.detect()
    return Promise.all([
      TestClient.#startOne(authority, addresses.next()),
      TestClient.#startOne(authority, addresses.next()),
    ])
  }

  /** One whose data outlast it; the function stops it and starts it again. */
  static async lasting(data: string): Promise<readonly [TestClient, () => Promise<TestClient>]> {
    const authority = await createAuthority()
    const address = (await Addresses.detect()).next()
    let client = await TestClient.#startOne(authority, address, {}, { data })
    const again = async () => {
      const { port } = client.server
      const users = client.#users
      await client.stop()
      client = await TestClient.#startOne(authority, address, {}, { data, port })
      client.#users = users
      return client
    }
    return [client, again]
  }

  static async #startOne(
    authority: Authority,
    address: string,
    options: ClientApiOptions = {},
    more: { readonly data?: string; readonly port?: number } = {},
  ): Promise<TestClient> {
    const journal = new Journal()
    const server = await ReferenceServer.start({
      ...more,
      address,
      authority,
      journal,
      seed: 1,
      clientApi: (offered) => clientApi(offered, options),
    })
    return new TestClient(server, journal, authority.certificate)
  }

  private constructor(server: ReferenceServer, journal: Journal, ca: string) {
    this.#journal = journal
    this.server = server
    this.#ca = ca
    this.serverName = server.name
  }

  stop(): Promise<void> {
    return this.server.stop()
  }

  /** How often other servers have asked this one. */
  requests(operation: string): number {
    return this.#journal.facts.filter(
      (fact) =>
        fact.kind === 'exchange' && fact.to === this.serverName && fact.operation === operation,
    ).length
  }

  /** `path` below `/_matrix/client` (or from the root by `/../..`), `bytes` as they are. */
  raw(
    method: string,
    path: string,
    how: {
      readonly token?: string
      readonly bytes?: string | Uint8Array
      readonly headers?: Readonly<Record<string, string>>
    } = {},
  ): Promise<Answer> {
    return new Promise((resolve, reject) => {
      const sent = request({
        host: this.server.address,
        port: this.server.port,
        ca: this.#ca,
        method,
        path: `/_matrix/client${path}`.replace(/^\/_matrix\/client\/\.\.\/\.\.|\/v3\/\.\./, ''),
        headers: {
          ...how.headers,
          ...(how.token === undefined ? {} : { authorization: `Bearer ${how.token}` }),
        },
      })
      sent.once('error', reject)
      sent.once('response', (response) => {
        const chunks: Buffer[] = []
        response.on('data', (chunk: Buffer) => chunks.push(chunk))
        response.once('error', reject)
        response.once('end', () => {
          const { statusCode: status = 0, headers } = response
          const bytes = Buffer.concat(chunks)
          const isJson = headers['content-type']?.startsWith('application/json') ?? false
          resolve({ status, headers, bytes, ...bodyOf(isJson ? bytes.toString() : '') })
        })
      })
      sent.end(how.bytes)
    })
  }

  /** `path` below `/_matrix/client/v3`. */
  ask(method: string, path: string, token?: Token, body?: Json): Promise<Answer> {
    return this.raw(method, `/v3${path}`, {
      ...(token === undefined ? {} : { token }),
      ...(body === undefined ? {} : { bytes: JSON.stringify(body) }),
    })
  }

  async good(method: string, path: string, token?: Token, body?: Json): Promise<Answer> {
    const answer = await this.ask(method, path, token, body)
    assert.equal(answer.status, 200, `${method} ${path}: ${JSON.stringify(answer.json)}`)
    return answer
  }

  async refused(expected: readonly [number, string], ...call: Parameters<TestClient['ask']>) {
    const { status, json } = await this.ask(...call)
    assert.deepEqual([status, json['errcode']], expected)
    assert.equal(typeof json['error'], 'string')
  }

  async newUser(): Promise<{ readonly user: string; readonly token: string }> {
    this.#users += 1
    const { json } = await this.good('POST', '/register', undefined, {
      username: `user${this.#users}`,
      password: 'pass',
      auth: { type: 'm.login.dummy' },
    })
    return { user: text(json, 'user_id'), token: text(json, 'access_token') }
  }

  /** Syncs on from `since` until an answer shows what is looked for; throws after ten seconds without. */
  async syncUntil(
    token: string,
    since: string | undefined,
    found: (json: JsonObject) => boolean,
  ): Promise<{ readonly json: JsonObject; readonly next: string }> {
    const deadline = performance.now() + 10_000
    let from = since
    for (;;) {
      const query = from === undefined ? '' : `?timeout=3000&since=${from}`
      const { json } = await this.good('GET', `/sync${query}`, token)
      const next = text(json, 'next_batch')
      if (found(json)) return { json, next }
      assert.ok(performance.now() < deadline, `nothing found up to ${JSON.stringify(json)}`)
      from = next
    }
  }

  /** A public room unless told otherwise. */
  async newRoom(token: string, options: JsonObject = {}): Promise<string> {
    const body = { preset: 'public_chat', ...options }
    return text((await this.good('POST', '/createRoom', token, body)).json, 'room_id')
  }

  /** Sends a message; the words serve as its transaction id too. */
  async say(token: string, roomId: string, body: string): Promise<string> {
    const path = `${at(roomId)}/send/m.room.message/${encodeURIComponent(body)}`
    const { json } = await this.good('PUT', path, token, { msgtype: 'm.text', body })
    return text(json, 'event_id')
  }
}

function bodyOf(bytes: string): Pick<Answer, 'json' | 'list'> {
  const body: Json = bytes === '' ? null : JSON.parse(bytes)
  return {
    json: isObject(body) ? body : {},
    list: Array.isArray(body) ? body.filter(isObject) : [],
  }
}

export const at = (roomId: string): string => `/rooms/${encodeURIComponent(roomId)}`

/** The value at a path inside JSON. */
export const inside = (
  json: Json | undefined,
  ...path: readonly (string | number)[]
): Json | undefined =>
  path.reduce<Json | undefined>((value, key) => {
    if (Array.isArray(value)) return value[Number(key)]
    return isObject(value) ? value[key] : undefined
  }, json)

/** A text that must be there. */
export function text(json: Json | undefined, ...path: readonly (string | number)[]): string {
  const value = inside(json, ...path)
  assert.ok(typeof value === 'string', `${path.join('.')} is no text`)
  return value
}

export const typesOf = (events: Json | undefined): readonly (Json | undefined)[] =>
  Array.isArray(events) ? events.map((event) => inside(event, 'type')) : []
