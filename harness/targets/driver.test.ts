import assert from 'node:assert/strict'
import { once } from 'node:events'
import { createServer } from 'node:https'
import type { Server } from 'node:https'
import { afterEach, before, beforeEach, describe, it } from 'mocha'
import type { Json } from '../matrix/event.ts'
import { roomVersions } from '../matrix/room-version.ts'
import { Inconclusive, Nonconformance, Refused, Unsupported } from '../world/errors.ts'
import { createAuthority } from '../wire/tls.ts'
import type { Authority, Credentials } from '../wire/tls.ts'
import { ClientApi } from './client.ts'
import { TargetHomeserver } from './driver.ts'
import { TargetGone } from './errors.ts'
import { Session } from './session.ts'
import type { Target } from './target.ts'

interface Asked {
  readonly method: string
  readonly path: string
  readonly query: URLSearchParams
  readonly body: Json
}

/** Status and body; undefined: no answer, and the connection is closed. */
type Answer = readonly [number, Json] | undefined

/** A client API that says what a test wants it to say, over real TLS. */
class ScriptedServer implements Target {
  readonly spec = 'scripted'
  readonly serverName: string
  readonly baseUrl: string
  readonly client: ClientApi
  readonly exited: Promise<string>
  readonly pid = undefined
  readonly logFile = ''
  readonly startMs = 0
  readonly asked: Asked[] = []
  die: (why: string) => void = () => undefined
  script: (asked: Asked) => Answer = () => [404, { errcode: 'M_UNRECOGNIZED' }]
  #alive = true
  readonly #server: Server

  static async open(authority: Authority, credentials: Credentials): Promise<ScriptedServer> {
    const server = createServer({ cert: credentials.certificate, key: credentials.privateKey })
    server.listen(0, '127.0.0.1')
    await once(server, 'listening')
    return new ScriptedServer(server, authority.certificate)
  }

  private constructor(server: Server, ca: string) {
    const bound = server.address()
    this.serverName = `127.0.0.1:${typeof bound === 'object' ? bound?.port : ''}`
    this.baseUrl = `https://${this.serverName}`
    this.client = new ClientApi(this.baseUrl, ca)
    this.exited = new Promise((resolve) => {
      this.die = (why) => {
        this.#alive = false
        resolve(why)
      }
    })
    this.#server = server
    server.on('request', (request, response) => {
      const chunks: Buffer[] = []
      request.on('data', (chunk: Buffer) => chunks.push(chunk))
      request.on('end', () => {
        const url = new URL(request.url ?? '', this.baseUrl)
        const text = Buffer.concat(chunks).toString()
        const asked = {
          method: request.method ?? '',
          path: decodeURIComponent(url.pathname.replace('/_matrix/client/v3', '')),
          query: url.searchParams,
          body: text === '' ? null : JSON.parse(text),
        }
        this.asked.push(asked)
        const answer = this.script(asked)
        if (answer === undefined) request.socket.destroy()
        else response.writeHead(answer[0]).end(JSON.stringify(answer[1]))
      })
    })
  }

