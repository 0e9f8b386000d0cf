import { setImmediate as turn } from 'node:timers/promises'
import { valueAt } from '../matrix/content.ts'
import type { Json } from '../matrix/event.ts'
import { isObject } from '../matrix/json.ts'
import type { ReferencePeer } from '../reference/peer.ts'
import { signTemplate } from '../reference/users/handshake.ts'
import type { Draft, Room } from '../world/homeserver.ts'
import type { Contender } from './contender.ts'
import { jsonOf, signedBy } from './load.ts'
import { median } from './rounds.ts'
import { long, rooms, short, type Story } from './story.ts'

/** How many servers are let in before it counts, and how many of which the median does. */
const [early, rounds] = [5, 9]

/** A server joins rooms of so many members, which all others know of, and then lets another server in. */
export const joinsOf =
  (members: number): Story =>
  async (contender) => {
    const guest = await contender.peer()
    const all: Joined[] = []
    let memory = 0
    for (let round = 0; round < rooms; round += 1) {
      // What it takes for any room at all does not count.
      if (round === 1) memory = contender.memory
      all.push(await joined(contender, members))
    }
    const { room } = all.at(-1) ?? {}
    if (room === undefined) throw new Error('no room was made')
    const grown = contender.memory - memory
    const times: number[] = []
    for (let round = 0; round < early + rounds; round += 1)
      times.push(await letIn(contender, { room, guest, members }))
    const later = all.slice(1)
    const of = `of a room of ${members} members`
    return [
      {
        name: `join ${of}, as joiner, until its user is told`,
        unit: 'ms',
        value: median(later.map(({ told }) => told)),
      },
      {
        name: `join ${of}, as joiner, until all are known`,
        unit: 'ms',
        value: median(later.map(({ known }) => known)),
      },
      { name: `join ${of}, as resident`, unit: 'ms', value: median(times.slice(early)) },
      {
        name: `memory for 100,000 events of rooms of ${members} members`,
        unit: 'MiB',
        value: (Math.max(grown, 0.1) / (later.length * members)) * 100_000,
      },
    ]
  }

interface Joined {
  readonly room: Room
  /** Milliseconds until the user was told, and until the server could tell who is in the room. */
  readonly told: number
  readonly known: number
}

/** Joins a room of a peer, which is gone from then on. */
async function joined(contender: Contender, members: number): Promise<Joined> {
  const host = await contender.peer()
  const room = await host.createRoom()
  const crowd = Array.from({ length: members - 1 }, (_, index) => `@user${index}:${host.name}`)
  await contender.step(`make a room of ${members} members`, long, async () => {
    for (const [index, sender] of crowd.entries()) {
      host.author(room, joinOf(sender))
      // Ctrl-C and the bound have a say in between.
      if (index % 100 === 0) await turn()
    }
    await contender.quiet()
  })
  const began = performance.now()
  const join = `join of a room of ${members} members, as joiner`
  const told = await contender.timed(join, long, () => contender.join(room, host))
  // A server may say that it has joined before it knows the room: who is in it, it can only tell when it does.
  await contender.step('learn who is in the room', long, () =>
    contender.knows(room, 'm.room.member', crowd.at(-1) ?? ''),
  )
  const known = performance.now() - began
  await contender.step('come to rest', short, () => contender.quiet())
  await host.stop()
  return { room, told, known }
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
