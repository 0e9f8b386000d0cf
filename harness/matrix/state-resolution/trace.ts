import type { Refusal } from '../auth-rules/refusal.ts'
import { type StateKey, type StateMap, splitStateKey } from '../state-key.ts'
import type { Observer, Pass } from './observer.ts'
import type { Resolution } from './resolution.ts'
import { resolveIn } from './resolve-state.ts'

/** Why a place that was in conflict holds what it holds. */
export interface ConflictTrace {
  readonly type: string
  readonly stateKey: string
  /** Absent: no event was allowed, and the place is empty. */
  readonly winner?: string
  /** How the winner came there, or why there is none. */
  readonly because: string
  readonly losers: readonly Loser[]
}

interface Loser {
  readonly id: string
  readonly because: string
}

export interface TracedResolution {
  readonly state: StateMap
  /** One for each place in conflict, by type and state key. */
  readonly conflicts: readonly ConflictTrace[]
}

/** `resolveIn`, with the reasons in words. */
export const traceResolution = (
  sets: readonly StateMap[],
  context: Resolution,
): TracedResolution => {
  const diary = new Diary()
  const state = resolveIn(sets, { ...context, observer: diary })
  const conflicts = [...candidatesIn(sets, context)]
    .map(([place, ids]) => traceOf(place, ids, { winner: state.get(place), diary }))
    .toSorted((a, b) => compare(a.type, b.type) || compare(a.stateKey, b.stateKey))
  return { state, conflicts }
}

const compare = (a: string, b: string): number => (a < b ? -1 : Number(a > b))

/** What happened to an event in its turn. */
interface Turn {
  readonly pass: Pass
  /** Counted from one. */
  readonly at: number
  readonly of: number
  readonly rank: string
  readonly order: readonly string[]
  verdict?: { readonly refusal: Refusal | undefined }
}

class Diary implements Observer {
  readonly #turns = new Map<string, Turn>()

  ordered(pass: Pass, ids: readonly string[], rank: (id: string) => string): void {
    for (const [index, id] of ids.entries())
      this.#turns.set(id, { pass, at: index + 1, of: ids.length, rank: rank(id), order: ids })
  }

  judged(id: string, refusal: Refusal | undefined): void {
    const turn = this.#turns.get(id)
    if (turn !== undefined) turn.verdict = { refusal }
  }

  turnOf(id: string): Turn | undefined {
    return this.#turns.get(id)
  }
}

/** The events in each place that is in conflict: where states differ, and from version 2 where some lack what others hold. */
const candidatesIn = (
  sets: readonly StateMap[],
  { version }: Resolution,
): Map<StateKey, Set<string>> => {
  const places = new Map<StateKey, Set<string>>()
  const counts = new Map<StateKey, number>()
  for (const set of sets)
    for (const [place, id] of set) {
      const ids = places.get(place) ?? new Set()
      places.set(place, ids.add(id))
      counts.set(place, (counts.get(place) ?? 0) + 1)
    }
  for (const [place, ids] of places)
    if (ids.size === 1 && (version.stateResolution === 'v1' || counts.get(place) === sets.length))
      places.delete(place)
  return places
}

interface Outcome {
  readonly winner: string | undefined
  readonly diary: Diary
}

const traceOf = (place: StateKey, ids: ReadonlySet<string>, outcome: Outcome): ConflictTrace => {
  const [type, stateKey] = splitStateKey(place)
  const { winner, diary } = outcome
  const losers = [...ids]
    .filter((id) => id !== winner)
    .toSorted(compare)
    .map((id) => ({ id, because: whyLost(id, outcome) }))
  const because =
    winner === undefined ? 'none of its events was allowed' : whyWon(winner, diary, ids.has(winner))
  return { type, stateKey, ...(winner === undefined ? {} : { winner }), because, losers }
}

const whyWon = (winner: string, diary: Diary, isCandidate: boolean): string => {
  const turn = diary.turnOf(winner)
  const origin = isCandidate ? '' : ', though in none of the states, only in their auth chains'
  if (turn === undefined) return `it was in no conflict${origin}`
  return `${wonBy(turn)} as ${told(turn)}${origin}`
}

const wonBy = ({ pass, verdict }: Turn): string => {
  if (verdict?.refusal !== undefined) return 'kept, though nothing was allowed, as servers do,'
  return pass === 'other state' ? 'the first that was allowed,' : 'the last that was allowed,'
}

const whyLost = (id: string, { winner, diary }: Outcome): string => {
  const turn = diary.turnOf(id)
  if (turn === undefined) return 'it is not at hand'
  const { verdict } = turn
  if (verdict === undefined) return `not tried as ${told(turn)}: ${settledBefore(turn, diary)}`
  if (verdict.refusal !== undefined) {
    const { message, rule, decidedBy } = verdict.refusal
    const by = decidedBy === undefined ? rule : `${rule}, by ${decidedBy}`
    return `not allowed as ${told(turn)}: ${message} (${by})`
  }
  const later = winner === undefined ? undefined : diary.turnOf(winner)
  const successor = later === undefined ? 'another' : `${winner}, ${told(later)}`
  return `allowed as ${told(turn)}, and replaced by ${successor}`
}

const told = ({ pass, at, of, rank }: Turn): string => `${at} of ${of} ${pass} (${rank})`

/** In version 1 a pass over a place ends at the first that is refused, or for other state at the first allowed. */
const settledBefore = ({ pass, at, order }: Turn, diary: Diary): string => {
  const last = order.slice(0, at - 1).findLast((id) => diary.turnOf(id)?.verdict !== undefined)
  const outcome = pass === 'other state' ? 'allowed' : 'refused'
  return `${last ?? 'one before it'} was ${outcome}`
}
