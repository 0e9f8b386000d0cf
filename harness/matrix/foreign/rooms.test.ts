import assert from 'node:assert/strict'
import { isDeepStrictEqual } from 'node:util'
import { describe, it } from 'mocha'
import type { Refusal } from '../auth-rules/refusal.ts'
import { valueAt } from '../content.ts'
import type { Event, Json } from '../event.ts'
import { authChain } from '../graph.ts'
import { eventOf } from '../read-event.ts'
import { type RoomVersion, roomVersions } from '../room-version.ts'
import { splitStateKey, type StateKey, type StateMap } from '../state-key.ts'
import { resolveIn } from '../state-resolution/resolve-state.ts'
import { separate } from '../state-resolution/separate.ts'
import {
  allowedIn,
  anyHistory,
  Dice,
  type RealRoom,
  spoiled,
  type Trial,
} from '../test-histories.ts'
import { parentIds } from '../references.ts'
import { casesOf, compareAll, Foreign, python, seed, tell } from './test-foreign.ts'
import { shrunk, smallerObjects } from './test-shrink.ts'

/** A room with what is asked about it. */
interface Case {
  readonly number: number
  readonly room: RealRoom
  readonly trials: readonly Trial[]
  /** The states that are to be resolved; the room stands for their lookup. */
  readonly sets: readonly StateMap[]
}

const versions = Object.values(roomVersions)
const trialsPerRoom = 6

function anyCase(number: number, version: RoomVersion): Case {
  const dice = new Dice(seed * 1_000_003 + number)
  const room = anyHistory(version, dice, dice.of(20, 30, 40, 60, 80, 100, 150, 200))
  const later = room.events.slice(1)
  const [first, ...rest] = later
  assert.ok(first !== undefined)
  const lawful = later.filter(({ id }) => !room.rejected(id))
  const trials = Array.from({ length: trialsPerRoom }, (_, turn) => {
    // Of those that are as they came, most are to be allowed: one fault away from them are the others.
    const from = turn === 0 ? [first, ...rest] : lawful
    const event = from[dice.roll(from.length)] ?? first
    const trial = { event, state: room.stateAfter(parentIds(event)) }
    return [trial, spoiled(trial, room, dice)]
  }).flat()
  const ids = later.slice(later.length >> 1).map(({ id }) => id)
  const ends = Array.from({ length: dice.of(1, 1, 2, 3) }, () => dice.of(room.last, ...ids))
  return { number, room, trials, sets: [room.last, ...ends].map((id) => room.stateAfter([id])) }
}

const idsIn = (state: StateMap): readonly string[] => [...state.values()]

/** With just those events that it takes, so that smaller cases are also smaller questions. */
function questionOf({ room, trials, sets }: Omit<Case, 'number'>): object {
  const named = [...sets, ...trials.map(({ state }) => state)].flatMap(idsIn)
  const ids = new Set([...named, ...authChain(named, room.lookup)])
  const events = room.events.filter(({ id }) => ids.has(id))
  return {
    version: room.version.id,
    room: room.roomId,
    rejected: events.map(({ id }) => id).filter(room.rejected),
    events: events.map(({ id, pdu }) => [id, pdu]),
    trials: trials.map(({ event, state }) => [event.pdu, idsIn(state)]),
    sets: sets.length === 0 ? [] : [sets.map(idsIn)],
  }
}

interface Difference extends Trial {
  readonly ours: Refusal | undefined
  readonly theirs: string | null
}

/** Differences that are theirs, or a matter of reading, each with the reason. */
const settled: readonly (readonly [reason: string, is: (difference: Difference) => boolean])[] = [
  [
    'a membership of what is no user id, of which the text says nothing',
    ({ ours, theirs }) => ours === undefined && theirs?.startsWith('Invalid ID') === true,
  ],
  [
    'no join rules, which Synapse takes for invite and the text for none of its cases',
    ({ ours }) => ours?.message.startsWith('the join rule is absent') === true,
  ],
  [
    'power levels with a state key, which Synapse compares to others with that key',
    ({ event: { pdu } }) => pdu.type === 'm.room.power_levels' && pdu.state_key !== '',
  ],
  [
    'a redaction of nothing, which Synapse lets pass and the text does not',
    ({ event: { pdu }, ours }) =>
      ours?.rule === 'auth.redaction.otherwise' && typeof pdu.redacts !== 'string',
  ],
  [
    'the signature of the authorising server, which Synapse looks for elsewhere',
    ({ ours }) => ours?.rule === 'auth.member.jauvs_unsigned',
  ],
]

