import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { describe, it } from 'mocha'
import type { Refusal } from './auth-rules/refusal.ts'
import type { Json } from './event.ts'
import { parentIds } from './references.ts'
import { type RoomVersion, roomVersions } from './room-version.ts'
import type { StateMap } from './state-key.ts'
import { resolveIn } from './state-resolution/resolve-state.ts'
import { separate } from './state-resolution/separate.ts'
import {
  allowedIn,
  anyHistory,
  Dice,
  type RealRoom,
  spoiled,
  type Trial,
} from './test-histories.ts'

/** A Python that has matrix-synapse installed; without it there is nobody to compare with. */
const python = process.env['FEDCHECK_FOREIGN_PYTHON']
const seed = Number(process.env['FEDCHECK_FOREIGN_SEED'] ?? 1)
const roomsPerVersion = Number(process.env['FEDCHECK_FOREIGN_ROOMS'] ?? 25)
const resolutionsPerRoom = 20
const script = fileURLToPath(new URL('foreign-rooms.py', import.meta.url))

interface Room {
  readonly room: RealRoom
  readonly trials: readonly Trial[]
  readonly sets: readonly (readonly StateMap[])[]
}

const anyRoom = (version: RoomVersion, dice: Dice): Room => {
  const room = anyHistory(version, dice, dice.of(30, 60, 100, 200))
  const trials = room.events.slice(1).flatMap((event): Trial[] => {
    const trial = { event, state: room.stateAfter(parentIds(event)) }
    return [trial, spoiled(trial, room, dice)]
  })
  const ids = room.events.map(({ id }) => id)
  const sets = Array.from({ length: resolutionsPerRoom }, () =>
    Array.from({ length: dice.of(2, 2, 3, 4) }, () =>
      room.stateAfter([dice.of(room.last, ...ids)]),
    ),
  )
  return { room, trials, sets }
}

const asLine = ({ room, trials, sets }: Room): string =>
  JSON.stringify({
    version: room.version.id,
    room: room.roomId,
    rejected: room.events.map(({ id }) => id).filter(room.rejected),
    events: room.events.map(({ id, pdu }) => [id, pdu]),
    trials: trials.map(({ event, state }) => [event.pdu, [...state.values()]]),
    sets: sets.map((each) => each.map((state) => [...state.values()])),
  } satisfies Record<string, unknown>)

interface Answer {
  /** Null: allowed; otherwise why not. */
  readonly trials: readonly (string | null)[]
  readonly states: readonly (readonly string[])[]
}

const asked = (lines: readonly string[]): readonly Answer[] => {
  assert.ok(python !== undefined)
  const options = { input: lines.join('\n'), maxBuffer: 2 ** 30 }
  const { stdout, stderr, status } = spawnSync(python, [script], options)
  assert.equal(status, 0, stderr.toString())
  return stdout
    .toString()
    .trimEnd()
    .split('\n')
    .map((line): Answer => JSON.parse(line))
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

const compareTrials = (
  { room, trials }: Room,
  answer: Answer,
  notes: Map<string, number>,
): void => {
  for (const [at, trial] of trials.entries()) {
    const ours = allowedIn(room, trial)
    const theirs = answer.trials[at] ?? null
    if ((ours === undefined) === (theirs === null)) continue
    const reason = settled.find(([, is]) => is({ ...trial, ours, theirs }))?.[0]
    const told = JSON.stringify({
      ours,
      theirs,
      pdu: trial.event.pdu,
      state: stateOf(room, trial),
    } satisfies Record<string, unknown>)
    assert.ok(reason !== undefined, told)
    notes.set(reason, (notes.get(reason) ?? 0) + 1)
  }
}

const stateOf = (room: RealRoom, { state }: Trial): Json =>
  [...state.values()].map((id) => {
    const { type = '', state_key = '', sender = '', content = {} } = room.lookup(id)?.pdu ?? {}
    return [type, state_key, sender, content]
  })

const compareStates = ({ room, sets }: Room, { states }: Answer): number => {
  const { lookup, rejected, version } = room
  let conflicting = 0
  for (const [at, each] of sets.entries()) {
    const ours = resolveIn(each, { lookup, rejected, version, asDeployed: true })
    assert.deepEqual([...ours.values()].toSorted(), states[at], `version ${version.id}`)
    if (separate(each).conflicted.size > 0) conflicting += 1
  }
  return conflicting
}

describe('rooms in the view of Synapse', () => {
  for (const version of Object.values(roomVersions))
    it(`have the same lawful events and resolved states (room version ${version.id})`, function () {
      if (python === undefined) this.skip()
      this.timeout(600_000)
      const dice = new Dice(seed * 100 + Number(version.id))
      const rooms = Array.from({ length: roomsPerVersion }, () => anyRoom(version, dice))
      const answers = asked(rooms.map(asLine))
      assert.equal(answers.length, rooms.length)
      const notes = new Map<string, number>()
      let conflicting = 0
      for (const [at, room] of rooms.entries()) {
        const answer = answers[at]
        assert.ok(answer !== undefined)
        compareTrials(room, answer, notes)
        conflicting += compareStates(room, answer)
      }
      const trials = rooms.reduce((sum, room) => sum + room.trials.length, 0)
      const all = rooms.length * resolutionsPerRoom
      const told = [...notes].map(([reason, count]) => `${reason}: ${count}`)
      process.stdout.write(
        `      ${trials} decisions, ${all} resolutions of which ${conflicting} in conflict; ${told.join('; ')}\n`,
      )
    })
})
