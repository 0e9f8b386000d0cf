import { isDeepStrictEqual } from 'node:util'
import type { Event, JsonObject } from '../matrix/event.ts'
import { citedIds } from '../matrix/references.ts'
import { Nonconformance } from '../world/errors.ts'
import type { Reply } from '../world/homeserver.ts'
import type { LawfulState, StateDifference } from '../world/world.ts'
import { mismatch, type Matcher } from './matcher.ts'
import { labelOf, listed, type Named, shown } from './words.ts'

export type { Named } from './words.ts'

/** What goes into the evidence beside the message. */
export interface Shown {
  readonly expected?: string
  readonly actual?: string
  /** Numbers of the exchanges that show it. */
  readonly exchanges?: readonly number[]
}

/** Every one throws `Nonconformance` where the target did not do what it must. `what` names the value in the message. */
export interface Must {
  /** Deeply equal. */
  equal<T>(actual: T, expected: T, what?: string): void
  /** The same events, in any order, each as often. */
  haveSame(actual: readonly Named[], expected: readonly Named[], what?: string): void
  /** A state that a server can honestly come to; when it is none, the nearest is told, with the reasons of the algorithm. */
  resolveTo(actual: readonly Named[], lawful: readonly LawfulState[], what?: string): void
  include(all: readonly Named[], wanted: readonly Named[], what?: string): void
  exclude(all: readonly Named[], unwanted: readonly Named[], what?: string): void
  /** Refused with one of the statuses and, where given, one of the errcodes. Answers the body. */
  refuse(
    reply: Reply,
    status: number | readonly number[],
    errcode?: string | readonly string[],
  ): JsonObject
  /** Answered with the status and a JSON object, which is what comes back. */
  answer(reply: Reply, status?: number): JsonObject
  /** Holds at least what the matcher names: values, patterns, predicates, objects and arrays of them. */
  match(value: unknown, matcher: Matcher, what?: string): void
  /** `chain` holds everything that `events`, and the chain itself, name in auth_events. */
  coverAuth(chain: readonly Event[], events: readonly Event[]): void
  that(condition: boolean, message: string, evidence?: Shown): asserts condition
}

export const must: Must = {
  equal(actual, expected, what = 'the value') {
    if (isDeepStrictEqual(actual, expected)) return
    throw new Nonconformance(`${what} is ${shown(actual, 60)}, not ${shown(expected, 60)}`, {
      expected: shown(expected),
      actual: shown(actual),
    })
  },
  haveSame(actual, expected, what = 'the events') {
    const missing = without(expected, actual)
    const extra = without(actual, expected)
    if (missing.length === 0 && extra.length === 0) return
    const complaints = [
      ...(missing.length > 0 ? [`missing ${listed(missing.map(labelOf))}`] : []),
      ...(extra.length > 0 ? [`too much: ${listed(extra.map(labelOf))}`] : []),
    ]
    throw new Nonconformance(`${what} differ: ${complaints.join('; ')}`, {
      expected: `these ${expected.length}: ${listed(expected.map(labelOf))}`,
      actual: `${actual.length}; ${complaints.join('; ')}`,
    })
  },
  resolveTo(actual, lawful, what = 'the resolved state') {
    const found = actual.map(idOf).toSorted()
    if (lawful.some(({ ids }) => isDeepStrictEqual(ids, found))) return
    const [nearest] = lawful
      .map((state) => ({ ids: state.ids, differences: state.differences(found) }))
      .toSorted((a, b) => a.differences.length - b.differences.length)
    if (nearest === undefined || nearest.differences.length === 0)
      return must.haveSame(actual, nearest?.ids ?? [], what)
    throw unlawful(nearest.differences, what)
  },
  include(all, wanted, what = 'the events') {
    const missing = without(wanted, all)
    if (missing.length === 0) return
    throw new Nonconformance(`${what} lack ${listed(missing.map(labelOf))}`, {
      expected: `among them ${listed(wanted.map(labelOf))}`,
      actual: `${all.length} events; missing ${listed(missing.map(labelOf))}`,
    })
  },
  exclude(all, unwanted, what = 'the events') {
    const ids = new Set(all.map(idOf))
    const present = unwanted.filter((one) => ids.has(idOf(one)))
    if (present.length === 0) return
    throw new Nonconformance(`${what} hold ${listed(present.map(labelOf))}`, {
      expected: `without ${listed(unwanted.map(labelOf))}`,
      actual: `${all.length} events; among them ${listed(present.map(labelOf))}`,
    })
  },
  refuse(reply, status, errcode) {
    const statuses = [status].flat()
    const errcodes = errcode === undefined ? undefined : [errcode].flat()
    const wanted = `${statuses.join(' or ')}${errcodes ? ` ${errcodes.join(' or ')}` : ''}`
    const given = bodyOf(reply)['errcode']
    const fits = errcodes === undefined || (typeof given === 'string' && errcodes.includes(given))
    if (!statuses.includes(reply.status) || !fits) throw unexpected(reply, wanted)
    return bodyOf(reply)
  },
  answer(reply, status = 200) {
    if (reply.status !== status) throw unexpected(reply, String(status))
    if (!isObject(reply.json)) throw unexpected(reply, `${status} with a JSON object`)
    return reply.json
  },
  match(value, matcher, what = 'the value') {
    const found = mismatch(value, matcher)
    if (found === undefined) return
    const where = found.pointer === '' ? what : `${found.pointer} of ${what}`
    throw new Nonconformance(`${where} is ${found.actual}, not ${found.expected}`, {
      expected: `${found.expected} at ${found.pointer || 'the whole'}`,
      actual: shown(value),
    })
  },
  coverAuth(chain, events) {
    const known = new Set(chain.map(idOf))
    const named = [...chain, ...events].flatMap(citedIds)
    const missing = [...new Set(named)].filter((id) => !known.has(id))
    if (missing.length === 0) return
    throw new Nonconformance(`the auth chain lacks ${listed(missing)}`, {
      expected: `the whole auth chain of ${listed(events.map(labelOf))}`,
      actual: `${chain.length} events; missing ${listed(missing)}`,
    })
  },
  that(condition, message, evidence) {
    if (!condition) throw new Nonconformance(message, evidence)
  },
}

