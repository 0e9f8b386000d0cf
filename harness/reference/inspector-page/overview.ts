import { stringAt } from '../../matrix/content.ts'
import type { StateMap } from '../../matrix/state-key.ts'
import type { Room } from '../rooms/room.ts'
import type { Services } from '../services.ts'
import type { LogEntry } from '../serving/log.ts'
import type { Recent } from './recent.ts'

/** Lines of one table. */
const most = 200

interface RoomLine {
  readonly id: string
  readonly version: string
  readonly name: string
  readonly events: number
  readonly heads: number
  readonly members: number
  readonly servers: number
}

interface QueueLine {
  readonly server: string
  /** PDUs that have not arrived. */
  readonly waiting: number
  /** What the last try came to, where it failed. */
  readonly failure?: string
}

/** What a server is and does, within bounds; no keys, no tokens, nothing that is said in its rooms. */
export interface Overview {
  readonly name: string
  readonly keyId: string
  /** All of them, of which `rooms` may be a part. */
  readonly roomCount: number
  readonly rooms: readonly RoomLine[]
  readonly queueCount: number
  readonly queues: readonly QueueLine[]
  readonly others: readonly LogEntry[]
  readonly clients: readonly LogEntry[]
  readonly faults: number
}

export function overviewOf(services: Services, recent: Recent): Overview {
  const rooms = [...services.rooms]
  const { destinations } = services.sender
  return {
    name: services.name,
    keyId: services.keychain.key.keyId,
    roomCount: rooms.length,
    rooms: rooms.slice(-most).toReversed().map(roomLine),
    queueCount: destinations.length,
    queues: destinations.toSorted((a, b) => b.waiting - a.waiting).slice(0, most),
    others: recent.others,
    clients: recent.clients,
    faults: services.faults.texts.length,
  }
}

/** Counting members takes a look at the whole state, which rarely changes between two looks. */
const counts = new WeakMap<StateMap, { readonly members: number; readonly servers: number }>()

function roomLine(room: Room): RoomLine {
  const { current } = room
  let count = counts.get(current)
  if (count === undefined) {
    count = { members: [...room.joined].length, servers: room.servers.length }
    counts.set(current, count)
  }
  return {
    id: room.id,
    version: room.version.id,
    name: nameOf(room),
    events: room.size,
    heads: room.heads.length,
    ...count,
  }
}

export function nameOf(room: Room): string {
  const name = stringAt(room.stateEvent('m.room.name', '')?.pdu.content, 'name')
  const alias = stringAt(room.stateEvent('m.room.canonical_alias', '')?.pdu.content, 'alias')
  return (name ?? alias ?? '').slice(0, 100)
}
