import { createIdOf } from '../matrix/auth-rules/cited.ts'
import type { Refusal } from '../matrix/auth-rules/refusal.ts'
import type { Event } from '../matrix/event.ts'
import type { EventLookup } from '../matrix/graph.ts'
import { judgeReceived } from '../matrix/receipt.ts'
import { citedIds, parentIds } from '../matrix/references.ts'
import { type StateMap, stateKey } from '../matrix/state-key.ts'
import { resolveIn } from '../matrix/state-resolution/resolve-state.ts'
import type { RoomVersion } from '../matrix/room-version.ts'
import type { Fate } from '../world/world.ts'
import type { History } from './history.ts'
import { States } from './states.ts'

/** What the algorithms say of a whole history. */
export interface Judgement {
  readonly fates: ReadonlyMap<string, Fate>
  /** The resolved state after all of `heads`, which have to be among those kept. */
  stateAfter(heads: readonly string[]): StateMap
}

export interface JudgeOptions {
  /** The events whose states are asked for in the end. */
  readonly kept?: readonly string[]
  /** The other reading of state resolution, see `Resolution`. */
  readonly asDeployed?: boolean
}

/**
 * Checks 4 and 5 of server-server-api#checks-performed-on-receipt-of-a-pdu for every event, in the order of the graph.
 */
export const judge = ({ order, lookup }: History, options: JudgeOptions = {}): Judgement => {
  const { kept = [], asDeployed = false } = options
  const fates = new Map<string, Fate>()
  const rejected = (id: string): boolean => fates.get(id)?.fate === 'rejected'
  const states = new States(order, kept)
  const resolve = (ids: readonly string[], version: RoomVersion): StateMap => {
    const sets = states.after(ids)
    const [only] = sets
    return only !== undefined && sets.length === 1
      ? only
      : resolveIn(sets, { lookup, version, rejected, asDeployed })
  }
  for (const event of order) {
    const before = resolve(parentIds(event), event.version)
    const fate = fateOf(event, { before, lookup, rejected })
    fates.set(event.id, fate)
    states.settle(event, before, fate.fate === 'accepted')
  }
  return {
    fates,
    stateAfter: (heads) => {
      const [first] = heads
      const head = first === undefined ? undefined : lookup(first)
      return head === undefined ? new Map() : resolve(heads, head.version)
    },
  }
}

interface Circumstances {
  readonly before: StateMap
  readonly lookup: EventLookup
  readonly rejected: (id: string) => boolean
}

const fateOf = (event: Event, circumstances: Circumstances): Fate => {
  const { before, lookup, rejected } = circumstances
  const cited = citedIds(event)
    .map(lookup)
    .filter((found) => found !== undefined)
  const verdict = judgeReceived(event, {
    cited,
    create: event.version.createInAuthEvents ? undefined : lookup(createIdOf(event.roomId)),
    rejected,
    before: (type, key) => {
      const id = before.get(stateKey(type, key))
      return id === undefined ? undefined : lookup(id)
    },
  })
  if (verdict.fate === 'accepted') return accepted
  const where = verdict.check === 4 ? 'by its auth_events' : 'by the state before it'
  return rejection(where, verdict.refusal)
}

/** One for all of them: histories are long. */
const accepted: Fate = { fate: 'accepted' }

const rejection = (where: string, { message, rule, decidedBy }: Refusal): Fate => ({
  fate: 'rejected',
  because: `${where}: ${message}${decidedBy === undefined ? '' : ` (${decidedBy})`}`,
  rule,
})
