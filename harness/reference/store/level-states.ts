import type { ClassicLevel } from 'classic-level'
import type { Json } from '../../matrix/event.ts'
import type { StateKey, StateMap } from '../../matrix/state-key.ts'
import { differenceOf, emptyState, stateOver } from '../rooms/state.ts'
import { StoreError } from './store-error.ts'
import type { Writer } from './writer.ts'

interface Known {
  readonly number: number
  /** How many rows it takes to read it, besides the whole state that they start from. */
  readonly links: number
}

/** More would make reading slow; each whole state in between takes room. */
const maxLinks = 256

const keyOf = (number: number): string => `s${String(number).padStart(12, '0')}`

/** The highest number in use. */
export async function lastState(database: ClassicLevel): Promise<number> {
  const [key] = await database.keys({ gte: 's', lt: 't', reverse: true, limit: 1 }).all()
  return Number(key?.slice(1) ?? 0)
}

/**
 * Room states by number: each as what differs from one before it, now and then a whole one. Only those in use are in
 * memory, and they share what they have in common.
 */
export class LevelStates {
  readonly #writer: Writer
  readonly #numbers = new WeakMap<StateMap, Known>()
  readonly #loaded = new Map<number, WeakRef<StateMap>>()
  readonly #gone = new FinalizationRegistry<number>((number) => {
    if (this.#loaded.get(number)?.deref() === undefined) this.#loaded.delete(number)
  })
  #last: number

  /** `last`: the highest number given so far. 0 is the empty state. */
  constructor(writer: Writer, last: number) {
    this.#writer = writer
    this.#last = last
    this.#know(emptyState, { number: 0, links: 0 })
  }

  /** `like`: a state from which it differs little, if there is one. */
  numberOf(state: StateMap, like: StateMap = emptyState): number {
    const known = this.#numbers.get(state)
    if (known !== undefined) return known.number
    const near = this.#numbers.get(like)
    const changes = near === undefined ? undefined : differenceOf(like, state)
    if (near !== undefined && changes?.length === 0) {
      this.#numbers.set(state, near)
      return near.number
    }
    this.#last += 1
    const isShort = changes !== undefined && changes.length * 2 <= state.size
    if (near !== undefined && near.links < maxLinks && isShort) {
      this.#put([near.number, ...changes.flat()])
      this.#know(state, { number: this.#last, links: near.links + 1 })
    } else {
      this.#put([-1, ...[...state].flat()])
      this.#know(state, { number: this.#last, links: 0 })
    }
    return this.#last
  }

  #put(row: readonly Json[]): void {
    this.#writer.put(keyOf(this.#last), JSON.stringify(row))
  }

  #know(state: StateMap, known: Known): void {
    this.#numbers.set(state, known)
    this.#loaded.set(known.number, new WeakRef(state))
    this.#gone.register(state, known.number)
  }

  /** Throws StoreError where there is none of that number. */
  state(number: number): StateMap {
    const loaded = this.#loaded.get(number)?.deref()
    if (loaded !== undefined) return loaded
    const changes: (readonly [StateKey, string])[][] = []
    let base: StateMap | undefined
    for (let at = number; base === undefined; ) {
      const { from, entries } = this.#row(at)
      if (from < 0) base = this.#whole(at, entries)
      else {
        changes.push(entries)
        at = from
        base = from === 0 ? emptyState : this.#wholeLoaded(from)
      }
    }
    const state = stateOver(base, changes.toReversed().flat())
    if (state !== base) this.#know(state, { number, links: changes.length })
    return state
  }

  /** A whole state is shared by all that start from it. */
  #whole(number: number, entries: readonly (readonly [StateKey, string])[]): StateMap {
    const state = new Map(entries)
    this.#know(state, { number, links: 0 })
    return state
  }

  #wholeLoaded(number: number): StateMap | undefined {
    const state = this.#loaded.get(number)?.deref()
    return state !== undefined && this.#numbers.get(state)?.links === 0 ? state : undefined
  }

  #row(number: number): { from: number; entries: (readonly [StateKey, string])[] } {
    const text = this.#writer.read(keyOf(number))
    if (text === undefined) throw new StoreError('damaged', `state ${number} is missing`)
    const [from, ...rest]: (number | string)[] = JSON.parse(text)
    const entries: (readonly [StateKey, string])[] = []
    for (let index = 0; index + 1 < rest.length; index += 2)
      entries.push([String(rest[index]), String(rest[index + 1])])
    return { from: Number(from), entries }
  }
}
