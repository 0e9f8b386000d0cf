import { parentIds } from '../matrix/references.ts'
import { OracleError } from '../oracle/oracle-error.ts'
import { type Reading, readings } from '../oracle/oracle.ts'
import type { Room } from '../reference/rooms/room.ts'
import { sameState } from '../reference/rooms/state.ts'
import { isPlaced, type Placed } from '../reference/store/store.ts'

/**
 * Where a reference homeserver's rooms are not as the oracle computes them from the same events, by any reading of the
 * algorithm: then one of the two is wrong, and so may be the verdict. A room of which the reference does not hold all
 * history cannot be compared, nor can one of which it was told another state than its history makes.
 */
export const differences = (rooms: Iterable<Room>): readonly string[] =>
  [...rooms].flatMap((room) => {
    try {
      return differencesIn(room)
    } catch (error) {
      if (error instanceof OracleError) return []
      throw error
    }
  })

function differencesIn(room: Room): readonly string[] {
  const heads = room.heads.map(({ id }) => id)
  if (heads.length === 0) return []
  const placed = room.nodes.filter(isPlaced)
  if (placed.some((node) => wasMisled(room, node))) return []
  const events = placed.map(({ event }) => event)
  const found = readings(events, heads).map((reading) => [
    ...stateDifference(room, reading),
    ...placed.flatMap(({ event, standing }) => {
      const fate = reading.fates.get(event.id)?.fate
      return (fate === 'rejected') === (standing === 'rejected')
        ? []
        : [`${event.id} in ${room.id}: ${fate} by the oracle, ${standing} by the reference`]
    }),
  ])
  return found.some((each) => each.length === 0) ? [] : (found[0] ?? [])
}

/** Whether the state that another server told does not follow from what lies before the event. */
function wasMisled(room: Room, { event, before, isTold }: Placed): boolean {
  const parents = parentIds(event)
  return isTold === true && room.canFollow(parents) && !sameState(before, room.stateAfter(parents))
}

function stateDifference(room: Room, { state }: Reading): readonly string[] {
  const kept = [...room.current.values()].toSorted()
  if (state.join() === kept.join()) return []
  return [
    `the state of ${room.id}: only the oracle has ${only(state, kept)}; only the reference has ${only(kept, state)}`,
  ]
}

const only = (some: readonly string[], others: readonly string[]): string =>
  some.filter((id) => !others.includes(id)).join(', ') || 'nothing'
