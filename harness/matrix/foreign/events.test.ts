import assert from 'node:assert/strict'
import { isDeepStrictEqual } from 'node:util'
import * as fc from 'fast-check'
import { describe, it } from 'mocha'
import { encodeBase64 } from '../base64.ts'
import { canonicalJson } from '../canonical-json.ts'
import { hasKey, valueAt } from '../content.ts'
import type { Json, JsonObject } from '../event.ts'
import { contentHash, redactedText, referenceHash } from '../hash.ts'
import { isCanonicalNumber, isObject, parseJson, setMember } from '../json.ts'
import { type RoomVersion, roomVersions } from '../room-version.ts'
import { SigningKey } from '../signing-key.ts'
import { casesOf, compareAll, Foreign, python, seed, tell } from './test-foreign.ts'
import { shrunk, smallerObjects, smallerValues } from './test-shrink.ts'

const all = Object.values(roomVersions)
const key = SigningKey.fromSeed(Buffer.alloc(32, 7), '1')

const names = ['membership', 'creator', 'third_party_invite', 'signed', 'redacts', 'users', 'allow']
const more = [
  'invite',
  'ban',
  'notifications',
  'join_rule',
  'history_visibility',
  'aliases',
  'body',
]
const oddNames = ['__proto__', 'constructor', '10', '9', '', '\uff5e', '\u{10000}', '"\\\n\u0001']
const someName = fc.oneof(
  fc.constantFrom(...names, ...more, ...oddNames, 'join_authorised_via_users_server'),
  fc.string({ unit: 'binary', maxLength: 6 }),
)

const objectOf = (value: fc.Arbitrary<Json>): fc.Arbitrary<JsonObject> =>
  fc.array(fc.tuple(someName, value), { maxLength: 6 }).map((entries) => {
    const object: Record<string, Json> = {}
    for (const [name, member] of entries) setMember(object, name, member)
    return object
  })

const { value: someValue } = fc.letrec<{ value: Json }>((tie) => ({
  value: fc.oneof(
    { maxDepth: 3 },
    fc.constantFrom(null, true, false, 0, 2 ** 53 - 1, -(2 ** 53) + 1),
    fc.maxSafeInteger().filter(isCanonicalNumber),
    fc.string({ unit: 'binary' }),
    fc.array(tie('value'), { maxLength: 3 }),
    objectOf(tie('value')),
  ),
}))

const types = ['member', 'create', 'join_rules', 'power_levels', 'history_visibility', 'redaction']
const someEvent = fc.record(
  {
    type: fc.constantFrom(...[...types, 'aliases', 'message'].map((type) => `m.room.${type}`)),
    content: objectOf(someValue),
    room_id: fc.string({ unit: 'binary' }),
    state_key: fc.string({ unit: 'binary' }),
    sender: fc.string(),
    depth: fc.nat(),
    origin: fc.string(),
    membership: fc.string(),
    prev_state: fc.constant([]),
    event_id: fc.string(),
    hashes: fc.constant({ sha256: 'AAAA' }),
    unsigned: fc.constant({ age: 1 }),
    redacts: fc.string(),
    extra: someValue,
  },
  { requiredKeys: ['type', 'content', 'depth', 'hashes'], noNullPrototype: true },
)

/** Of a create event that must not have a room id, Synapse redacts one away: it is refused by everybody anyway. */
const undisputed = (event: JsonObject): readonly RoomVersion[] =>
  all.filter(
    ({ roomIdFromCreate }) =>
      !(roomIdFromCreate && event['type'] === 'm.room.create' && 'room_id' in event),
  )

/** The same for one version as for another where both redact alike: signing takes most of the time. */
function inOurView(event: JsonObject, versions: readonly RoomVersion[]): JsonObject {
  const signatures = new Map<string, string>()
  const views = versions.map((version): [string, Json] => {
    const redacted = redactedText(event, version)
    const signature = signatures.get(redacted) ?? key.sign(redacted)
    signatures.set(redacted, signature)
    return [version.id, { redacted, referenceHash: referenceHash(event, version), signature }]
  })
  return Object.fromEntries(views)
}