const textOrNull = (json: Json | undefined): string | null =>
  typeof json === 'string' ? json : null

const itemAt = (json: Json | undefined, index: number): Json | undefined =>
  Array.isArray(json) ? json[index] : undefined

/** The trial as one that is decided otherwise; undefined where both agree. */
function differenceOf(room: RealRoom, trial: Trial, answer: Json): Difference | undefined {
  const ours = allowedIn(room, trial)
  const theirs = textOrNull(answer)
  return (ours === undefined) === (theirs === null) ? undefined : { ...trial, ours, theirs }
}

const reasonFor = (difference: Difference): string | undefined =>
  settled.find(([, is]) => is(difference))?.[0]

const shownState = (room: RealRoom, state: StateMap): Json =>
  idsIn(state).map((id) => {
    const { type = '', state_key = '', sender = '', content = {} } = room.lookup(id)?.pdu ?? {}
    return [id, type, state_key, sender, content]
  })

/** The create event stays: nobody judges without one. */
function* smallerStates(state: StateMap): Generator<StateMap> {
  for (const gone of state.keys()) {
    if (splitStateKey(gone)[0] === 'm.room.create') continue
    yield new Map([...state].filter(([place]) => place !== gone))
  }
}

function* smallerTrials({ event, state }: Trial): Generator<Trial> {
  for (const one of smallerStates(state)) yield { event, state: one }
  for (const content of smallerObjects(event.pdu.content))
    yield { event: eventOf({ ...event.pdu, content }, event.version), state }
}

const resolved = ({ room, sets }: Pick<Case, 'room' | 'sets'>): readonly string[] => {
  const { lookup, rejected, version } = room
  return idsIn(resolveIn(sets, { lookup, rejected, version, asDeployed: true })).toSorted()
}

function* smallerSets(sets: readonly StateMap[]): Generator<readonly StateMap[]> {
  if (sets.length > 2) for (const at of sets.keys()) yield sets.toSpliced(at, 1)
  const places = new Set(sets.flatMap((state) => [...state.keys()]))
  for (const gone of places) {
    if (splitStateKey(gone)[0] === 'm.room.create') continue
    yield sets.map((state) => new Map([...state].filter(([place]) => place !== gone)))
  }
}

/** What the conflicts were about. */
class Count {
  readonly notes = new Map<string, number>()
  readonly kinds = new Map<string, number>()
  rooms = 0
  events = 0
  trials = 0
  refused = 0
  conflicting = 0

  conflict({ lookup }: RealRoom, ids: ReadonlySet<string>): void {
    if (ids.size > 0) this.conflicting += 1
    for (const kind of new Set([...ids].flatMap((id) => kindsOf(lookup(id))))) add(this.kinds, kind)
  }
}

const add = (counts: Map<string, number>, key: string): void => {
  counts.set(key, (counts.get(key) ?? 0) + 1)
}

/** What a conflict may turn on. */
function kindsOf(event: Event | undefined): readonly string[] {
  if (event === undefined) return []
  const { type, content } = event.pdu
  if (type !== 'm.room.member') return [type]
  const kinds = ['m.room.member']
  if (content['membership'] === 'ban') kinds.push('bans')
  if (content['third_party_invite'] !== undefined) kinds.push('invites by third parties')
  if (content['join_authorised_via_users_server'] !== undefined) kinds.push('vouched joins')
  return kinds
}

/** Compares the answers about one room; answers what has to be said of a difference that nothing explains. */
class Comparison {
  readonly #foreign: Foreign
  readonly count = new Count()

  constructor(foreign: Foreign) {
    this.#foreign = foreign
  }

