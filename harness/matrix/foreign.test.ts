import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import * as fc from 'fast-check'
import { describe, it } from 'mocha'
import { encodeBase64 } from './base64.ts'
import { canonicalJson } from './canonical-json.ts'
import type { Json, JsonObject } from './event.ts'
import { contentHash, redactedText, referenceHash } from './hash.ts'
import { isCanonicalNumber, isObject, parseJson, setMember } from './json.ts'
import { type RoomVersion, roomVersions } from './room-version.ts'
import { SigningKey } from './signing-key.ts'

/** A Python that has matrix-synapse installed; without it there is nobody to compare with. */
const python = process.env['FEDCHECK_FOREIGN_PYTHON']
const seed = Number(process.env['FEDCHECK_FOREIGN_SEED'] ?? 1)
const script = fileURLToPath(new URL('foreign.py', import.meta.url))

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

function inOurView(event: JsonObject, version: RoomVersion): Json {
  const redacted = redactedText(event, version)
  const hash = referenceHash(event, version)
  return { redacted, referenceHash: hash, signature: key.sign(redacted) }
}

/** What the script answers to one event. */
interface Answer {
  readonly canonical: string
  readonly contentHash: string
  readonly versions: Readonly<Record<string, Json>>
}

const asked = (lines: readonly string[], versions: readonly RoomVersion[]): readonly string[] => {
  assert.ok(python !== undefined)
  const { stdout, stderr, status } = spawnSync(
    python,
    [script, encodeBase64(key.seed), ...versions.map(({ id }) => id)],
    { input: lines.join('\n'), maxBuffer: 2 ** 30 },
  )
  assert.equal(status, 0, stderr.toString())
  const answers = stdout.toString().trimEnd().split('\n')
  assert.equal(answers.length, lines.length)
  return answers
}

/** As events before version 6 may hold them; an integer is what JavaScript takes for one. */
const someFraction = fc
  .double({ noNaN: true, noDefaultInfinity: true })
  .filter((value) => !Number.isInteger(value))

describe('events in the view of other implementations', () => {
  it('are values of the same canonical form', function () {
    if (python === undefined) this.skip()
    this.timeout(120_000)
    const values = fc.sample(fc.oneof({ arbitrary: someValue, weight: 5 }, someFraction), {
      numRuns: 100_000,
      seed,
    })
    const lines = values.map((value) => JSON.stringify(value))
    for (const [index, answer] of asked(lines, []).entries()) {
      const theirs: Json = JSON.parse(answer)
      assert.equal(canonicalJson(values[index] ?? null, 'any'), theirs, lines[index])
    }
  })

  it('have the same canonical form, hashes and signatures', function () {
    if (python === undefined) this.skip()
    const lines = fc
      .sample(someEvent, { numRuns: 3000, seed })
      .map((event) => JSON.stringify(event))
    for (const [index, text] of asked(lines, all).entries()) {
      const line = lines[index] ?? ''
      const event = parseJson(Buffer.from(line))
      assert.ok(isObject(event))
      const answer: Answer = JSON.parse(text)
      assert.equal(canonicalJson(event), answer.canonical)
      assert.equal(contentHash(event), answer.contentHash)
      for (const version of undisputed(event)) {
        assert.deepEqual(inOurView(event, version), answer.versions[version.id], line)
      }
    }
  })
})
