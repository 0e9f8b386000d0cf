import { stringAt } from '../matrix/content.ts'
import { citedIds } from '../matrix/references.ts'
import { roomVersions } from '../matrix/room-version.ts'
import { resolveIn } from '../matrix/state-resolution/resolve-state.ts'
import { type ForkedRoom, forkedRoom } from './forked-room.ts'
import {
  atLeast,
  atMost,
  beside,
  type Figure,
  inRounds,
  median,
  processorSeconds,
} from './rounds.ts'

const forks = 8

const resolve = ({ states, lookup, version }: ForkedRoom): void => {
  resolveIn(states, { lookup, version, rejected: () => false })
}

/** What a lookup has answered is kept for the next time: by one of its own, every event is met for the first time. */
const resolveFresh = (room: ForkedRoom): void =>
  resolve({ ...room, lookup: (id) => room.lookup(id) })

/**
 * The least that has to be done with events that were never met: find each of them, read it, number all that it cites.
 * Answers something that depends on all of it.
 */
const passOver = ({ states, lookup }: ForkedRoom): number => {
  const numbers = new Map<string, number>()
  const met = (id: string): void => void (numbers.has(id) || numbers.set(id, numbers.size))
  for (const state of states) for (const id of state.values()) met(id)
  let read = 0
  for (const id of numbers.keys()) {
    const event = lookup(id)
    if (event === undefined) continue
    const { type, sender, state_key = '', content, origin_server_ts } = event.pdu
    read += type.length + sender.length + state_key.length + origin_server_ts
    read += Number(stringAt(content, 'membership') === 'join')
    for (const cited of citedIds(event)) met(cited)
  }
  return read
}

/** How many events are resolved one by one: the size of the full conflicted set. */
const conflictedIn = ({ states, lookup, version }: ForkedRoom): number => {
  let judged = 0
  const observer = { ordered: () => undefined, judged: () => void judged++ }
  resolveIn(states, { lookup, version, rejected: () => false, observer })
  return judged
}

/** Seconds that one resolution takes. */
const secondsFor = (
  room: ForkedRoom,
  times: number,
  work: (room: ForkedRoom) => unknown = resolve,
): number => {
  const start = processorSeconds()
  for (let i = 0; i < times; i++) work(room)
  return (processorSeconds() - start) / times
}

const warm = (room: ForkedRoom): void => {
  for (let i = 0; i < 20; i++) {
    resolve(room)
    resolveFresh(room)
    passOver(room)
  }
}

export const resolutionFigures = async (): Promise<Figure[]> => {
  const figures: Figure[] = []
  for (const version of [roomVersions.v11, roomVersions.v12]) {
    const algorithm = version.stateResolution
    const room = forkedRoom(version, 10_000, forks)
    const conflicted = conflictedIn(room)
    warm(room)
    const { seconds, first, passes } = await inRounds({
      seconds: () => secondsFor(room, 10),
      first: () => secondsFor(room, 10, resolveFresh),
      passes: () => secondsFor(room, 10, passOver),
    })
    const value = median(seconds)
    const name = `state resolution ${algorithm}, 10,000 PDUs in ${forks} forks`
    figures.push(
      atMost({ name, unit: 'ms', value: value * 1000, limit: 15 }),
      atMost({
        name: `${name} that were never met before`,
        unit: 'ms',
        value: median(first) * 1000,
        limit: 15,
      }),
      beside({
        name: `${name} that were never met before (limit: only to meet them)`,
        unit: 'PDUs/s',
        target: 0.2,
        values: first.map((spent) => room.events.length / spent),
        limits: passes.map((spent) => room.events.length / spent),
      }),
      atLeast({
        name: `state resolution ${algorithm}, events of the full conflicted set`,
        unit: '/s',
        value: conflicted / value,
        limit: 200_000,
      }),
    )
  }
  return [...figures, await growth()]
}

/** A hundred times the events, at most 200 times the work: sorting and caches take their part. */
const growth = async (): Promise<Figure> => {
  const small = forkedRoom(roomVersions.v11, 1000, forks)
  const large = forkedRoom(roomVersions.v11, 100_000, forks)
  warm(small)
  resolve(large)
  const { limits, values } = await inRounds({
    limits: () => small.events.length / secondsFor(small, 100),
    values: () => large.events.length / secondsFor(large, 1),
  })
  const name = 'state resolution v2, 100,000 PDUs (limit: 1,000 PDUs)'
  return beside({ name, unit: 'PDUs/s', target: 0.5, values, limits })
}