const mostPlaces = 5

/** Place by place, as far as anybody would read. */
function unlawful(differences: readonly StateDifference[], what: string): Nonconformance {
  const shownOnes = differences.slice(0, mostPlaces)
  const more = differences.length - shownOnes.length
  const last = more > 0 ? [`and ${more} more`] : []
  const lines = (tell: (one: StateDifference) => string) =>
    [...shownOnes.map(tell), ...last].join('\n')
  const places = listed(
    differences.map(({ place }) => place),
    mostPlaces,
  )
  return new Nonconformance(`${what} is wrong at ${places}`, {
    expected: lines(({ place, expected }) => `${place}: ${expected}`),
    actual: lines(({ place, actual }) => `${place}: ${actual}`),
    reasons: shownOnes.map(({ place, because }) => `${place}: ${because.join('\n– ')}`),
  })
}

const idOf = (one: Named): string =>
  typeof one === 'string' ? one : 'event_id' in one ? one.event_id : one.id

/** Those of `all` that `others` does not hold, counting repetitions. */
function without(all: readonly Named[], others: readonly Named[]): readonly Named[] {
  const left = new Map<string, number>()
  for (const id of others.map(idOf)) left.set(id, (left.get(id) ?? 0) + 1)
  return all.filter((one) => {
    const count = left.get(idOf(one)) ?? 0
    left.set(idOf(one), count - 1)
    return count <= 0
  })
}

const isObject = (value: unknown): value is JsonObject =>
  typeof value === 'object' && value !== null && !Array.isArray(value)

const bodyOf = (reply: Reply): JsonObject => (isObject(reply.json) ? reply.json : {})

const noJson = ({ headers, jsonError }: Reply): string =>
  `no JSON (${jsonError ?? `Content-Type: ${headers['content-type'] ?? 'none'}`})`

function unexpected(reply: Reply, wanted: string): Nonconformance {
  const errcode = bodyOf(reply)['errcode']
  const given = `${reply.status}${typeof errcode === 'string' ? ` ${errcode}` : ''}`
  return new Nonconformance(`the answer is ${given}, not ${wanted}`, {
    expected: wanted,
    actual: `${given}: ${reply.json === undefined ? noJson(reply) : shown(reply.json)}`,
    exchanges: [reply.exchange],
  })
}
