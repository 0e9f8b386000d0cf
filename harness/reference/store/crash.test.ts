import assert from 'node:assert/strict'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, it } from 'mocha'
import { Journal } from '../../journal/journal.ts'
import type { Event } from '../../matrix/event.ts'
import { roomVersions } from '../../matrix/room-version.ts'
import { Addresses } from '../../wire/addresses.ts'
import { createAuthority } from '../../wire/tls.ts'
import type { Homeserver, Room } from '../../world/homeserver.ts'
import { at, inside, text } from '../client-api/test-client.ts'
import { ReferencePeer } from '../peer.ts'
import { seededRandom } from '../random.ts'
import { text as message, topic } from '../test-bench.ts'
import { TestProcess } from './test-process.ts'

/** How often the server is killed; more by the environment, for a night. */
const rounds = Number(process.env['FEDCHECK_CRASHES'] ?? 3)
const seed = Number(process.env['FEDCHECK_SEED'] ?? 1)

/** What the server has said 200 to, and what it has not. */
class Ledger {
  /** Transaction id of a client → event id. */
  readonly sent = new Map<string, string>()
  readonly unsure = new Set<string>()
  readonly pushed: Event[] = []
  readonly doubtful: Event[] = []
  name = ''
  /** Event ids of all syncs, in their order. */
  readonly seen: string[] = []
  #awaited = 0
  #enough: (() => void) | undefined

