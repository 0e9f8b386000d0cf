import assert from 'node:assert/strict'
import { describe, it } from 'mocha'
import { authEventKeys } from './auth-events.ts'
import { authStateOf } from './auth-rules/state-of.ts'
import type { Event, Json, JsonObject } from './event.ts'
import { receive, type Surroundings } from './receipt.ts'
import { redact } from './redact.ts'
import { type RoomVersion, roomVersions } from './room-version.ts'
import { finishEvent, type KeyLookup, type UnsignedPdu } from './sign-event.ts'
import { SigningKey } from './signing-key.ts'

const servers = new Map(
  ['a', 'b'].map((name, seed) => [name, SigningKey.fromSeed(Buffer.alloc(32, seed + 1), '1')]),
)
const keys: KeyLookup = (server, keyId) => {
  const key = servers.get(server)
  return key?.keyId === keyId ? { publicKey: key.publicKey, validUntil: 1e15 } : undefined
}

/** The events of a room one after the other, each a part of the state after it. */
class Room {
  readonly version: RoomVersion
  readonly state: Event[] = []
  #id = '!room:a'

  constructor(version: RoomVersion) {
    this.version = version
    const creator = version.creatorInContent ? { creator: '@alice:a' } : {}
    this.add('@alice:a', 'm.room.create', { room_version: version.id, ...creator })
    if (version.roomIdFromCreate) this.#id = this.create?.roomId ?? ''
    this.add('@alice:a', 'm.room.member', { membership: 'join' }, '@alice:a')
    const users = version.privilegedCreators ? {} : { '@alice:a': 100 }
    this.add('@alice:a', 'm.room.power_levels', { users })
    this.add('@alice:a', 'm.room.join_rules', { join_rule: 'public' })
    this.add('@bob:b', 'm.room.member', { membership: 'join' }, '@bob:b')
  }

  get create(): Event | undefined {
    return this.state[0]
  }

  add(sender: string, type: string, content: JsonObject, state_key = ''): void {
    this.state.push(this.make({ sender, type, content, state_key }))
  }

