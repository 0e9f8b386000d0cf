import { type Reading, readings } from '../oracle/oracle.ts'
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
      return roomDifferences(room)
    } catch (error) {
      if (error instanceof OracleError) return []
      throw error
    }
  })
}

/** Compared with the reading of the algorithm that the room is nearer to. */
function roomDifferences(room: Room): readonly string[] {
  const heads = room.heads.map(({ id }) => id)
  if (heads.length === 0) return []
  const events = room.nodes.filter(isPlaced).map(({ event }) => event)
  const [letter, deployed] = readings(events, heads).map((reading) => [
    ...stateDifference(room, reading),
    ...fateDifferences(room, reading),
  ])
  return (letter?.length ?? 0) <= (deployed?.length ?? 0) ? (letter ?? []) : (deployed ?? [])
}

function stateDifference(room: Room, { state: computed }: Reading): readonly string[] {
  const kept = [...room.current.values()].toSorted()
  if (computed.join() === kept.join()) return []
  return [
    `the state of ${room.id}: only the oracle has ${only(computed, kept)}; only the reference has ${only(kept, computed)}`,
  ]
}

function fateDifferences(room: Room, { fates }: Reading): readonly string[] {
  return room.nodes.filter(isPlaced).flatMap(({ event, standing }) => {
    const fate = fates.get(event.id)?.fate
    return (fate === 'rejected') === (standing === 'rejected')
      ? []
      : [`${event.id} in ${room.id}: ${fate} by the oracle, ${standing} by the reference`]
  })
}

const only = (some: readonly string[], others: readonly string[]): string =>
  some.filter((id) => !others.includes(id)).join(', ') || 'nothing'
