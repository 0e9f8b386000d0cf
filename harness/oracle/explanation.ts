import { isDeepStrictEqual } from 'node:util'
import { valueAt } from '../matrix/content.ts'
import type { Event, Json } from '../matrix/event.ts'
import type { EventLookup } from '../matrix/graph.ts'
import { isObject } from '../matrix/json.ts'
import { parentIds } from '../matrix/references.ts'
import { type StateKey, type StateMap, splitStateKey, stateKey } from '../matrix/state-key.ts'
import { type ConflictTrace, traceResolution } from '../matrix/state-resolution/trace.ts'
import type { StateDifference } from '../world/world.ts'
import type { History } from './history.ts'
import { judge, type Judgement } from './judgement.ts'

/** What is to be explained: a state that somebody claims, where another is lawful. */
interface Claim {
  /** Of the heads. */
  readonly history: History
  /** Also events that have no part in it. */
  readonly lookup: EventLookup
  readonly heads: readonly string[]
  readonly asDeployed: boolean
  readonly lawful: StateMap
  /** Event ids. */
  readonly claimed: readonly string[]
}

/** Place by place what a claimed state should hold, with the reasons in words. */
export const differencesOf = (claim: Claim): readonly StateDifference[] => {
  const claimed = new Map<StateKey, Set<string>>()
  for (const id of claim.claimed) {
    const place = placeOf(claim.lookup(id))
    claimed.set(place, (claimed.get(place) ?? new Set()).add(id))
  }
  const places = new Set([...claim.lawful.keys(), ...claimed.keys()])
  const explainer = new Explainer(claim)
  return [...places]
    .flatMap((place) => {
      const wanted = claim.lawful.get(place)
      const ids = claimed.get(place) ?? new Set<string>()
      const fits = wanted === undefined ? ids.size === 0 : ids.size === 1 && ids.has(wanted)
      return fits ? [] : [explainer.differenceAt(place, wanted, [...ids].toSorted())]
    })
    .toSorted((a, b) => (a.place < b.place ? -1 : 1))
}

/** Where events are told that cannot be part of any state. */
const nowhere = stateKey('', '')

const placeOf = (event: Event | undefined): StateKey =>
  event?.pdu.state_key === undefined ? nowhere : stateKey(event.pdu.type, event.pdu.state_key)

class Explainer {
  readonly #claim: Claim
  readonly #judgement: Judgement

  constructor(claim: Claim) {
    this.#claim = claim
    const { history, asDeployed } = claim
    const kept = history.order.map(({ id }) => id)
    this.#judgement = judge(history, { kept, asDeployed })
  }

  differenceAt(
    place: StateKey,
    wanted: string | undefined,
    claimed: readonly string[],
  ): StateDifference {
    return {
      place: place === nowhere ? 'no place in the state' : placeTold(place),
      expected: wanted === undefined ? 'nothing' : this.#told(wanted, claimed),
      actual: claimed.map((id) => this.#told(id, [wanted])).join(' and ') || 'nothing',
      because: [...this.#whyHeld(place, wanted), ...this.#whyNot(place, claimed)].map(shortened),
    }
  }

  /** Of its content no more than what is otherwise in the other event, if there is just one and something is. */
  #told(id: string, others: readonly (string | undefined)[]): string {
    const event = this.#claim.lookup(id)
    if (event === undefined) return `${id}, an event that nobody else knows`
    const [other] = others
    const against = other === undefined ? undefined : this.#claim.lookup(other)?.pdu.content
    const isSame = others.length > 1 || isDeepStrictEqual(event.pdu.content, against)
    const content = isSame ? event.pdu.content : apart(event.pdu.content, against)
    return `${id} by ${event.pdu.sender}: ${glimpse(JSON.stringify(content))}`
  }

  #whyHeld(place: StateKey, wanted: string | undefined): string[] {
    const meeting = this.#meetingOver(place)
    if (meeting !== undefined) {
      const { conflict, heads } = meeting
      const { winner, because } = conflict
      return [
        `in conflict between the branches up to ${heads.join(', ')}`,
        winner === undefined ? `nothing wins: ${because}` : `${winner} wins: ${because}`,
        ...conflict.losers.map((loser) => `${loser.id} loses: ${loser.because}`),
      ]
    }
    return wanted === undefined ? ['no branch has it'] : [`${wanted} was the last to set it`]
  }

  /** What is wrong with claimed events themselves. */
  #whyNot(place: StateKey, claimed: readonly string[]): string[] {
    return claimed.flatMap((id) => {
      const fate = this.#judgement.fates.get(id)
      if (fate === undefined)
        return this.#claim.lookup(id) === undefined ? [] : [`${id} is on none of the branches`]
      if (fate.fate === 'rejected') return [`${id} is rejected ${fate.because}`]
      return place === nowhere ? [`${id} is no state event`] : []
    })
  }

  /** The last time that branches met which did not agree on the place. */
  #meetingOver(place: StateKey): Meeting | undefined {
    let heads = this.#claim.heads
    for (;;) {
      const conflict = this.#conflictAt(place, heads)
      if (conflict !== undefined) return { heads, conflict }
      const last = this.#claim.history.lookup(this.#holderOf(place, heads) ?? '')
      if (last === undefined || this.#sets(last, place)) return undefined
      heads = parentIds(last)
    }
  }

  /** Of heads that agree on the place, or at least are in no conflict over it, one from which it comes. */
  #holderOf(place: StateKey, heads: readonly string[]): string | undefined {
    return heads.find((id) => this.#judgement.stateAfter([id]).has(place)) ?? heads[0]
  }

  #sets(event: Event, place: StateKey): boolean {
    return placeOf(event) === place && this.#judgement.fates.get(event.id)?.fate === 'accepted'
  }

  #conflictAt(place: StateKey, heads: readonly string[]): ConflictTrace | undefined {
    const { history, asDeployed } = this.#claim
    const { fates } = this.#judgement
    const sets = heads.map((id) => this.#judgement.stateAfter([id]))
    const version = history.lookup(heads[0] ?? '')?.version
    if (version === undefined || new Set(sets.map((set) => set.get(place))).size < 2)
      return undefined
    const rejected = (id: string): boolean => fates.get(id)?.fate === 'rejected'
    const { lookup } = history
    const { conflicts } = traceResolution(sets, { lookup, version, rejected, asDeployed })
    const [type, key] = splitStateKey(place)
    return conflicts.find((conflict) => conflict.type === type && conflict.stateKey === key)
  }
}

interface Meeting {
  readonly heads: readonly string[]
  readonly conflict: ConflictTrace
}

const placeTold = (place: StateKey): string => {
  const [type, key] = splitStateKey(place)
  return key === '' ? type : `${type} of ${key}`
}

const longId = /\$[\w+/-]{12,}/g

/** Ids by their first characters: enough to tell the events of one room apart. */
const shortened = (text: string): string => text.replace(longId, (id) => `${id.slice(0, 9)}…`)

/** What of a value is not in the other. */
const apart = (value: Json, other: Json | undefined): Json => {
  if (!isObject(value) || !isObject(other)) return value
  const entries = Object.entries(value)
    .filter(([key, own]) => !isDeepStrictEqual(own, valueAt(other, key)))
    .map(([key, own]): [string, Json] => [key, apart(own, valueAt(other, key))])
  return Object.fromEntries(entries)
}

const most = 120

const glimpse = (text: string): string => (text.length <= most ? text : `${text.slice(0, most)}…`)
