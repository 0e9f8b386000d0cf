import { execFileSync } from 'node:child_process'
import type { ReferencePeer } from '../reference/peer.ts'
import type { Room } from '../world/homeserver.ts'
import { Contender } from './contender.ts'
import { type Figure, median } from './rounds.ts'

const rounds = 3
const [transactions, perTransaction, branch] = [20, 50, 100]

const text = (body: string) => ({
  type: 'm.room.message',
  content: { msgtype: 'm.text', body },
})

async function timed(work: () => Promise<unknown>): Promise<number> {
  const began = performance.now()
  await work()
  return performance.now() - began
}

/** Milliseconds, or MiB, by what was measured. */
type Results = Readonly<Record<string, number>>

/** A room at the peer in which the server's user is, and nobody else. */
async function shared(contender: Contender, peer: ReferencePeer): Promise<Room> {
  const room = await peer.createRoom()
  await contender.homeserver.join(room, peer)
  return room
}

/** A server joins a room of so many members, which all others know of, and lets another server in. */
async function joins(contender: Contender, members: number): Promise<Results> {
  const { homeserver } = contender
  const [host, guest] = [await contender.peer(), await contender.peer()]
  const room = await host.createRoom()
  for (let index = 1; index < members; index += 1)
    await host.join(room, host, await host.newUser('crowd'))
  await contender.quiet()
  const before = contender.memory
  const asJoiner = await timed(async () => {
    await homeserver.join(room, host)
    // A server may say that it has joined before it knows the room: who is in it, it can only tell when it does.
    const { length } = await homeserver.state(room)
    if (length < members) throw new Error(`${homeserver.name} knows ${length} pieces of state`)
  })
  await contender.quiet()
  const grown = contender.memory - before
  const times: number[] = []
  for (let round = 0; round < rounds; round += 1) {
    const as = await guest.newUser('guest')
    times.push(await timed(() => guest.handshake(room, homeserver, as)))
  }
  return {
    [`join of ${members} members, as joiner, ms`]: asJoiner,
    [`join of ${members} members, as resident, ms`]: median(times),
    [`memory of a room of ${members} members, for 100,000 events, MiB`]:
      (grown / members) * 100_000,
  }
}

/** Events of a peer that a server takes in, until its user sees the last of them. */
async function ingests(contender: Contender): Promise<Results> {
  const { homeserver } = contender
  const peer = await contender.peer()
  const room = await shared(contender, peer)
  const ids = await said(peer, room, transactions * perTransaction)
  const ms = await timed(async () => {
    for (let start = 0; start < ids.length; start += perTransaction)
      await peer.push(homeserver, eventsOf(peer, ids.slice(start, start + perTransaction)))
    await homeserver.sees(room, ids.slice(-1))
  })
  return { 'PDU of 1,000 in transactions of 50, ms': ms / ids.length }
}

async function said(peer: ReferencePeer, room: Room, count: number): Promise<readonly string[]> {
  const drafts = Array.from({ length: count }, (_, index) => text(`${peer.name} ${index}`))
  return peer.withholding(() => peer.send(room, ...drafts))
}

const eventsOf = (peer: ReferencePeer, ids: readonly string[]) =>
  ids.flatMap((id) => peer.event(id) ?? [])

/** One event of the server's user, until so many other servers have it. */
async function fansOut(contender: Contender, servers: number): Promise<Results> {
  const { homeserver } = contender
  const peers: ReferencePeer[] = []
  for (let index = 0; index < servers; index += 1) peers.push(await contender.peer())
  const room = await homeserver.createRoom()
  for (const peer of peers) await peer.join(room, homeserver)
  await contender.quiet()
  const times: number[] = []
  for (let round = 0; round < rounds; round += 1) {
    times.push(
      await timed(async () => {
        const [id] = await homeserver.send(room, text(`to all, ${round}`))
        await Promise.all(peers.map((peer) => peer.receives(room, id)))
      }),
    )
  }
  return { [`event to ${servers} servers, ms`]: median(times) }
}

