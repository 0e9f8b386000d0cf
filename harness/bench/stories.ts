import { valueAt } from '../matrix/content.ts'
import type { Event, Json } from '../matrix/event.ts'
import { isObject } from '../matrix/json.ts'
import type { Parts } from '../reference/parts.ts'
import { standardParts } from '../reference/parts.ts'
import type { ReferencePeer } from '../reference/peer.ts'
import { signTemplate } from '../reference/users/handshake.ts'
import { textIn } from '../targets/client.ts'
import type { Prepared } from '../wire/request.ts'
import type { Draft, Room } from '../world/homeserver.ts'
import type { Contender } from './contender.ts'
import { jsonOf, signedBy } from './load.ts'
import { median } from './rounds.ts'

const perTransaction = 50
const rounds = 5
/** Of one step, in milliseconds: many times what the slowest takes on two cores. */
const [short, long] = [60_000, 300_000]

export interface Measured {
  readonly name: string
  /** `/s`: more is better; of all others less is. */
  readonly unit: 'ms' | '/s' | 'MiB'
  readonly value: number
}

/** What is tried with a server of its own that nobody else has used. */
export type Story = (contender: Contender) => Promise<readonly Measured[]>

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

const [warming, counted] = [10, 20]

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
  const [one, other] = [await contender.peer(), await contender.peer()]
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
  const ms = await contender.timed(`merge two branches of ${branch} events`, long, async () => {
    await Promise.all(
      branches.map(async ({ all }) => {
        for (const transaction of all) await contender.load.send(transaction)
      }),
    )
    for (const { events } of branches) await contender.sees(room, lastOf(events))
    await stateEvent(contender, room, 'm.room.topic', '')
  })
  return [{ name: `merge of two branches of ${branch} events`, unit: 'ms', value: ms }]
}

const stateEvent = ({ user }: Contender, room: Room, type: string, key: string): Promise<unknown> =>
  user.ask({
    method: 'GET',
    path: ['rooms', room.id, 'state', type, ...(key === '' ? [] : [key])],
    timeoutMs: long,
  })

/** Takes every request for what it says it is, so that a hundred servers in one process cost little. */
const trusting: Parts = {
  ...standardParts,
  requests: { ...standardParts.requests, verify: () => true },
}

/** One event of the server's user, until all of so many other servers have been sent it. */
export const fansOutTo =
  (servers: number): Story =>
  async (contender) => {
    const { user } = contender
    const body = { preset: 'public_chat', room_version: '11' }
    const answer = await user.ask({ method: 'POST', path: ['createRoom'], body })
    const roomId = textIn(answer, 'room_id') ?? ''
    const peers: ReferencePeer[] = []
    await contender.step(`let ${servers} servers join`, long, async () => {
      for (let index = 0; index < servers; index += 1) {
        const peer = await contender.peer(trusting)
        await peer.server.users.join(roomId, peer.user, [contender.target.serverName])
        peers.push(peer)
      }
      await contender.quiet()
    })
    const inbox = new Inbox()
    const times: number[] = []
    await inbox.openedAt(peers, async () => {
      for (let round = 0; round <= rounds; round += 1) {
        const words = `to all, ${round}`
        const ms = await contender.timed(`send an event to ${servers} servers`, short, async () => {
          const all = inbox.all(words, servers)
          const { type, content } = text(words)
          const path = ['rooms', roomId, 'send', type, `to-all-${round}`]
          await user.ask({ method: 'PUT', path, body: content })
          await all
        })
        // The first finds the ways.
        if (round > 0) times.push(ms)
      }
    })
    return [{ name: `event to ${servers} servers`, unit: 'ms', value: median(times) }]
  }

/** What is sent to peers, looked at and put away. */
class Inbox {
  #words = ''
  #waiting = 0
  #done: () => void = () => {}

  /** Until a message of these words has come to so many servers. */
  all(words: string, servers: number): Promise<void> {
    this.#words = words
    this.#waiting = servers
    return new Promise((resolve) => {
      this.#done = resolve
    })
  }

