import * as fc from 'fast-check'
import { after, before, describe, it } from 'mocha'
import { edus as eduDemands } from '../../fixtures/schemas/edus.ts'
import { schemaFor } from '../../fixtures/schemas/lookup.ts'
import type { Event, Json, JsonObject } from '../matrix/event.ts'
import { eventIdOf } from '../matrix/hash.ts'
import { isObject } from '../matrix/json.ts'
import { roomVersions } from '../matrix/room-version.ts'
import { finishEvent, type UnsignedPdu } from '../matrix/sign-event.ts'
import { type OperationName, operations, uriOf } from '../wire/endpoints.ts'
import { text, topic } from './test-bench.ts'
import { fault, type Fault, oddity, spoiled, valueOf, withFaults } from './test-fuzz.ts'
import { answered, bytesOf, isWell, runs, type Scene, seeded, setScene } from './test-fuzz-scene.ts'

/** Bodies of operations that no schema describes, as they may be. */
const bodies = ({ one, two, room }: Scene): Readonly<Partial<Record<OperationName, Json>>> => ({
  exchangeThirdPartyInvite: {
    type: 'm.room.member',
    room_id: room.id,
    sender: one.user,
    state_key: two.user,
    content: {
      membership: 'invite',
      third_party_invite: {
        display_name: 'x',
        signed: { mxid: two.user, token: 'x', signatures: { [two.name]: { 'ed25519:1': 'x' } } },
      },
    },
  },
  onBind: {
    medium: 'email',
    address: 'a@b',
    mxid: one.user,
    invites: [{ mxid: one.user, room_id: room.id, sender: two.user, signed: {} }],
  },
  publicRoomsFiltered: { limit: 3, filter: { generic_search_term: 'x', room_types: [null] } },
  keysClaim: { one_time_keys: { [one.user]: { DEVICE: 'signed_curve25519' } } },
  keysQuery: { device_keys: { [one.user]: [] } },
  policySign: { type: 'm.room.message', room_id: room.id, sender: two.user, content: {} },
})

/** Names of query parameters, of any operation. */
const queryNames = [
  'v limit event_id ver ts dir user_id room_alias',
  'field omit_members access_token since include_all_networks suggested_only third_party_instance_id minimum_valid_until_ts',
  'width height method animated timeout_ms x',
].flatMap((line) => line.split(' '))

const queries = (words: readonly string[]) =>
  fc.dictionary(
    fc.constantFrom(...queryNames),
    fc.array(fc.oneof(fc.constantFrom(...words), fc.string({ maxLength: 20 })), { maxLength: 3 }),
    { maxKeys: 4 },
  )

/** Query strings by the schema, where there is one, and any other. */
function queryFor(operation: string, words: readonly string[]): fc.Arbitrary<Query> {
  const demand = schemaFor(operation, 'request')
  if (demand?.of !== 'query') return queries(words)
  return fc.oneof(valueOf(demand.schema, words).map(asQuery), queries(words))
}

type Query = Readonly<Record<string, readonly string[]>>

const asQuery = (value: Json): Query =>
  Object.fromEntries(
    Object.entries(isObject(value) ? value : {}).map(([key, list]) => [
      key,
      [list].flat().map(String),
    ]),
  )

const wordOr = (words: readonly string[]) =>
  fc.oneof(
    { arbitrary: fc.constantFrom(...words), weight: 4 },
    { arbitrary: fc.string({ minLength: 1, maxLength: 30 }), weight: 1 },
  )

function paramsFor(operation: OperationName, words: readonly string[]) {
  const names = [...operations[operation].path.matchAll(/:(\w+)/g)].map(([, name = '']) => name)
  const fit: Readonly<Record<string, RegExp>> = { roomId: /^!/, eventId: /^\$/, userId: /^@/ }
  const param = (name: string) => {
    const fitting = words.filter((word) => fit[name]?.test(word))
    const likely = fc.constantFrom(...(fitting.length > 0 ? fitting : words))
    return fc.oneof({ arbitrary: likely, weight: 5 }, { arbitrary: wordOr(words), weight: 1 })
  }
  return fc.record(Object.fromEntries(names.map((name) => [name, param(name)])))
}

function bodyFor(scene: Scene, operation: OperationName): fc.Arbitrary<Json> {
  const demand = schemaFor(operation, 'request')
  const known = bodies(scene)[operation]
  const good =
    known === undefined
      ? valueOf(demand?.of === 'body' ? demand.schema : {}, scene.words)
      : fc.constant(known)
  return fc.oneof({ arbitrary: withFaults(good), weight: 9 }, { arbitrary: oddity, weight: 1 })
}

const wrongs = fc.record({
  draft: fc.constantFrom(0, 1, 2, 3),
  before: fc.option(fault, { nil: undefined, freq: 1 }),
  later: fc.option(fault, { nil: undefined, freq: 1 }),
})

/** What is wrong with an event of the asking server in the open room: nothing, or a fault before it was signed, or after. */
interface Wrong {
  readonly draft: number
  readonly before: Fault | undefined
  readonly later: Fault | undefined
}

const membershipOf = (user: string, membership: string) => ({
  type: 'm.room.member',
  state_key: user,
  sender: user,
  content: { membership },
})

