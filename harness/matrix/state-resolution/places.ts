import { type StateKey, stateKey } from '../state-key.ts'

/** The places that nearly every event is judged by have numbers that are known beforehand. */
const createPlace = 0
export const powerLevelsPlace = 1
const joinRulesPlace = 2

/** Places in a room's state, numbered when they are first met. */
export class Places {
  /** By number. */
  readonly names: StateKey[] = []
  readonly keys: string[] = []
  readonly #members = new Map<string, number>()
  readonly #others = new Map<string, Map<string, number>>()

  constructor() {
    for (const type of ['m.room.create', 'm.room.power_levels', 'm.room.join_rules'])
      this.#numberIn(this.#keysOf(type), type, '')
  }

  numberOf(type: string, key: string): number {
    if (type === 'm.room.member') return this.#numberIn(this.#members, type, key)
    if (key === '')
      switch (type) {
        case 'm.room.create':
          return createPlace
        case 'm.room.power_levels':
          return powerLevelsPlace
        case 'm.room.join_rules':
          return joinRulesPlace
      }
    return this.#numberIn(this.#keysOf(type), type, key)
  }

  #numberIn(keys: Map<string, number>, type: string, key: string): number {
    const known = keys.get(key)
    if (known !== undefined) return known
    this.keys.push(key)
    const number = this.names.push(stateKey(type, key)) - 1
    keys.set(key, number)
    return number
  }

  #keysOf(type: string): Map<string, number> {
    const known = this.#others.get(type)
    if (known !== undefined) return known
    const keys = new Map<string, number>()
    this.#others.set(type, keys)
    return keys
  }
}