  async openedAt(peers: readonly ReferencePeer[], during: () => Promise<void>): Promise<void> {
    const over = during()
    const honest = { status: 200, body: { pdus: {} } }
    const respond = ({ body }: { readonly body: unknown }) => {
      if (isObject(body)) this.#take(body['pdus'])
      return honest
    }
    await Promise.all(peers.map((peer) => peer.answering('send', respond, () => over)))
  }

  #take(pdus: unknown): void {
    if (!Array.isArray(pdus)) return
    for (const pdu of pdus) {
      if (textIn(pdu, 'content', 'body') !== this.#words) continue
      this.#waiting -= 1
      if (this.#waiting === 0) this.#done()
    }
  }
}

/** A server joins a room of so many members, which all others know of, and then lets another server in. */
export const joinsOf =
  (members: number): Story =>
  async (contender) => {
    const [host, guest] = [await contender.peer(), await contender.peer()]
    const room = await host.createRoom()
    const crowd = Array.from({ length: members - 1 }, (_, index) => `@user${index}:${host.name}`)
    await contender.step(`make a room of ${members} members`, long, async () => {
      for (const sender of crowd) host.author(room, joinOf(sender))
      await contender.quiet()
    })
    const before = contender.memory
    const joining = performance.now()
    const join = `join of a room of ${members} members, as joiner`
    const told = await contender.timed(join, long, () => contender.join(room, host))
    // A server may say that it has joined before it knows the room: who is in it, it can only tell when it does.
    await contender.step('learn who is in the room', long, () =>
      stateEvent(contender, room, 'm.room.member', crowd.at(-1) ?? ''),
    )
    const known = performance.now() - joining
    await contender.step('come to rest', short, () => contender.quiet())
    const grown = contender.memory - before
    const times: number[] = []
    for (let round = 0; round < rounds; round += 1)
      times.push(await letIn(contender, { room, guest, members }))
    const of = `of a room of ${members} members`
    return [
      { name: `join ${of}, as joiner, until its user is told`, unit: 'ms', value: told },
      { name: `join ${of}, as joiner, until all are known`, unit: 'ms', value: known },
      { name: `join ${of}, as resident`, unit: 'ms', value: median(times) },
      {
        name: `memory ${of}, for 100,000 events`,
        unit: 'MiB',
        value: (grown / members) * 100_000,
      },
    ]
  }

const joinOf = (sender: string): Draft => ({
  type: 'm.room.member',
  state_key: sender,
  sender,
  content: { membership: 'join', displayname: sender.slice(1, 12) },
})

/** make_join and send_join by a user of the guest: milliseconds of both, without what the guest itself has to do between them. */
async function letIn(
  contender: Contender,
  { room, guest, members }: { room: Room; guest: ReferencePeer; members: number },
): Promise<number> {
  const { load, target } = contender
  const user = await guest.newUser('guest')
  const destination = target.serverName
  const asking = signedBy(guest, {
    destination,
    operation: 'makeJoin',
    params: { roomId: room.id, userId: user },
    query: { ver: [room.version.id] },
  })
  let template: Json | undefined
  const first = await contender.timed('make_join', short, async () => {
    template = jsonOf(await load.send(asking))
  })
  const event = valueAt(template, 'event')
  if (!isObject(event)) throw new Error(`${destination} gave no template`)
  const join = signTemplate(guest.server.services, { version: room.version, event })
  const sending = signedBy(guest, {
    destination,
    operation: 'sendJoin',
    params: { roomId: room.id, eventId: join.id },
    body: { ...join.pdu },
  })
  let answer: Awaited<ReturnType<typeof load.send>> | undefined
  const second = await contender.timed('send_join', short, async () => {
    answer = await load.send(sending)
  })
  const state = answer && valueAt(jsonOf(answer), 'state')
  if (!Array.isArray(state) || state.length < members)
    throw new Error(`${destination} did not tell the whole state`)
  return first + second
}

/** How long it takes until it answers; the other starts are those of the other stories. */
export const starting: Story = (contender) =>
  Promise.resolve([{ name: 'start to ready', unit: 'ms', value: contender.target.startMs }])