/** As events before version 6 may hold them; an integer is what JavaScript takes for one. */
const someFraction = fc
  .double({ noNaN: true, noDefaultInfinity: true })
  .filter((value) => !Number.isInteger(value))

const listOf = (json: Json): readonly Json[] => {
  assert.ok(Array.isArray(json))
  return json
}

/** What is new to us in an answer of the script: the event by way of the wire, ours and theirs. */
function differenceIn(event: JsonObject, answer: Json): string | undefined {
  const versions = undisputed(event)
  const theirs = valueAt(answer, 'versions')
  const ours = {
    canonical: canonicalJson(event),
    contentHash: contentHash(event),
    versions: inOurView(event, versions),
  }
  const told = {
    canonical: valueAt(answer, 'canonical') ?? null,
    contentHash: valueAt(answer, 'contentHash') ?? null,
    versions: Object.fromEntries(versions.map(({ id }) => [id, valueAt(theirs, id) ?? null])),
  }
  if (isDeepStrictEqual(ours, told)) return undefined
  const apart = versions.filter(
    ({ id }) => !isDeepStrictEqual(ours.versions[id], told.versions[id]),
  )
  const of = ({ versions: views, ...rest }: typeof told) => ({
    ...rest,
    versions: Object.fromEntries(apart.slice(0, 2).map(({ id }) => [id, views[id] ?? null])),
  })
  const list = apart.map(({ id }) => id).join(', ')
  return `apart in versions ${list}: ${JSON.stringify({ ours: of(ours), theirs: of(told) })}`
}

const overTheWire = (event: Json): JsonObject => {
  const read = parseJson(Buffer.from(JSON.stringify(event)))
  assert.ok(isObject(read))
  return read
}

const isEvent = (value: Json): value is JsonObject =>
  ['type', 'content', 'depth', 'hashes'].every((name) => hasKey(value, name)) &&
  typeof valueAt(value, 'type') === 'string' &&
  isObject(valueAt(value, 'content')) &&
  isObject(valueAt(value, 'hashes'))

const perLine = 200

/** Numbers as texts may hold them before version 6, for the places where `oddNumber` left its mark. */
const digits = (most: number) =>
  fc
    .array(fc.integer({ min: 0, max: 9 }), { minLength: 1, maxLength: most })
    .map((each) => each.join('').replace(/^0+(?=.)/, ''))
const someNumberText = fc
  .oneof(
    fc.constantFrom('-0', '-0.0', '0e0', '1.0', '1e3', '9007199254740993', '9223372036854775807'),
    fc.tuple(fc.constantFrom('', '-'), digits(30)).map((parts) => parts.join('')),
    fc
      .tuple(fc.constantFrom('', '-'), digits(4), fc.constantFrom('.', '.0', '.5'), digits(20))
      .map((parts) => parts.join('')),
    fc
      .tuple(digits(3), fc.constantFrom('', '.25'), fc.constantFrom('e', 'E+', 'e-'), digits(3))
      .map((parts) => parts.join('')),
  )
  .filter((text) => Number.isFinite(Number(text)))
const mark = 'number '
const marked = new RegExp(`"${mark}([^"]*)"`, 'g')
const oddNumber = someNumberText.map((text) => `${mark}${text}`)

/** A text of an event some of whose numbers are written as JSON allows and canonical JSON does not. */
const someOldText = fc
  .record({
    event: someEvent,
    extra: oddNumber,
    depth: oddNumber,
    inner: fc.array(oddNumber, { maxLength: 3 }),
    level: oddNumber,
  })
  .map(({ event, extra, depth, inner, level }) => {
    const content = { ...event.content, users: { '@a:x': level }, ban: level, other: [inner] }
    return JSON.stringify({ ...event, depth, extra, content }).replace(marked, '$1')
  })

const someEvents = (round: number): readonly JsonObject[] =>
  fc.sample(someEvent, { numRuns: perLine, seed: seed * 1000 + round }).map(overTheWire)

function* batches<T>(
  make: (round: number) => readonly T[],
  rounds: number,
): Generator<readonly T[]> {
  for (let round = 0; round < rounds; round += 1) yield make(round)
}

