import type { Event } from '../matrix/event.ts'
import { roomVersions } from '../matrix/room-version.ts'
import { standardParts } from '../reference/parts.ts'
import { Rooms } from '../reference/rooms/rooms.ts'
import { LevelStore } from '../reference/store/level-store.ts'
import { Invitations } from '../reference/users/invitations.ts'
import { Knocks } from '../reference/users/knocks.ts'
import { Streams } from '../reference/users/streams.ts'
import { lineOfMessages } from './long-room.ts'
import { startPeers } from './reference-peers.ts'
import { processorSeconds } from './rounds.ts'

const own = 'hs0.example.org'

/** Rooms and streams of a data folder, as a server has them at its start. */
const open = async (directory: string) => {
  const store = await LevelStore.open(directory)
  const rooms = new Rooms({ own, store, parts: standardParts.rooms })
  const others = { invitations: new Invitations(store), knocks: new Knocks(store) }
  return { store, rooms, streams: new Streams(own, rooms, others) }
}

/** One event in ten is somebody's join. */
const withMembers = (events: readonly Event[]): readonly Event[] =>
  events.map((event, at) => {
    if (at % 10 !== 5) return event
    const user = `@user${at}:hs${at % 100}.example.org`
    const content = { membership: 'join', displayname: `User ${at}` }
    const pdu = { ...event.pdu, type: 'm.room.member', state_key: user, sender: user, content }
    return { ...event, pdu }
  })

const write = async (directory: string, count: number): Promise<void> => {
  const { store, rooms } = await open(directory)
  const room = rooms.prepare('!bench:hs0.example.org', roomVersions.v11)
  rooms.add(room)
  for (const [at, event] of withMembers(lineOfMessages(roomVersions.v11, count)).entries()) {
    const before = room.stateAfter(event.pdu.prev_events)
    const after = standardParts.rooms.stateAfter(before, event)
    room.place({ event, standing: 'accepted', before, after })
    if (at % 1_000 === 0) await store.durable()
  }
  await store.close()
}

const heap = (): number => {
  globalThis.gc?.()
  return process.memoryUsage().heapUsed
}

/** Prints seconds of processor time from an empty process to rooms and streams that can be used, and bytes of heap that they take. */
const start = async (directory: string, count: number): Promise<void> => {
  const empty = heap()
  const began = processorSeconds()
  const { store, rooms, streams } = await open(directory)
  const seconds = processorSeconds() - began
  const bytes = heap() - empty
  const [room] = rooms
  if (room?.size !== count || streams.of(room.id)?.timeline.end !== count)
    throw new Error('not everything came back')
  await store.close()
  process.stdout.write(JSON.stringify({ seconds, bytes }))
}

const [mode, directory = '', count = ''] = process.argv.slice(2)
if (mode === 'peers') process.stdout.write(JSON.stringify(await startPeers(Number(count))))
else if (mode === 'write') await write(directory, Number(count))
else await start(directory, Number(count))