  async judge(one: Case, answer: Json): Promise<string | undefined> {
    this.count.rooms += 1
    this.count.events += one.room.events.length
    this.count.conflict(one.room, new Set(separate(one.sets).conflictedIn.flat()))
    return (await this.#judgeTrials(one, answer)) ?? (await this.#judgeState(one, answer))
  }

  async #judgeTrials({ number, room, trials }: Case, answer: Json): Promise<string | undefined> {
    for (const [at, trial] of trials.entries()) {
      const theirs = itemAt(valueAt(answer, 'trials'), at) ?? null
      this.count.trials += 1
      if (theirs !== null) this.count.refused += 1
      const difference = differenceOf(room, trial, theirs)
      if (difference === undefined) continue
      const reason = reasonFor(difference)
      if (reason === undefined) return this.#trialTold(number, room, trial)
      add(this.count.notes, reason)
    }
    return undefined
  }

  async #trialTold(number: number, room: RealRoom, trial: Trial): Promise<string> {
    const ask = async (one: Trial): Promise<Difference | undefined> => {
      const answer = await this.#foreign.ask(questionOf({ room, trials: [one], sets: [] }))
      return differenceOf(room, one, itemAt(valueAt(answer, 'trials'), 0) ?? null)
    }
    const least = await shrunk(trial, smallerTrials, async (one) => {
      const difference = await ask(one)
      return difference !== undefined && reasonFor(difference) === undefined
    })
    const { ours, theirs } = (await ask(least)) ?? {}
    return told(number, room, {
      ours: ours?.message ?? 'allowed',
      theirs: theirs ?? 'allowed',
      pdu: { ...least.event.pdu },
      state: shownState(room, least.state),
    })
  }

  async #judgeState(one: Case, answer: Json): Promise<string | undefined> {
    const ours = resolved(one)
    if (isDeepStrictEqual(ours, itemAt(valueAt(answer, 'states'), 0))) return undefined
    const { number, room } = one
    const ask = async (sets: readonly StateMap[]): Promise<Json | undefined> => {
      const smaller = await this.#foreign.ask(questionOf({ room, trials: [], sets }))
      return itemAt(valueAt(smaller, 'states'), 0)
    }
    const least = await shrunk(one.sets, smallerSets, async (sets) => {
      const theirs = await ask(sets)
      return Array.isArray(theirs) && !isDeepStrictEqual(resolved({ room, sets }), theirs)
    })
    return told(number, room, {
      ours: resolved({ room, sets: least }),
      theirs: (await ask(least)) ?? null,
      sets: least.map((state) => shownState(room, state)),
      chain: shownState(room, chainOf(room, least)),
    })
  }
}

/** The auth chains of the sets, under whatever keys. */
const chainOf = (room: RealRoom, sets: readonly StateMap[]): StateMap =>
  new Map(
    [...authChain(sets.flatMap(idsIn), room.lookup)].map((id): [StateKey, string] => [id, id]),
  )

const told = (number: number, { version }: RealRoom, difference: Readonly<Record<string, Json>>) =>
  `seed ${seed}, room ${number} of version ${version.id}: ${JSON.stringify(difference)}`

function* cases(rooms: number): Generator<Case> {
  for (let number = 0; number < rooms; number += 1) {
    const version = versions[number % versions.length]
    if (version !== undefined) yield anyCase(number, version)
  }
}

const percent = (part: number, whole: number): string => `${Math.round((100 * part) / whole)} %`

const listed = (counts: ReadonlyMap<string, number>, show: (count: number) => string): string =>
  [...counts]
    .toSorted(([, a], [, b]) => b - a)
    .map(([name, count]) => `${name} ${show(count)}`)
    .join(', ')

describe('rooms in the view of Synapse', () => {
  it('have the same lawful events and resolved states', async function () {
    if (python === undefined) this.skip()
    this.timeout(1_200_000)
    await Foreign.with(['rooms.py'], async (foreign) => {
      const comparison = new Comparison(foreign)
      await compareAll(
        cases(casesOf(5000)),
        (one) => foreign.ask(questionOf(one)),
        (one, answer) => comparison.judge(one, answer),
      )
      const { conflicting, events, kinds, notes, refused, rooms, trials } = comparison.count
      tell(`${trials} decisions, half of them one fault away, ${percent(refused, trials)} refused`)
      tell(`${rooms} graphs of ${events} events, ${percent(conflicting, rooms)} in conflict, over`)
      tell(listed(kinds, (count) => percent(count, rooms)))
      tell(`settled: ${listed(notes, String)}`)
    })
  })
})
