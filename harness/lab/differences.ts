import { oracle, stateMapAfter } from '../oracle/oracle.ts'
import { OracleError } from '../oracle/oracle-error.ts'
import type { Room } from '../reference/rooms/room.ts'
import { isPlaced } from '../reference/store/store.ts'

/**
 * Where a reference homeserver's rooms are not as the oracle computes them from the same events: then one of the two is
 * wrong, and so may be the verdict. A room of which the reference does not hold all history cannot be compared.
 */
export function differences(rooms: Iterable<Room>): readonly string[] {
  return [...rooms].flatMap((room) => {
    try {
      return [...stateDifference(room), ...fateDifferences(room)]
    } catch (error) {
      if (error instanceof OracleError) return []
      throw error
    }
  })
}

function stateDifference(room: Room): readonly string[] {
  const heads = room.heads.map(({ id }) => id)
  if (heads.length === 0) return []
  const events = room.nodes.map(({ event }) => event)
  const computed = [...stateMapAfter(events, heads).values()].toSorted()
  const kept = [...room.current.values()].toSorted()
  if (computed.join() === kept.join()) return []
  return [
    `the state of ${room.id}: only the oracle has ${only(computed, kept)}; only the reference has ${only(kept, computed)}`,
  ]
}

function fateDifferences(room: Room): readonly string[] {
  const placed = room.nodes.filter(isPlaced)
  const fates = oracle.fates(placed.map(({ event }) => event))
  return placed.flatMap(({ event, standing }) => {
    const fate = fates.get(event.id)?.fate
    return (fate === 'rejected') === (standing === 'rejected')
      ? []
      : [`${event.id} in ${room.id}: ${fate} by the oracle, ${standing} by the reference`]
  })
}

const only = (some: readonly string[], others: readonly string[]): string =>
  some.filter((id) => !others.includes(id)).join(', ') || 'nothing'
