import { membershipIn } from '../auth-rules/deed.ts'
import { stringAt } from '../content.ts'
import type { Event, JsonObject } from '../event.ts'
import type { EventLookup } from '../graph.ts'
import { citedIds } from '../references.ts'
import type { RoomVersion } from '../room-version.ts'
import { bringNear, bringTextsNear, lotSize } from './nearness.ts'
import { Places } from './places.ts'

/** A power event is one that may take from others what they can do: power levels, join rules, kicks and bans. */
export type Role = 'state' | 'power event' | 'power levels' | 'create'

export const roleBits: Readonly<Record<Role, number>> = {
  state: 1,
  'power event': 2,
  'power levels': 4,
  create: 8,
}

const rolesOf = ({ pdu }: Event): number => {
  const { type, sender, state_key, content } = pdu
  if (state_key === undefined) return 0
  switch (type) {
    case 'm.room.power_levels':
      return (
        roleBits.state | roleBits['power event'] | (state_key === '' ? roleBits['power levels'] : 0)
      )
    case 'm.room.join_rules':
      return roleBits.state | roleBits['power event']
    case 'm.room.create':
      return roleBits.state | (state_key === '' ? roleBits.create : 0)
    case 'm.room.member':
      return (
        roleBits.state | (isRemoval(content) && sender !== state_key ? roleBits['power event'] : 0)
      )
    default:
      return roleBits.state
  }
}

const isRemoval = (content: JsonObject): boolean => {
  const membership = stringAt(content, 'membership')
  return membership === 'leave' || membership === 'ban'
}

/** What is known of each event, by its number: twice as long whenever it is full. */
interface Columns {
  readonly roles: Uint8Array
  /** Where in the state it stands, and where its sender's membership does; see `Places`. */
  readonly places: Int32Array
  readonly senders: Int32Array
  readonly times: Float64Array
  /** The sender's power by what the event cites; NaN until it is known for good. */
  readonly powers: Float64Array
  /** Where among `cited` the numbers of what an event cites begin and end. */
  readonly starts: Int32Array
  readonly ends: Int32Array
}

const columnsOf = (size: number): Columns => ({
  roles: new Uint8Array(size),
  places: new Int32Array(size),
  senders: new Int32Array(size),
  times: new Float64Array(size),
  powers: new Float64Array(size).fill(Number.NaN),
  starts: new Int32Array(size),
  ends: new Int32Array(size),
})

/**
 * The events behind a lookup, with all that resolutions want to know of them: taken down when an event is first met, so
 * that the next resolution has numbers in place of ids from the start. What is cited and not at hand has a number too.
 */
export class KnownEvents {
  static readonly #behind = new WeakMap<EventLookup, KnownEvents>()

  readonly version: RoomVersion
  /** By number. */
  readonly ids: string[] = []
  readonly events: (Event | undefined)[] = []
  readonly memberships: (string | undefined)[] = []
  columns = columnsOf(64)
  readonly places = new Places()
  /** The numbers of what events cite, one event after another; what lies behind the last is of no meaning. */
  cited = new Int32Array(256)
  readonly #lookup: EventLookup
  readonly #numbers = new Map<string, number>()
  #citations = 0
  /** Those that were not at hand when they were asked for last. */
  #missing: readonly number[] = []

  constructor(lookup: EventLookup, version: RoomVersion) {
    this.#lookup = lookup
    this.version = version
  }

  static behind(lookup: EventLookup, version: RoomVersion): KnownEvents {
    const known = KnownEvents.#behind.get(lookup)
    if (known?.version === version) return known
    const fresh = new KnownEvents(lookup, version)
    KnownEvents.#behind.set(lookup, fresh)
    return fresh
  }

  get size(): number {
    return this.ids.length
  }

  numbersOf(ids: readonly string[]): number[] {
    bringTextsNear(ids)
    return ids.map((id) => this.numberOf(id))
  }

  numberOf(id: string): number {
    const known = this.#numbers.get(id)
    if (known !== undefined) return known
    const number = this.ids.push(id) - 1
    this.#numbers.set(id, number)
    return number
  }

  /** Asks for every event that has a number, and for all that these lead to. */
  complete(): void {
    const missing = this.#missing.filter((number) => !this.#ask(number))
    this.#takeDown(this.#missing)
    while (this.events.length < this.ids.length) {
      const lot: number[] = []
      for (let at = 0; at < lotSize && this.events.length < this.ids.length; at++)
        lot.push(this.#makeRoom())
      for (const number of lot) if (!this.#ask(number)) missing.push(number)
      this.#takeDown(lot)
    }
    this.#missing = missing
  }

  /** For the next event; answers its number. */
  #makeRoom(): number {
    this.memberships.push(undefined)
    const number = this.events.push(undefined) - 1
    if (number === this.columns.roles.length) this.#grow()
    return number
  }

  #grow(): void {
    const before = this.columns
    const columns = columnsOf(2 * before.roles.length)
    columns.roles.set(before.roles)
    columns.places.set(before.places)
    columns.senders.set(before.senders)
    columns.times.set(before.times)
    columns.powers.set(before.powers)
    columns.starts.set(before.starts)
    columns.ends.set(before.ends)
    this.columns = columns
  }

  /** Answers whether it is at hand. */
  #ask(number: number): boolean {
    const event = this.#lookup(this.ids[number] ?? '')
    this.events[number] = event
    return event !== undefined
  }

  /** Of those that are at hand. */
  #takeDown(numbers: readonly number[]): void {
    bringNear(numbers.map((number) => this.events[number]))
    const ids: string[] = []
    const { starts, ends } = this.columns
    for (const number of numbers) {
      const event = this.events[number]
      if (event === undefined) continue
      this.#describe(number, event)
      starts[number] = this.#citations + ids.length
      for (const id of citedIds(event)) ids.push(id)
      ends[number] = this.#citations + ids.length
    }
    bringTextsNear(ids)
    for (const id of ids) this.#cite(id)
  }

  #describe(number: number, event: Event): void {
    const { type, sender, state_key, origin_server_ts } = event.pdu
    const { roles, places, senders, times } = this.columns
    const isMember = type === 'm.room.member'
    roles[number] = rolesOf(event)
    if (isMember) this.memberships[number] = membershipIn(event)
    const place = state_key === undefined ? 0 : this.places.numberOf(type, state_key)
    places[number] = place
    const isOwn = isMember && sender === state_key
    senders[number] = isOwn ? place : this.places.numberOf('m.room.member', sender)
    times[number] = origin_server_ts
  }

  #cite(id: string): void {
    if (this.#citations === this.cited.length) {
      const cited = new Int32Array(2 * this.#citations)
      cited.set(this.cited)
      this.cited = cited
    }
    this.cited[this.#citations++] = this.numberOf(id)
  }
}
