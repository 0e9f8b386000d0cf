import type { Event } from '../matrix/event.ts'
import { roomVersions } from '../matrix/room-version.ts'
import { type Parts, standardParts } from '../reference/parts.ts'
import type { ReferencePeer } from '../reference/peer.ts'
import { textIn } from '../targets/client.ts'
import type { Prepared } from '../wire/request.ts'
import type { Draft, Room } from '../world/homeserver.ts'
import type { Contender } from './contender.ts'
import { Ears } from './ears.ts'
import { signedBy } from './load.ts'
import { median } from './rounds.ts'
import { long, longest, rooms, short, type Story } from './story.ts'

const perTransaction = 50

const text = (body: string): Draft => ({
  type: 'm.room.message',
  content: { msgtype: 'm.text', body },
})

/** What the peer's user says, which reaches nobody. */
const said = (peer: ReferencePeer, room: Room, drafts: readonly Draft[]): readonly Event[] =>
  drafts.map((draft) => peer.author(room, draft))

/** Transactions of events, ready to be sent. */
function transactions(
  { target }: Contender,
  peer: ReferencePeer,
  events: readonly Event[],
): readonly Prepared[] {
  const starts = Array.from(
    { length: Math.ceil(events.length / perTransaction) },
    (_, index) => index * perTransaction,
  )
  return starts.map((start) =>
    signedBy(peer, {
      destination: target.serverName,
      operation: 'send',
      params: { txnId: `${events[start]?.id}` },
      body: {
        origin: peer.name,
        origin_server_ts: Date.now(),
        pdus: events.slice(start, start + perTransaction).map(({ pdu }) => ({ ...pdu })),
      },
    }),
  )
}

const lastOf = (events: readonly Event[]): string => events.at(-1)?.id ?? ''

const [warming, counted] = [30, 30]

/** Transactions of 50 events of a peer, one after the other, until a user can read the last event. */
export const ingests: Story = async (contender) => {
  const peer = await contender.peer()
  const room = await peer.createRoom()
  await contender.step('join the room of a peer', short, () => contender.join(room, peer))
  const drafts = Array.from({ length: (warming + counted) * perTransaction }, (_, index) =>
    text(`message ${index}`),
  )
  const events = said(peer, room, drafts)
  const all = transactions(contender, peer, events)
  const take = async (from: number, to: number) => {
    for (const one of all.slice(from, to)) await contender.load.send(one)
    await contender.sees(room, lastOf(events.slice(from * perTransaction, to * perTransaction)))
  }
  await contender.step(`take in ${warming} transactions first`, long, () => take(0, warming))
  const what = `take in ${counted} transactions of ${perTransaction} PDUs`
  const ms = await contender.timed(what, long, () => take(warming, warming + counted))
  const value = (counted * perTransaction * 1000) / ms
  return [{ name: `PDUs taken in, in transactions of ${perTransaction}`, unit: '/s', value }]
}

const branch = 100

/** Two servers of a room were apart and have said a hundred things each, topics among them; then both tell a third. */
export const merges: Story = async (contender) => {
  const peers = [await contender.peer(), await contender.peer()] as const
  const times: number[] = []
  for (let round = 0; round < rooms; round += 1) times.push(await merge(contender, peers))
  const name = `merge of two branches of ${branch} events`
  return [{ name, unit: 'ms', value: median(times.slice(1)) }]
}

async function merge(
  contender: Contender,
  [one, other]: readonly [ReferencePeer, ReferencePeer],
): Promise<number> {
  const room = await one.createRoom({ power: { [one.user]: 100, [other.user]: 100 } })
  await other.join(room, one)
  await contender.step('join the room of two peers', short, () => contender.join(room, one))
  await other.sees(room, one.heads(room))
  const branches = [one, other].map((peer) => {
    const drafts = Array.from({ length: branch }, (_, index) => {
      const words = `${peer.name} ${index}`
      return index % 4 > 0
        ? text(words)
        : { type: 'm.room.topic', state_key: '', content: { topic: words } }
    })
    const events = said(peer, room, drafts)
    return { events, all: transactions(contender, peer, events) }
  })
  return contender.timed(`merge two branches of ${branch} events`, long, async () => {
    await Promise.all(
      branches.map(async ({ all }) => {
        for (const transaction of all) await contender.load.send(transaction)
      }),
    )
    for (const { events } of branches) await contender.sees(room, lastOf(events))
    await contender.knows(room, 'm.room.topic', '')
  })
}

/** How many events are sent before it counts, and how many of which the median does. */
const [early, rounds] = [40, 21]

/** Until all have joined: takes what others of the room are sent for what it says it is, and does nothing with it. */
const trusting: Parts = {
  ...standardParts,
  handlers: {
    ...standardParts.handlers,
    send: () => Promise.resolve({ status: 200, json: { pdus: {} } }),
  },
  requests: { ...standardParts.requests, verify: () => true },
}

/** One event of the server's user, until all of so many other servers have been sent it. */
export const fansOutTo =
  (servers: number): Story =>
  async (contender) => {
    const { user } = contender
    const body = { preset: 'public_chat', room_version: '11' }
    const answer = await user.ask({ method: 'POST', path: ['createRoom'], body })
    const room: Room = { id: textIn(answer, 'room_id') ?? '', version: roomVersions.v11 }
    const ears = new Ears()
    contender.atEnd(() => ears.close())
    await contender.step(`let ${servers} servers join`, longest, async () => {
      const peers: ReferencePeer[] = []
      for (let index = 0; index < servers; index += 1) {
        const peer = await contender.peer(trusting)
        await peer.server.users.join(room.id, peer.user, [contender.target.serverName])
        peers.push(peer)
      }
      await contender.quiet()
      for (const peer of peers) {
        await peer.stop()
        await ears.listen(peer.server, await contender.credentialsOf(peer))
      }
    })
    const sendTo = (round: number) =>
      contender.timed(`send event ${round + 1} to ${servers} servers`, short, async () => {
        const words = `to all, ${round}!`
        const heard = ears.hear(words, servers)
        const { type, content } = text(words)
        const path = ['rooms', room.id, 'send', type, `to-all-${round}`]
        await user.ask({ method: 'PUT', path, body: content })
        await heard
      })
    const times: number[] = []
    for (let round = 0; round < early + rounds; round += 1) times.push(await sendTo(round))
    const value = median(times.slice(early))
    return [
      { name: `event to ${servers} ${servers === 1 ? 'server' : 'servers'}`, unit: 'ms', value },
    ]
  }

/** How long it takes until it answers; the other starts are those of the other stories. */
export const starting: Story = (contender) =>
  Promise.resolve([{ name: 'start to ready', unit: 'ms', value: contender.target.startMs }])
