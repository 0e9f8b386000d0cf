import assert from 'node:assert/strict'
import * as fc from 'fast-check'
import { after, describe, it } from 'mocha'
import { authEventKeys } from './auth-events.ts'
import { authorize } from './auth-rules/authorize.ts'
import { checkAuthEvents } from './auth-rules/cited.ts'
import { authStateOf } from './auth-rules/state-of.ts'
import type { Event, Json, JsonObject } from './event.ts'
import { authChain, between, reachable, topologicalOrder } from './graph.ts'
import { isObject, JsonError, parseJson, setMember } from './json.ts'
import { clientForm, EventFormatError, readEvent } from './read-event.ts'
import { redact } from './redact.ts'
import { parentIds, referenceTo } from './references.ts'
import { type RoomVersion, roomVersions } from './room-version.ts'
import { checkContentHash, checkSignatures, requiredSigners } from './sign-event.ts'
import { SigningKey } from './signing-key.ts'
import { type StateMap, stateKey } from './state-key.ts'
import { resolveIn } from './state-resolution/resolve-state.ts'
import { traceResolution } from './state-resolution/trace.ts'
import { TestRoom } from './test-room.ts'

/** How many cases of each kind; more in CI. */
const numRuns = Number(process.env['FEDCHECK_FUZZ_RUNS'] ?? 500)
const anyVersion = fc.constantFrom(...Object.values(roomVersions))
const { publicKey } = SigningKey.fromSeed(Buffer.alloc(32, 1), '1')

const names: readonly string[] = [
  'type sender content state_key room_id event_id depth hashes prev_events auth_events',
  'signatures unsigned origin_server_ts redacts membership users events ban join_rule',
  'third_party_invite signed mxid token public_keys creator additional_creators',
  'room_version m.federate join_authorised_via_users_server __proto__ constructor toString',
  '0',
]
  .flatMap((line) => line.split(' '))
  .concat(['', '\ud800'])
const texts: readonly string[] = [
  '@a:a @b:b @ a !room:a $x:a join invite leave ban knock public restricted',
  'knock_restricted 12 1 50 __proto__ m.room.create m.room.member m.room.power_levels',
  'm.room.join_rules m.room.third_party_invite m.room.redaction m.room.aliases ed25519:1',
]
  .flatMap((line) => line.split(' '))
  .concat(['', ' -1 ', '\udfff', publicKey])
const someNumbers = [0, -0, 1, 50, 100, -1, 0.5, 2 ** 53, -(2 ** 60), 1e300, Infinity]

/** JSON out of the words that the code looks for. */
const { value: anyValue } = fc.letrec<{ value: Json }>((tie) => ({
  value: fc.oneof(
    { maxDepth: 4, depthSize: 'medium' },
    fc.constantFrom<Json>(null, true, false, ...texts, ...someNumbers),
    fc.string({ unit: 'binary', maxLength: 8 }),
    fc.array(tie('value'), { maxLength: 4 }),
    fc
      .array(fc.tuple(fc.constantFrom(...names, ...texts), tie('value')), { maxLength: 8 })
      .map((entries) => {
        const object: Record<string, Json> = {}
        for (const [name, value] of entries) setMember(object, name, value)
        return object
      }),
  ),
}))

const anyObject: fc.Arbitrary<JsonObject> = anyValue.map((value) =>
  isObject(value) ? value : { content: value },
)

/** Throws whatever is thrown that is no error of the class. */
const only = <T>(kind: new (...args: never[]) => Error, run: () => T): T | undefined => {
  try {
    return run()
  } catch (error) {
    if (error instanceof kind) return undefined
    throw error
  }
}

/** An event in the right form, but for what `changes` do to it. */
const wire = (version: RoomVersion, changes: JsonObject): JsonObject => ({
  ...new TestRoom(version).make({ type: 'x', sender: '@a:a', after: [], id: '$x:a' }).pdu,
  ...(version.roomIdFromCreate ? { room_id: `!${'A'.repeat(43)}` } : {}),
  ...changes,
})

const useAll = (event: Event): void => {
  clientForm(event)
  redact(event.pdu, event.version)
  checkContentHash(event)
  checkSignatures(event, () => ({ publicKey, validUntil: 0 }))
  requiredSigners(event)
  authEventKeys(event.pdu, event.version)
  referenceTo(event)
  parentIds(event)
}

const prototype = (): readonly string[] => Object.getOwnPropertyNames(Object.prototype)

describe('whatever comes from the network', () => {
  const untouched = prototype()
  after(() => assert.deepEqual(prototype(), untouched))

  it('is read as JSON, or refused with a JsonError', () => {
    const anyText = fc
      .tuple(anyValue, fc.nat(), fc.nat(3), fc.string({ unit: 'binary', maxLength: 3 }))
      .map(([value, at, gone, more]) => {
        const text = JSON.stringify(value)
        const place = at % (text.length + 1)
        return Buffer.from(text.slice(0, place) + more + text.slice(place + gone))
      })
    const anyBytes = fc.uint8Array({ maxLength: 40 }).map((bytes) => Buffer.from(bytes))
    const property = fc.property(fc.oneof(anyText, anyBytes), fc.boolean(), (bytes, strict) => {
      const refuse = strict ? 'flaws' : 'nothing'
      const value = only(JsonError, () => parseJson(bytes, { refuse }))
      if (value !== undefined) assert.deepEqual(value, JSON.parse(bytes.toString()))
    })
    fc.assert(property, { numRuns: numRuns * 4 })
  })

  it('is read as an event, or refused with an EventFormatError', () => {
    const property = fc.property(anyVersion, anyObject, fc.boolean(), (version, json, whole) => {
      const given = whole ? json : wire(version, json)
      const event = only(EventFormatError, () => readEvent(given, version))
      if (event !== undefined) useAll(event)
    })
    fc.assert(property, { numRuns: numRuns * 4 })
  })

  it('is judged by the authorisation rules, and never throws', () => {
    const anyDraft = fc.record({
      type: fc.constantFrom(...texts.filter((text) => text.startsWith('m.')), 'x'),
      sender: fc.constantFrom('@a:a', '@b:b', '__proto__', ''),
      state_key: fc.constantFrom('', '@a:a', '@b:b', '__proto__', 'a'),
      content: anyObject,
    })
    const property = fc.property(
      anyVersion,
      fc.array(anyDraft, { minLength: 1, maxLength: 8 }),
      (version, drafts) => {
        const room = new TestRoom(version, '@a:a')
        const events = drafts.map((draft, at) => room.make({ ...draft, id: `$${at}:a` }))
        const state = authStateOf([...room.events, ...events])
        for (const event of events) {
          authorize(event, state)
          checkAuthEvents(event, events, (id) => id === '$0:a')
        }
      },
    )
    fc.assert(property, { numRuns: numRuns * 2 })
  })
})