function eventWith({ two, room }: Scene, membership: string | undefined, wrong: Wrong): JsonObject {
  const { user, member } = two
  const usual = [text('x'), topic('x'), membershipOf(user, 'join')]
  const draft =
    membership === undefined
      ? (usual[wrong.draft] ?? { type: 'x', content: { a: [1, { b: null }] } })
      : membershipOf(member, membership)
  const good: Event = two.forge(room, draft)
  const signed = wrong.before === undefined ? { ...good.pdu } : resigned(good, wrong.before, two)
  const json = wrong.later === undefined ? signed : spoiled(signed, wrong.later)
  return isObject(json) ? json : { ...good.pdu, content: json }
}

/** With the fault in it, signed again if it can be. */
function resigned({ pdu, version }: Event, wrong: Fault, { server }: Scene['two']): JsonObject {
  const { hashes: _, signatures: __, ...rest } = pdu
  const json = spoiled({ ...rest }, wrong)
  if (!isObject(json)) return { ...pdu }
  try {
    // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- what it is not is caught
    const draft = json as JsonObject & UnsignedPdu
    return { ...finishEvent(draft, version, server.name, server.key).pdu }
  } catch {
    return { ...json, hashes: pdu.hashes, signatures: pdu.signatures }
  }
}

/** The id of what is an event, or nearly one. */
function idOf(json: JsonObject): string {
  try {
    return eventIdOf(json, roomVersions.v11)
  } catch {
    return '$x'
  }
}

const memberships: Readonly<Partial<Record<OperationName, string>>> = {
  sendJoin: 'join',
  sendLeave: 'leave',
  sendKnock: 'knock',
  inviteV1: 'invite',
}

/** EDUs of every type there is, with faults. */
const anyEdu = ({ words }: Scene): fc.Arbitrary<Json> =>
  fc.oneof(
    ...[...eduDemands].map(([edu_type, { schema }]) =>
      withFaults(
        valueOf(schema, words).map((edu) => ({ ...(isObject(edu) ? edu : {}), edu_type })),
      ),
    ),
  )

const check = <T>(value: fc.Arbitrary<T>, ask: (value: T) => Promise<unknown>, few: number) =>
  fc.assert(
    fc.asyncProperty(value, async (one) => void (await ask(one))),
    { numRuns: runs || few, ...seeded },
  )

let scene: Scene
let stop: () => void

describe('under a fuzzer the federation API', () => {
  before(async () => {
    ;[scene, stop] = await setScene()
  })
  after(() => stop())

  for (const [name, { method }] of Object.entries(operations)) {
    // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- these are the names
    const operation = name as OperationName
    it(`answers ${operation}`, () => {
      const { words } = scene
      const asked = fc.record({
        params: paramsFor(operation, words),
        query: queryFor(operation, words),
        ...(method === 'GET' ? {} : { body: bodyFor(scene, operation) }),
      })
      return check(
        asked,
        ({ params, query, body }) =>
          answered(scene, {
            method,
            uri: uriOf(operation, params, query),
            ...(body === undefined ? {} : { bytes: bytesOf(body) }),
          }),
        12,
      )
    }).timeout(120_000)
  }

  it('judges events', () =>
    check(
      fc.array(wrongs, { maxLength: 3 }),
      async (all) => {
        const pdus = all.map((wrong) => eventWith(scene, undefined, wrong))
        await transaction(pdus, [])
      },
      60,
    )).timeout(120_000)

  it('takes EDUs', () =>
    check(fc.array(anyEdu(scene), { maxLength: 3 }), (all) => transaction([], all), 60)).timeout(
    120_000,
  )

  for (const [name, membership] of Object.entries(memberships))
    it(`judges what comes by ${name}`, () => {
      // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- these are the names
      const operation = name as OperationName
      return check(
        wrongs,
        (wrong) => {
          const body = eventWith(scene, membership, wrong)
          const uri = uriOf(operation, { roomId: scene.room.id, eventId: idOf(body) }, {})
          return answered(scene, { method: 'PUT', uri, bytes: bytesOf(body) })
        },
        25,
      )
    }).timeout(120_000)

  it('judges invitations', () =>
    check(
      fc.tuple(wrongs, fc.option(fault, { nil: undefined })),
      ([wrong, other]) => {
        const event = eventWith(scene, 'invite', wrong)
        const known = scene.two.events(scene.room).slice(0, 5)
        const state = known.map(({ pdu }) => ({ ...pdu }))
        const body: Json = { room_version: '11', event, invite_room_state: state }
        const params = { roomId: scene.room.id, eventId: idOf(event) }
        const bytes = bytesOf(other === undefined ? body : spoiled(body, other))
        return answered(scene, { method: 'PUT', uri: uriOf('invite', params, {}), bytes })
      },
      25,
    )).timeout(120_000)

  it('is well afterwards', () => isWell(scene))

  let count = 0
  function transaction(pdus: readonly Json[], edus: readonly Json[]) {
    count += 1
    const body = { origin: scene.two.name, origin_server_ts: 1, pdus, edus }
    const uri = uriOf('send', { txnId: `fuzz-${count}` }, {})
    return answered(scene, { method: 'PUT', uri, bytes: bytesOf(body) })
  }
})
