import type { Event } from '../../matrix/event.ts'
import { parentIds } from '../../matrix/references.ts'
import type { Room } from '../rooms/room.ts'
import { isPlaced, type Node } from '../store/store.ts'
import { nameOf } from './overview.ts'

/** Events of the picture, and of the state. */
const shown = 80
const stateShown = 200
/** Characters of one content, parents of one event. */
const longest = 2_000
const parents = 20

interface EventLine {
  readonly id: string
  readonly type: string
  readonly stateKey?: string
  readonly sender: string
  readonly depth: number
  /** Milliseconds since 1970, by its sender. */
  readonly time: number
  /** As JSON; cut where it is long. */
  readonly content: string
}

interface GraphLine extends EventLine {
  readonly parents: readonly string[]
  /** `outlier`: known only as part of other events' state. */
  readonly standing: 'accepted' | 'soft-failed' | 'rejected' | 'outlier'
  readonly isHead: boolean
  readonly refusal?: string
}

/** The newest events of a room and its state. */
export interface RoomView {
  readonly id: string
  readonly name: string
  readonly version: string
  readonly events: number
  /** The newest first. */
  readonly graph: readonly GraphLine[]
  readonly stateCount: number
  readonly state: readonly EventLine[]
}

export function roomViewOf(room: Room): RoomView {
  const heads = new Set(room.heads.map(({ id }) => id))
  const current = [...room.current.values()]
  const state = current.slice(0, stateShown).flatMap((id) => room.lookup(id) ?? [])
  return {
    id: room.id,
    name: nameOf(room),
    version: room.version.id,
    events: room.size,
    graph: room.newest(shown).map((node) => graphLine(node, heads)),
    stateCount: current.length,
    state: state.map(eventLine),
  }
}

function graphLine(node: Node, heads: ReadonlySet<string>): GraphLine {
  const { event, standing, refusal } = node
  return {
    ...eventLine(event),
    parents: parentIds(event).slice(0, parents),
    standing: standing === 'accepted' && !isPlaced(node) ? 'outlier' : standing,
    isHead: heads.has(event.id),
    ...(refusal === undefined ? {} : { refusal: `${refusal.rule}: ${refusal.message}` }),
  }
}

function eventLine({ id, pdu }: Event): EventLine {
  const content = JSON.stringify(pdu.content, undefined, 1)
  return {
    id,
    type: pdu.type,
    ...(pdu.state_key === undefined ? {} : { stateKey: pdu.state_key }),
    sender: pdu.sender,
    depth: pdu.depth,
    time: pdu.origin_server_ts,
    content: content.length > longest ? `${content.slice(0, longest)}… (cut)` : content,
  }
}