  /** Called for every acknowledgement. */
  count(): void {
    this.#awaited -= 1
    if (this.#awaited <= 0) this.#enough?.()
  }

  /** Comes back after so many more. */
  more(count: number): Promise<void> {
    this.#awaited = count
    return new Promise((resolve) => {
      this.#enough = resolve
    })
  }
}

interface Story {
  readonly server: TestProcess
  readonly peer: ReferencePeer
  readonly token: string
  readonly room: Room
  readonly ledger: Ledger
}

async function withStory(tell: (story: Story) => Promise<void>): Promise<void> {
  const folder = await mkdtemp(join(tmpdir(), 'fedcheck-crash-'))
  const addresses = await Addresses.detect()
  const authority = await createAuthority()
  const journal = new Journal()
  const server = await TestProcess.prepare(folder, addresses.next(), authority)
  const peer = await ReferencePeer.start({
    address: addresses.next(),
    authority,
    journal,
    seed,
    version: roomVersions.v11,
    patienceMs: 30_000,
  })
  try {
    await server.start()
    await tell({ server, peer, ledger: new Ledger(), ...(await setUp(server, peer)) })
  } finally {
    await Promise.all([server.end(), peer.stop()])
    await journal.close()
    await rm(folder, { recursive: true, force: true })
  }
}

async function setUp(server: TestProcess, peer: ReferencePeer) {
  const account = { username: 'alice', password: 'pass', auth: { type: 'm.login.dummy' } }
  const token = text(await server.good('POST', '/register', undefined, account), 'access_token')
  const options = { preset: 'public_chat', power_level_content_override: { state_default: 0 } }
  const roomId = text(await server.good('POST', '/createRoom', token, options), 'room_id')
  const version = roomVersions.v11
  await peer.join({ id: roomId, version }, serverOf(server))
  return { token, room: { id: roomId, version } }
}

/** As far as a peer has to know another server. */
// oxlint-disable-next-line typescript/no-unsafe-type-assertion -- only its name is looked at
const serverOf = ({ name }: TestProcess) => ({ name }) as Homeserver

/** Sends one message after the other, until the server is gone. */
async function chat({ server, token, room, ledger }: Story, label: string): Promise<void> {
  for (let count = 0; ; count += 1) {
    const txnId = `${label}-${count}`
    ledger.unsure.add(txnId)
    try {
      ledger.sent.set(txnId, await say({ server, token, room }, txnId))
      ledger.unsure.delete(txnId)
      ledger.count()
    } catch {
      return
    }
  }
}

async function say(
  { server, token, room }: Pick<Story, 'server' | 'token' | 'room'>,
  txnId: string,
): Promise<string> {
  const path = `${at(room.id)}/send/m.room.message/${txnId}`
  const body = { msgtype: 'm.text', body: txnId }
  return text(await server.good('PUT', path, token, body), 'event_id')
}

/** Pushes transactions of three events of another server, until this one is gone. */
async function replicate({ server, peer, room, ledger }: Story, label: string): Promise<void> {
  for (let count = 0; ; count += 1) {
    const drafts = [message(`${label}-${count}`), topic(`${label}-${count}`), message('third')]
    const events = drafts.map((draft) => peer.author(room, draft))
    ledger.doubtful.push(...events)
    const reply = await peer.push(serverOf(server), events).catch(() => undefined)
    if (reply?.status !== 200) return
    for (const { id } of events)
      assert.deepEqual(inside(reply.json, 'pdus', id), {}, `${id}: ${JSON.stringify(reply.json)}`)
    ledger.doubtful.splice(-events.length)
    ledger.pushed.push(...events)
    ledger.count()
  }
}

/** Changes the display name time and again, and notes what was last acknowledged. */
async function rename({ server, token, ledger }: Story, label: string): Promise<void> {
  const user = encodeURIComponent(`@alice:${server.name}`)
  for (let count = 0; ; count += 1) {
    const name = `${label} ${count}`
    try {
      await server.good('PUT', `/profile/${user}/displayname`, token, { displayname: name })
      ledger.name = name
      ledger.count()
    } catch {
      return
    }
  }
}

async function isThere({ server, token, room }: Story, eventId: string): Promise<boolean> {
  const path = `${at(room.id)}/event/${encodeURIComponent(eventId)}`
  return (await server.ask('GET', path, token)).status === 200
}

/** What had been answered for before it was judged is judged after the start, for which its server's keys are fetched. */
async function comesBack(story: Story, eventId: string): Promise<boolean> {
  for (const end = performance.now() + 20_000; performance.now() < end; ) {
    if (await isThere(story, eventId)) return true
    await new Promise((resolve) => setTimeout(resolve, 50))
  }
  return false
}

const number = (name: string): number => Number(name.split(' ').at(-1))

/** What was acknowledged is there; what was not is whole, or can be done once more. */
async function check(story: Story, label: string): Promise<void> {
  const { server, peer, token, ledger } = story
  for (const id of [...ledger.sent.values(), ...ledger.pushed.map((event) => event.id)])
    assert.ok(
      await comesBack(story, id),
      `${id} was acknowledged before ${label} ended and is gone`,
    )
  const user = encodeURIComponent(`@alice:${server.name}`)
  const { displayname } = await server.good('GET', `/profile/${user}`, token)
  assert.ok(typeof displayname === 'string')
  if (ledger.name !== '') assert.ok(number(displayname) >= number(ledger.name), displayname)
  for (const txnId of ledger.unsure) ledger.sent.set(txnId, await say(story, txnId))
  ledger.unsure.clear()
  if (ledger.doubtful.length === 0) return
  const again = await peer.push(serverOf(server), ledger.doubtful)
  assert.equal(again.status, 200)
  ledger.pushed.push(...ledger.doubtful.splice(0))
}

/** All that came since `since`; answers where the next sync begins. */
async function sync({ server, token, room, ledger }: Story, since: string | undefined) {
  const filter = encodeURIComponent(JSON.stringify({ room: { timeline: { limit: 1_000 } } }))
  const path = `/sync?filter=${filter}${since === undefined ? '' : `&since=${since}`}`
  const json = await server.good('GET', path, token)
  const events = inside(json, 'rooms', 'join', room.id, 'timeline', 'events')
  for (const event of Array.isArray(events) ? events : []) ledger.seen.push(text(event, 'event_id'))
  return text(json, 'next_batch')
}

describe('a server that is killed', () => {
  it('has all that it had acknowledged, and goes on', async function () {
    this.timeout(60_000 + rounds * 15_000)
    await withStory(async (story) => {
      const { server, peer, room, ledger } = story
      const random = seededRandom(seed)
      let since: string | undefined
      for (let round = 0; round < rounds; round += 1) {
        const label = `round-${round}`
        ledger.name = ''
        since = await sync(story, since)
        const enough = ledger.more(5 + random() * 40)
        const load = [
          chat(story, `a-${label}`),
          chat(story, `b-${label}`),
          replicate(story, label),
          rename(story, label),
        ]
        await enough
        await new Promise((resolve) => setTimeout(resolve, random() * 20))
        await server.kill()
        await Promise.all(load)
        await server.start()
        await check(story, label)
      }

      await sync(story, since)
      assert.equal(new Set(ledger.seen).size, ledger.seen.length, 'an event came twice')
      const seen = new Set(ledger.seen)
      const mine = [...ledger.sent.values()]
      const missed = [...mine, ...ledger.pushed.map(({ id }) => id)].filter((id) => !seen.has(id))
      assert.deepEqual(missed, [], 'a sync passed over them')
      assert.equal(new Set(mine).size, mine.length, 'a message was sent twice')
      await peer.sees(room, mine)
      await server.kill('SIGTERM')
    })
  })
})
