import type { Event, JsonObject } from '../../matrix/event.ts'
import type { Limits } from '../limits.ts'
import type { EduOrder, Transaction } from './transaction.ts'
import type { Shelf } from './shelf.ts'

interface WaitingEdu {
  readonly edu: JsonObject
  readonly key?: string
}

type WaitingLimits = Pick<Limits, 'queued' | 'queuedToDevices'>

/** What has not been put into a transaction yet, in the order in which it came. */
export class Waiting {
  readonly #shelf: Shelf
  readonly #limits: WaitingLimits
  /** By place: those grow with time. */
  readonly #pdus = new Map<number, Event>()
  readonly #always = new Map<number, WaitingEdu>()
  readonly #latest = new Map<number, WaitingEdu>()
  readonly #byKey = new Map<string, number>()
  #place = 0

  constructor(shelf: Shelf, limits: WaitingLimits) {
    this.#shelf = shelf
    this.#limits = limits
    for (const item of shelf.items()) {
      this.#place = item.place
      if ('event' in item) this.#pdus.set(item.place, item.event)
      else this.#file(this.#always, item.place, item)
    }
  }

  get pdus(): number {
    return this.#pdus.size
  }

  get isEmpty(): boolean {
    return this.#pdus.size + this.#always.size + this.#latest.size === 0
  }

  addPdu(event: Event): void {
    const place = this.#nextPlace()
    this.#pdus.set(place, event)
    this.#shelf.keep({ place, event })
    if (this.#pdus.size > this.#limits.queued) this.#thin()
  }

  addEdu(edu: JsonObject, { keep, key }: EduOrder): void {
    this.#remove(key)
    const place = this.#nextPlace()
    const one = key === undefined ? { edu } : { edu, key }
    if (keep === 'always') {
      this.#file(this.#always, place, one)
      this.#shelf.keep({ place, ...one })
      if (this.#always.size > this.#limits.queuedToDevices) this.#cut(this.#always, 1)
      return
    }
    this.#file(this.#latest, place, one)
    const [oldest] = this.#latest.keys()
    if (this.#latest.size > this.#limits.queued && oldest !== undefined) this.#latest.delete(oldest)
  }

  /** Up to so many of each; EDUs that must not be lost go first. */
  take(maxPdus: number, maxEdus: number): Pick<Transaction, 'pdus' | 'edus'> {
    const pdus = this.#cut(this.#pdus, maxPdus)
    const always = this.#cut(this.#always, maxEdus)
    const latest = this.#cut(this.#latest, maxEdus - always.length)
    for (const { key } of [...always, ...latest]) if (key !== undefined) this.#byKey.delete(key)
    return { pdus, edus: [...always, ...latest].map(({ edu }) => edu) }
  }

  clear(): void {
    this.#cut(this.#pdus, this.#pdus.size)
    this.#cut(this.#always, this.#always.size)
    this.#latest.clear()
    this.#byKey.clear()
  }

  #nextPlace(): number {
    this.#place += 1
    return this.#place
  }

  #cut<Value>(from: Map<number, Value>, count: number): readonly Value[] {
    const cut: Value[] = []
    for (const [place, value] of from) {
      if (cut.length >= count) break
      cut.push(value)
      from.delete(place)
      this.#shelf.drop(place)
    }
    return cut
  }

  #file(edus: Map<number, WaitingEdu>, place: number, edu: WaitingEdu): void {
    edus.set(place, edu)
    if (edu.key !== undefined) this.#byKey.set(edu.key, place)
  }

  #remove(key: string | undefined): void {
    const place = key === undefined ? undefined : this.#byKey.get(key)
    if (place === undefined) return
    this.#latest.delete(place)
    if (this.#always.delete(place)) this.#shelf.drop(place)
  }

  /** Receivers fetch the rest: server-server-api#transactions leaves it open how an outage is made up for. */
  #thin(): void {
    const newest = new Map([...this.#pdus].map(([place, event]) => [event.roomId, place]))
    const kept = new Set(newest.values())
    for (const place of this.#pdus.keys()) {
      if (kept.has(place)) continue
      this.#pdus.delete(place)
      this.#shelf.drop(place)
    }
  }
}