describe('events in the view of other implementations', () => {
  it('are values of the same canonical form', async function () {
    if (python === undefined) this.skip()
    this.timeout(600_000)
    const any = fc.oneof({ arbitrary: someValue, weight: 5 }, someFraction)
    const cases = casesOf(100_000)
    const make = (round: number) => fc.sample(any, { numRuns: perLine, seed: seed * 1000 + round })
    await Foreign.with(['events.py', encodeBase64(key.seed)], async (foreign) => {
      const differs = async (value: Json) =>
        listOf(await foreign.ask([value]))[0] !== canonicalJson(value, 'any')
      const judge = async (values: readonly Json[], answer: Json) => {
        const theirs = listOf(answer)
        const at = values.findIndex((value, index) => canonicalJson(value, 'any') !== theirs[index])
        if (at < 0) return undefined
        const least = await shrunk<Json>(values[at] ?? null, smallerValues, differs)
        return `seed ${seed}: the canonical form of ${JSON.stringify(least)} differs`
      }
      await compareAll(batches(make, cases / perLine), (values) => foreign.ask(values), judge)
    })
    tell(`${cases} values`)
  })

  it('have the same canonical form, hashes and signatures', async function () {
    if (python === undefined) this.skip()
    this.timeout(600_000)
    const cases = casesOf(20_000)
    const script = ['events.py', encodeBase64(key.seed), ...all.map(({ id }) => id)] as const
    await Foreign.with(script, async (foreign) => {
      const differs = async (event: JsonObject) =>
        isEvent(event) &&
        differenceIn(event, listOf(await foreign.ask([event]))[0] ?? null) !== undefined
      const judge = async (events: readonly JsonObject[], answer: Json) => {
        const theirs = listOf(answer)
        const told = events.map((event, index) => differenceIn(event, theirs[index] ?? null))
        const at = told.findIndex((one) => one !== undefined)
        const event = events[at]
        if (event === undefined) return undefined
        const least = await shrunk(event, smallerObjects, differs)
        const views = differenceIn(least, listOf(await foreign.ask([least]))[0] ?? null)
        return `seed ${seed}: ${JSON.stringify(least)} ${views ?? 'is the same again'}`
      }
      await compareAll(batches(someEvents, cases / perLine), (events) => foreign.ask(events), judge)
    })
    tell(`${cases} events, each in ${all.length} room versions`)
  })

  it('have the same hashes in old versions, whatever numbers their texts hold', async function () {
    if (python === undefined) this.skip()
    this.timeout(600_000)
    const cases = casesOf(10_000)
    const script = ['events.py', encodeBase64(key.seed), ...lenient.map(({ id }) => id)] as const
    await Foreign.with(script, async (foreign) => {
      const ask = (texts: readonly string[]) => foreign.askText(`[${texts.join(',')}]`)
      await compareAll(batches(someOldTexts, cases / perLine), ask, differenceInTexts)
    })
    tell(`${cases} events, each in ${lenient.length} room versions`)
  })
})

/** Versions whose events may hold numbers of any kind. */
const lenient = all.filter(({ strictJson }) => !strictJson)

const someOldTexts = (round: number): readonly string[] =>
  fc.sample(someOldText, { numRuns: perLine, seed: seed * 1000 + round })

function differenceInTexts(texts: readonly string[], answer: Json): string | undefined {
  const theirs = listOf(answer)
  return texts
    .map((text, index) => differenceInText(text, theirs[index] ?? null))
    .find((difference) => difference !== undefined)
}

function differenceInText(text: string, answer: Json): string | undefined {
  const event = parseJson(Buffer.from(text), { refuse: 'nothing' })
  assert.ok(isObject(event))
  const ours: Json = {
    canonical: canonicalJson(event, 'any'),
    contentHash: contentHash(event, roomVersions.v1),
    versions: inOurView(event, lenient),
  }
  return isDeepStrictEqual(ours, answer)
    ? undefined
    : `seed ${seed}: ${text} differs: ${JSON.stringify({ ours, theirs: answer })}`
}
