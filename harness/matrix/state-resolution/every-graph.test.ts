import assert from 'node:assert/strict'
import { describe, it } from 'mocha'
import type { JsonObject } from '../event.ts'
import { roomVersions } from '../room-version.ts'
import type { StateMap } from '../state-key.ts'
import type { TestDraft, TestRoom } from '../test-room.ts'
import { headsOf } from '../test-rooms.ts'
import { resolveIn } from './resolve-state.ts'
import { roomOf } from './test-story.ts'

/** The parents of each event by number; none: the events stand on the room as it is. */
type Shape = readonly (readonly number[])[]

/** Whether one of `parents` lies behind another, so that it need not be named. */
const isRedundant = (shape: Shape, parents: readonly number[]): boolean => {
  const behind = (at: number): number[] => (shape[at] ?? []).flatMap((up) => [up, ...behind(up)])
  const known = new Set(parents.flatMap(behind))
  return parents.some((parent) => known.has(parent))
}

const subsets = (count: number): number[][] =>
  Array.from({ length: 2 ** count }, (_, bits) =>
    Array.from({ length: count }, (__, at) => at).filter((at) => (bits >> at) % 2 === 1),
  )

const permutations = <T>(items: readonly T[]): T[][] =>
  items.length === 0
    ? [[]]
    : items.flatMap((item, at) =>
        permutations(items.toSpliced(at, 1)).map((rest) => [item, ...rest]),
      )

const levels = (users: Record<string, number>, room: TestRoom): JsonObject => ({
  users: { ...(room.version.privilegedCreators ? {} : { '@creator:a': 100 }), ...users },
})

type Deed = (room: TestRoom) => Omit<TestDraft, 'after' | 'id'>

const power =
  (sender: string, users: Record<string, number>): Deed =>
  (room) => ({
    type: 'm.room.power_levels',
    sender,
    state_key: '',
    content: levels(users, room),
  })
const member =
  (sender: string, state_key: string, membership: string): Deed =>
  () => ({ type: 'm.room.member', sender, state_key, content: { membership } })
const topic =
  (sender: string): Deed =>
  () => ({ type: 'm.room.topic', sender, state_key: '' })
const rules =
  (sender: string, join_rule: string): Deed =>
  () => ({ type: 'm.room.join_rules', sender, state_key: '', content: { join_rule } })

/** Deeds that forbid each other. */
const quarrels: readonly (readonly Deed[])[] = [
  [
    member('@admin:a', '@mod:b', 'ban'),
    topic('@mod:b'),
    power('@creator:a', { '@admin:a': 0, '@mod:b': 50 }),
    topic('@mod:b'),
    rules('@mod:b', 'invite'),
    member('@mod:b', '@user:b', 'leave'),
  ],
  [
    power('@admin:a', { '@admin:a': 90, '@mod:b': 0 }),
    rules('@mod:b', 'invite'),
    member('@user:b', '@user:b', 'join'),
    power('@creator:a', { '@admin:a': 90, '@mod:b': 50, '@user:b': 50 }),
    member('@creator:a', '@admin:a', 'leave'),
    topic('@user:b'),
  ],
]

const isSame = (a: StateMap, b: StateMap): boolean =>
  a.size === b.size && [...a].every(([place, id]) => b.get(place) === id)

/** Every order of the heads, and of the places within the states after them. */
const checkRoom = (room: TestRoom, asDeployed: boolean): void => {
  const { lookup, rejected, version } = room
  const context = { lookup, rejected, version, asDeployed }
  const sets = headsOf(room).map((id) => room.stateAfter([id]))
  const expected = resolveIn(sets, context)
  for (const order of permutations(sets.map((set) => new Map([...set].toReversed()))))
    if (!isSame(resolveIn(order, context), expected))
      assert.deepEqual(resolveIn(order, context), expected, JSON.stringify(room.events))
}

interface Growth {
  readonly deeds: readonly Deed[]
  /** The event on which all stand. */
  readonly start: string
  readonly size: number
}

/** Checks every graph that extends this one up to the size; answers how many there are. */
const checkAll = (room: TestRoom, shape: Shape, growth: Growth): number => {
  const deed = growth.deeds[shape.length]
  if (shape.length === growth.size || deed === undefined) return 0
  let graphs = 0
  for (const parents of subsets(shape.length)) {
    if (isRedundant(shape, parents)) continue
    const after = parents.length === 0 ? [growth.start] : parents.map((parent) => `$e${parent}`)
    const grown = room.copy()
    const ts = 2000 + ((shape.length * 7) % 5)
    grown.addJudged({ ts, ...deed(room), after, id: `$e${shape.length}` })
    checkRoom(grown, true)
    if (shape.length < growth.size - 1) checkRoom(grown, false)
    graphs += 1 + checkAll(grown, [...shape, parents], growth)
  }
  return graphs
}

describe('every small graph', () => {
  for (const version of [roomVersions.v1, roomVersions.v2, roomVersions.v12])
    it(`resolves alike in every order (state resolution ${version.stateResolution})`, () => {
      const base = roomOf(version)
      const [first = [], second = []] = quarrels
      const start = base.last
      const upToFive = checkAll(base, [], { deeds: second, start, size: 5 })
      assert.equal(upToFive, 1 + 2 + 7 + 40 + 357)
      assert.equal(checkAll(base, [], { deeds: first, start, size: 6 }), upToFive + 4824)
    }).timeout(60_000)
})