/** Two servers of a room were apart and have said a hundred things each, topics among them; then they tell a third. */
async function merges(contender: Contender): Promise<Results> {
  const { homeserver } = contender
  const peers = [await contender.peer(), await contender.peer()] as const
  const [one, other] = peers
  const room = await one.createRoom({ power: { [one.user]: 100, [other.user]: 100 } })
  await other.join(room, one)
  await homeserver.join(room, one)
  const members = (await one.state(room)).filter(({ state_key }) => state_key === homeserver.user)
  await other.sees(
    room,
    members.map(({ event_id }) => event_id),
  )
  const branches = await Promise.all(
    peers.map((peer) =>
      peer.withholding(() =>
        peer.send(
          room,
          ...Array.from({ length: branch }, (_, index) =>
            index % 4 === 0
              ? { type: 'm.room.topic', state_key: '', content: { topic: `${peer.name} ${index}` } }
              : text(`${peer.name} ${index}`),
          ),
        ),
      ),
    ),
  )
  const ms = await timed(async () => {
    for (const [index, peer] of peers.entries()) {
      const ids = branches[index] ?? []
      for (let start = 0; start < ids.length; start += perTransaction)
        await peer.push(homeserver, eventsOf(peer, ids.slice(start, start + perTransaction)))
    }
    await homeserver.sees(room, branches.flat())
    await homeserver.state(room)
  })
  return { [`merge of two branches of ${branch} events, ms`]: ms }
}

type Story = (contender: Contender) => Promise<Results>

const started: Story = (contender) => Promise.resolve({ 'start to ready, ms': contender.startMs })

/** Each story with a server of its own. */
async function resultsOf(spec: string, stories: readonly Story[]): Promise<Results> {
  const results: Record<string, number> = {}
  for (const story of stories) Object.assign(results, await Contender.with(spec, story))
  return results
}

/** A build, as users have it, that keeps everything on disk. */
function ours(): string {
  execFileSync('npm', ['run', '--silent', 'build'], { stdio: ['ignore', 'ignore', 'inherit'] })
  const flags = {
    name: 'SERVER_NAME',
    listen: 'ADDRESS:$FEDCHECK_PORT',
    'tls-cert': 'TLS_CERT',
    'tls-key': 'TLS_KEY',
    ca: 'CA',
    data: 'DIR/data',
  }
  const flagged = Object.entries(flags).map(([flag, value]) => `--${flag} "$FEDCHECK_${value}"`)
  const command = `"${process.execPath}" -e 'import("./dist/harness/cli/main.js").then((cli) => cli.main(process.argv.slice(1)))'`
  return `process:exec ${command} serve ${flagged.join(' ')} --log quiet`
}

/** The reference as a process of its own beside the Synapse that is installed: what the one takes is the limit of the other. */
async function besideSynapse(stories: readonly Story[]): Promise<Figure[]> {
  const values = await resultsOf(ours(), stories)
  const limits = await resultsOf('synapse', stories)
  return Object.entries(values).map(([name, value]) => {
    const limit = limits[name] ?? Number.NaN
    const ratio = limit / value
    const target = name.startsWith('PDU') ? 100 : 20
    const [, what = name, unit = ''] = /^(.*), (\S+)$/.exec(name) ?? []
    return {
      name: `${what} (limit: Synapse)`,
      value,
      unit,
      limit,
      ratio,
      target,
      met: ratio >= target,
    }
  })
}

export const serverFigures = (): Promise<Figure[]> =>
  besideSynapse([
    started,
    ingests,
    merges,
    ...[1, 10, 100].map(
      (servers): Story =>
        (contender) =>
          fansOut(contender, servers),
    ),
    (contender) => joins(contender, 1_000),
  ])

export const largeRoomFigures = (): Promise<Figure[]> =>
  besideSynapse([(contender) => joins(contender, 10_000)])