const ids = ['$0', '$1', '$2', '$3', '$4', '$5', '$6', '$7', '__proto__', 'constructor']
const places = [
  ...['m.room.create', 'm.room.power_levels', 'm.room.join_rules', 'm.room.topic'].map((type) =>
    stateKey(type, ''),
  ),
  ...['@a:a', '@b:b', '__proto__'].map((user) => stateKey('m.room.member', user)),
]

/** Events that cite and follow each other in any way, rings and gaps included. */
const anyTangle = fc.record({
  events: fc.array(
    fc.record({
      type: fc.constantFrom(
        'm.room.create',
        'm.room.power_levels',
        'm.room.member',
        'm.room.topic',
      ),
      sender: fc.constantFrom('@a:a', '@b:b'),
      state_key: fc.constantFrom('', '@a:a', '@b:b'),
      content: anyObject,
      after: fc.subarray(ids, { maxLength: 4 }),
      auth: fc.subarray(ids, { maxLength: 4 }),
      ts: fc.nat(3),
    }),
    { minLength: 1, maxLength: ids.length - 2 },
  ),
  sets: fc.array(
    fc.array(fc.tuple(fc.constantFrom(...places), fc.constantFrom(...ids)), { maxLength: 7 }),
    { maxLength: 4 },
  ),
})

const plain = (state: StateMap): Record<string, string> =>
  Object.fromEntries([...state].map(([place, id]) => [`at ${place}`, id]))

const byNumber = (a: string, b: string): number => Number(a) - Number(b)

describe('graphs that no server can have made', () => {
  it('are resolved, in any order alike', () => {
    const property = fc.property(
      anyVersion,
      anyTangle,
      fc.boolean(),
      (version, tangle, asDeployed) => {
        const room = new TestRoom(version, '@a:a')
        const events = tangle.events.map((draft, at) => room.make({ ...draft, id: ids[at] ?? '' }))
        const known = new Map(events.map((event) => [event.id, event]))
        const lookup = (id: string) => known.get(id)
        const context = { version, lookup, rejected: (id: string) => id === '$1', asDeployed }
        const sets = tangle.sets.map((entries): StateMap => new Map(entries))
        const expected = plain(resolveIn(sets, context))
        assert.deepEqual(plain(resolveIn(sets.toReversed(), context)), expected)
        assert.deepEqual(plain(traceResolution(sets, context).state), expected)
      },
    )
    fc.assert(property, { numRuns: numRuns * 2 })
  })

  it('are walked in linear time and without recursion', () => {
    const size = 1_000_000
    const long = 200_000
    const ring = (id: string) => [String((Number(id) + 1) % long)]
    assert.equal(reachable(['0'], ring).size, long)
    const parents = Array.from({ length: size }, (_, at) => String(at))
    const star = (id: string) => (id === 'all' ? parents : [])
    assert.equal(between(new Set(['all', '5']), star).size, 2)
    assert.equal(
      topologicalOrder(['all', ...parents], { edges: star, compare: byNumber }).at(-1),
      'all',
    )
  })

  it('with a million parents are refused as events', () => {
    const reference = `$${'A'.repeat(43)}`
    const prev_events = Array.from({ length: 1_000_000 }, () => reference)
    const json = wire(roomVersions.v11, { prev_events })
    assert.throws(() => readEvent(json, roomVersions.v11), EventFormatError)
  })

  it('with a hundred thousand forks are resolved', () => {
    for (const version of [roomVersions.v1, roomVersions.v11, roomVersions.v12]) {
      const room = new TestRoom(version)
      room.member('@creator:a', 'join')
      const state = room.stateAfter([room.last])
      const place = stateKey('m.room.topic', '')
      const forks = new Map<string, Event>()
      const sets = Array.from({ length: 100_000 }, (_, at): StateMap => {
        const draft = {
          type: 'm.room.topic',
          sender: '@creator:a',
          state_key: '',
          id: `$fork${at}`,
        }
        forks.set(draft.id, room.make({ ...draft, auth: [...state.values()], ts: at % 1000 }))
        return new Map([...state, [place, draft.id]])
      })
      const lookup = (id: string) => forks.get(id) ?? room.lookup(id)
      const { rejected } = room
      const winner = resolveIn(sets, { lookup, version, rejected }).get(place)
      assert.ok(winner !== undefined && forks.has(winner))
      assert.equal(authChain(forks.keys(), lookup).size, room.events.length)
    }
  }).timeout(60_000)
})
