import type { Event } from '../../matrix/event.ts'
import { topologicalOrder } from '../../matrix/graph.ts'
import { parentIds } from '../../matrix/references.ts'
import type { StateMap } from '../../matrix/state-key.ts'
import { stateKey } from '../../matrix/state-key.ts'
import type { Placed } from '../store/store.ts'
import { stateWith } from './state.ts'

/** A room of which most memberships are not known yet, since the joining server could do without them for now. */
export type Partial = {
  /** The join, after which nothing is known for certain. */
  readonly joinId: string
  /** Through which server the room was joined. */
  readonly server: string
  /** Servers that were in the room before. */
  readonly servers: readonly string[]
}

/** The state with the memberships that an event cites, as far as it knows nothing of those users: others will have checked them. */
export function withCitedMembers(state: StateMap, cited: readonly Event[]): StateMap {
  return cited.reduce((known, event) => {
    const { type, state_key } = event.pdu
    const isMissing = type === 'm.room.member' && !known.has(stateKey(type, state_key ?? ''))
    return isMissing ? stateWith(known, event) : known
  }, state)
}

/** Ids of an event and of all among `nodes` that are built on it, parents first. */
export function descendantsOf(first: string, nodes: readonly Placed[]): readonly string[] {
  const children = new Map<string, string[]>()
  for (const { event } of nodes)
    for (const parent of parentIds(event))
      children.set(parent, [...(children.get(parent) ?? []), event.id])
  const found = new Set([first])
  for (const id of found) for (const child of children.get(id) ?? []) found.add(child)
  const byId = new Map(nodes.map(({ event }) => [event.id, event]))
  const edges = (id: string) => {
    const event = byId.get(id)
    return event === undefined ? [] : parentIds(event)
  }
  const depth = (id: string) => byId.get(id)?.pdu.depth ?? 0
  return topologicalOrder(found, { edges, compare: (a, b) => depth(a) - depth(b) })
}

/** What was soft failed when it came stays so. */
export const stillSoftFailed = (was: Placed, judged: Placed): Placed =>
  was.standing === 'soft-failed' && judged.standing === 'accepted' && was.refusal !== undefined
    ? { ...judged, standing: 'soft-failed', refusal: was.refusal }
    : judged