  make(
    draft: Pick<UnsignedPdu, 'sender' | 'type' | 'content'> & { state_key?: string },
    cited?: readonly string[],
  ): Event {
    const state = authStateOf(this.state)
    const selected = authEventKeys(draft, this.version).flatMap(
      ([type, key]) => state(type, key)?.id ?? [],
    )
    const name = draft.sender.split(':')[1] ?? ''
    const makesId = this.version.roomIdFromCreate && draft.type === 'm.room.create'
    const pdu = {
      ...draft,
      ...(makesId ? {} : { room_id: this.#id }),
      prev_events: this.state.slice(-1).map(({ id }) => id),
      auth_events: cited ?? selected,
      depth: this.state.length + 1,
      origin_server_ts: 1,
    }
    return finishEvent(pdu, this.version, name, servers.get(name) ?? SigningKey.generate('1'))
  }

  message(content: JsonObject = { body: 'hello' }): Event {
    return this.make({ sender: '@bob:b', type: 'm.room.message', content })
  }

  /** What becomes of it, in a word. */
  fateOf(json: Json, changes: Partial<Surroundings> = {}): string {
    const before = authStateOf(this.state)
    const surroundings = (event: Event): Surroundings => ({
      cited: this.state.filter(({ id }) => event.pdu.auth_events.includes(id)),
      create: this.version.createInAuthEvents ? undefined : this.create,
      rejected: () => false,
      before,
      current: before,
      ...changes,
    })
    const receipt = receive(json, { version: this.version, keys, surroundings })
    if (receipt.fate === 'dropped') return `dropped: ${receipt.problem}`
    const { event, fate, redacted } = receipt
    assert.deepEqual(event.pdu, redacted ? redact(event.pdu, event.version) : json)
    const reason = fate === 'accepted' ? '' : ` by check ${receipt.check}: ${receipt.refusal.rule}`
    return `${redacted ? 'redacted, ' : ''}${fate}${reason}`
  }

  /** The state with bob banned. */
  get banned(): Pick<Surroundings, 'before'> {
    const ban = this.make({
      sender: '@alice:a',
      type: 'm.room.member',
      content: { membership: 'ban' },
      state_key: '@bob:b',
    })
    return { before: authStateOf([...this.state, ban]) }
  }
}

const nothingKnown = (): Surroundings => ({
  cited: [],
  rejected: () => false,
  before: () => undefined,
})

const eachVersion = (title: string, run: (room: Room) => void): void => {
  const { v1: _, v2: __, ...hashed } = roomVersions
  for (const version of Object.values(hashed))
    it(`${title} (room version ${version.id})`, () => run(new Room(version)))
}

describe('receipt of a PDU', () => {
  eachVersion('accepts what passes every check', (room) => {
    assert.equal(room.fateOf({ ...room.message().pdu }), 'accepted')
  })

  eachVersion('drops what is no event, or not signed', (room) => {
    const { pdu } = room.message()
    assert.match(room.fateOf(null), /^dropped: not a valid event/)
    assert.match(room.fateOf({ ...pdu, depth: 'x' }), /^dropped: not a valid event: \/depth/)
    assert.equal(room.fateOf({ ...pdu, signatures: {} }), 'dropped: signature of b: missing')
    assert.equal(room.fateOf({ ...pdu, depth: 3 }), 'dropped: signature of b: invalid')
    const forged = { ...pdu, signatures: {}, hashes: { sha256: '' } }
    assert.match(room.fateOf(forged, room.banned), /^dropped: signature/)
  })

  eachVersion('counts references only where it is to', (room) => {
    const { version } = room
    const message = { sender: '@bob:b', type: 'm.room.message', content: {} }
    const pdu = {
      ...room.make(
        message,
        Array.from({ length: 11 }, () => room.state[1]?.id ?? ''),
      ).pdu,
    }
    const circumstances = { version, keys, surroundings: nothingKnown }
    assert.equal(receive(pdu, circumstances).fate, 'dropped')
    const lenient = { ...circumstances, format: { countReferences: false } }
    assert.equal(receive(pdu, lenient).fate, 'rejected')
  })

  eachVersion('redacts what has a wrong hash, and judges what is left', (room) => {
    const changed = { ...room.message().pdu, content: { body: 'changed' } }
    assert.equal(room.fateOf(changed), 'redacted, accepted')
    assert.equal(
      room.fateOf(changed, room.banned),
      'redacted, rejected by check 5: auth.sender_not_joined',
    )
    const join = room.make({
      sender: '@bob:b',
      type: 'm.room.member',
      state_key: '@bob:b',
      content: { membership: 'join' },
    })
    // Redaction keeps the membership, so the signature does not fit another one.
    const leave = { ...join.pdu, content: { membership: 'leave' } }
    assert.equal(room.fateOf(leave), 'dropped: signature of b: invalid')
  })

  eachVersion('rejects by what is cited before it looks at the state', (room) => {
    const message = { sender: '@bob:b', type: 'm.room.message', content: {} }
    const [create, alice] = room.state
    const poor = room.make(message, room.version.createInAuthEvents ? [create?.id ?? ''] : [])
    const byCited = 'rejected by check 4: auth.sender_not_joined'
    assert.equal(room.fateOf({ ...poor.pdu }), byCited)
    assert.equal(room.fateOf({ ...poor.pdu }, room.banned), byCited)
    const odd = room.make(message, [alice?.id ?? ''])
    assert.equal(room.fateOf({ ...odd.pdu }), 'rejected by check 4: auth.auth_events.unselected')
    const { pdu } = room.message()
    assert.equal(
      room.fateOf({ ...pdu }, { rejected: (id) => id === pdu.auth_events.at(-1) }),
      'rejected by check 4: auth.auth_events.rejected_entry',
    )
  })

  eachVersion('rejects by the state before before it looks at the current one', (room) => {
    const pdu = { ...room.message().pdu }
    const { before } = room.banned
    const byState = 'rejected by check 5: auth.sender_not_joined'
    assert.equal(room.fateOf(pdu, { before }), byState)
    assert.equal(room.fateOf(pdu, { before, current: before }), byState)
  })

  eachVersion('fails softly by the current state, where that has a say', (room) => {
    const pdu = { ...room.message().pdu }
    const current = room.banned.before
    assert.equal(room.fateOf(pdu, { current }), 'soft-failed by check 6: auth.sender_not_joined')
    assert.equal(room.fateOf(pdu, { current: undefined }), 'accepted')
    assert.equal(
      room.fateOf({ ...pdu, content: {} }, { current }),
      'redacted, soft-failed by check 6: auth.sender_not_joined',
    )
  })
})
