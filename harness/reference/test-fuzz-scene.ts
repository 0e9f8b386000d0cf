import assert from 'node:assert/strict'
import { randomUUID } from 'node:crypto'
import { stringAt, valueAt } from '../matrix/content.ts'
import type { Json } from '../matrix/event.ts'
import { parseJson } from '../matrix/json.ts'
import type { WireReply, WireRequest } from '../wire/client.ts'
import { WireError } from '../wire/wire-error.ts'
import type { Room } from '../world/homeserver.ts'
import { clientApi } from './client-api/client-api.ts'
import type { ReferencePeer } from './peer.ts'
import { Bench, text, topic } from './test-bench.ts'

/** How many requests of each kind; more in CI. */
export const runs = Number(process.env['FEDCHECK_FUZZ_RUNS'] ?? 0)
/** The same every time, unless there is time to look for something new. */
export const seeded = runs > 0 ? {} : { seed: 1 }

/** Two servers in a room, and a room of the one of which the other must not learn anything. */
export interface Scene {
  readonly bench: Bench
  /** Who is asked. */
  readonly one: ReferencePeer
  /** Who asks. */
  readonly two: ReferencePeer
  readonly room: Room
  readonly secret: Room
  /** Nobody outside the secret room may see it; no request holds it. */
  readonly marker: string
  /** What requests are made of. */
  readonly words: readonly string[]
}

const common = [
  'm.room.member m.room.topic m.room join leave invite knock ban world_readable public 11 12 1 0 10',
  'm.text ed25519:1 f b displayname avatar_url DEVICE true signed_curve25519 m.login.dummy x s0',
].flatMap((line) => line.split(' '))

/** The scene, and what ends it. */
export async function setScene(): Promise<readonly [Scene, stop: () => void]> {
  let stop: (() => void) | undefined
  const stopped = new Promise<void>((resolve) => {
    stop = resolve
  })
  const scene = await new Promise<Scene>((ready, failed) => {
    void Bench.with(async (bench) => {
      ready(await sceneOn(bench))
      await stopped
    }).catch(failed)
  })
  return [scene, () => stop?.()]
}

export async function sceneOn(bench: Bench): Promise<Scene> {
  const one = await bench.peer({ clientApi })
  const two = await bench.peer()
  const marker = randomUUID()
  const room = await one.createRoom({ alias: 'open', name: 'open' })
  await two.join(room, one)
  const [said] = await one.send(room, text('hello'))
  const secret = await one.createRoom({ joinRule: 'invite', topic: marker })
  const [whispered] = await one.send(secret, text(marker), topic(marker))
  await one.setDisplayName('One')
  const more = await furnished(one, [room, secret])
  const words = [
    room.id,
    secret.id,
    '!unknown:127.0.0.1:1',
    said,
    whispered,
    one.heads(room)[0] ?? '',
    one.heads(secret)[0] ?? '',
    `$${'A'.repeat(43)}`,
    one.name,
    two.name,
    '127.0.0.1:1',
    one.user,
    one.member,
    two.user,
    two.member,
    '@nobody:127.0.0.1:1',
    `@nobody:${one.name}`,
    `#open:${one.name}`,
    `#nothing:${two.name}`,
    ...more,
    ...common,
  ]
  return { bench, one, two, room, secret, marker, words }
}

/** A space with rooms in it, a device with keys, media and an OpenID token; answers how they are called. */
async function furnished(one: ReferencePeer, rooms: readonly Room[]): Promise<readonly string[]> {
  const { users, people } = one.server
  const space = await users.createRoom(one.user, {
    isPublished: true,
    creation: { type: 'm.space' },
    initialState: rooms.map(({ id }) => ({
      type: 'm.space.child',
      state_key: id,
      content: { via: [one.name], suggested: true },
    })),
  })
  const device = { user: one.user, device: 'DEVICE' }
  people.devices.open(device.user, device.device)
  people.oneTimeKeys.add(device, { 'signed_curve25519:A': { key: 'x', signatures: {} } })
  const file = { bytes: Buffer.from('x'), type: 'text/plain' }
  return [space.id, await people.media.upload(one.user, file), people.openid.grant(one.user)]
}

/** Asks, and looks at the answer: none is 5xx, but for what other servers did not answer; refusals are typed; the marker is not in it. */
export async function answered({ one, two, marker }: Scene, request: Asked): Promise<WireReply> {
  const { destination = one.name } = request
  const reply = await two.server.client
    .request({ deliberate: true, timeoutMs: 8_000, ...request, destination })
    .catch((error: unknown) => {
      if (error instanceof WireError) assert.fail(`${request.uri}: ${error.message}`)
      throw error
    })
  const said = Buffer.from(reply.body).toString()
  const what = `${request.method ?? request.operation} ${request.uri ?? ''}: ${reply.status} ${said.slice(0, 300)}\n${one.server.faults.join('\n')}`
  assert.ok(reply.status < 500 || reply.status === 502 || reply.status === 504, what)
  assert.deepEqual(one.server.faults, [], what)
  // What is still to be shown of who asks is no refusal (client-server-api#user-interactive-authentication-api).
  const isStage = reply.status === 401 && valueAt(json(reply), 'flows') !== undefined
  if (reply.status >= 400 && !isStage) {
    assert.match(stringAt(json(reply), 'errcode') ?? '', /^[A-Z_]+$/, what)
    assert.equal(typeof valueAt(json(reply), 'error'), 'string', what)
  }
  assert.ok(!said.includes(marker), `${what}\nit tells what is in the other room`)
  return reply
}

type Asked = Omit<WireRequest, 'destination'> & { readonly destination?: string }

function json(reply: WireReply): Json {
  try {
    return parseJson(reply.body, { refuse: 'nothing' })
  } catch {
    return null
  }
}

/** The bytes of a body, whatever it holds. */
export const bytesOf = (body: Json): Uint8Array => Buffer.from(JSON.stringify(body) ?? '')

/** It still does what it is there for. */
export async function isWell(scene: Scene): Promise<void> {
  const { one, two } = scene
  await answered(scene, { operation: 'version' })
  const room = await one.createRoom()
  await two.join(room, one)
  const [sent] = await two.send(room, text('still here'))
  await one.sees(room, [sent])
  assert.deepEqual(one.server.faults, [])
}