  info = () => Promise.reject(new Error('not scripted'))
  alive = () => this.#alive
  responds = () => Promise.resolve(this.#alive)
  logTail = () => ''

  async stop(): Promise<void> {
    await this.client.close()
    this.#server.closeAllConnections()
    this.#server.close()
  }
}

const alice: Answer = [200, { user_id: '@alice:x', access_token: 'secret' }]

const event = (event_id: string) => ({
  event_id,
  type: 'm.room.message',
  sender: '@bob:y',
  content: { body: event_id },
})

describe('TargetHomeserver, by what a server answers', () => {
  let authority: Authority
  let credentials: Credentials
  let server: ScriptedServer

  before(async () => {
    authority = await createAuthority()
    credentials = await authority.issue(['127.0.0.1'])
  })
  beforeEach(async () => {
    server = await ScriptedServer.open(authority, credentials)
  })
  afterEach(() => server.stop())

  const open = (patienceMs = 300) =>
    TargetHomeserver.open(server, { version: roomVersions.v11, patienceMs })

  /** Answers registrations, and the rest by `script`. */
  const answering = (script: (asked: Asked) => Answer) => {
    server.script = (asked) => (asked.path === '/register' ? alice : script(asked))
  }

  const room = { id: '!room:x', version: roomVersions.v11 }

  it('goes through the dummy stage where a session is demanded', async () => {
    server.script = ({ body }) =>
      JSON.stringify(body).includes('"session":"s1"')
        ? alice
        : [401, { session: 's1', flows: [{ stages: ['m.login.dummy'] }], params: {} }]

    assert.equal((await open()).user, '@alice:x')
    assert.equal(server.asked.length, 2)
  })

  it('cannot be opened where more than a dummy stage is demanded', async () => {
    server.script = () => [401, { session: 's1', flows: [{ stages: ['m.login.email.identity'] }] }]
    await assert.rejects(open(), Unsupported)

    server.script = () => [403, { errcode: 'M_FORBIDDEN', error: 'closed' }]
    await assert.rejects(open(), { reason: 'missing-capability:registration' })
  })

  it('waits as long as a rate limit asks', async () => {
    let times = 0
    answering(() => {
      times += 1
      return times < 3
        ? [429, { errcode: 'M_LIMIT_EXCEEDED', retry_after_ms: 25 }]
        : [200, { room_id: '!new:x' }]
    })

    assert.equal((await (await open()).createRoom()).id, '!new:x')
    assert.equal(times, 3)
  })

  it('throws a refusal with status and errcode', async () => {
    answering(() => [403, { errcode: 'M_FORBIDDEN', error: 'not you' }])
    const homeserver = await open()

    await assert.rejects(homeserver.leave(room), (error) => {
      assert.ok(error instanceof Refused)
      assert.deepEqual([error.status, error.errcode], [403, 'M_FORBIDDEN'])
      return /not you/.test(error.message)
    })
  })

  it('tells a server that died from one that does not answer', async () => {
    answering(() => undefined)
    const homeserver = await open()
    await assert.rejects(homeserver.leave(room), Inconclusive)

    answering(() => {
      server.die('was killed by SIGKILL')
      return undefined
    })
    await assert.rejects(homeserver.leave(room), (error) => {
      assert.ok(error instanceof TargetGone)
      return /killed by SIGKILL/.test(error.message)
    })
  })

  it('gives up what waits when it is closed', async () => {
    answering(() => [429, { errcode: 'M_LIMIT_EXCEEDED', retry_after_ms: 20_000 }])
    const waiting = await open()
    const leaving = waiting.leave(room)

    waiting.close()

    await assert.rejects(leaving, Inconclusive)
  })

  it('bounds how long it waits for an answer', async () => {
    server.script = () => [200, null]
    const { signal } = new AbortController()
    const context = { target: server, patienceMs: 1, signal, told: () => undefined }
    const deed = { method: 'GET', path: ['sync'], timeoutMs: 1 } as const

    await assert.rejects(new Session(context, '@alice:x').ask(deed), /within 1 ms/)
  })

  it('sees what /sync tells, in the first answer or later', async () => {
    const told = (...events: Json[]): Answer => [
      200,
      { next_batch: 's', rooms: { join: { [room.id]: { timeline: { events } } } } },
    ]
    answering(({ query }) => (query.has('since') ? told(event('$2')) : told(event('$1'))))
    const homeserver = await open()

    await homeserver.sees(room, ['$1', '$2'])

    assert.ok(server.asked.every(({ path }) => path === '/register' || path === '/sync'))
  })

  it('sees what only the history tells, and reads it to its start', async () => {
    answering(({ path, query }) => {
      if (path === '/sync') return [200, { next_batch: 's', rooms: {} }]
      const first = !query.has('from')
      return first
        ? [200, { chunk: [event('$3'), event('$2')], end: 'more' }]
        : [200, { chunk: [event('$1')] }]
    })
    const homeserver = await open()

    await homeserver.sees(room, ['$1', '$3'])

    const timeline = await homeserver.timeline(room)
    assert.deepEqual(
      timeline.map(({ event_id }) => event_id),
      ['$1', '$2', '$3'],
    )
  })

  it('names what is missing when the patience is over', async () => {
    answering(({ path }) =>
      path === '/sync' ? [200, { next_batch: 's' }] : [200, { chunk: [event('$1')] }],
    )
    const homeserver = await open(100)

    await assert.rejects(homeserver.sees(room, ['$1', '$2']), (error) => {
      assert.ok(error instanceof Nonconformance)
      return error.actual === '1 missing: $2'
    })
    await assert.rejects(homeserver.invited(room), Nonconformance)
  })
})
