import assert from 'node:assert/strict'
import { describe } from 'mocha'
import { stringAt, valueAt } from '../../matrix/content.ts'
import type { Json, JsonObject } from '../../matrix/event.ts'
import { isObject } from '../../matrix/json.ts'
import { signJson } from '../../matrix/sign-json.ts'
import { SigningKey } from '../../matrix/signing-key.ts'
import { Refused } from '../../world/errors.ts'
import { text } from '../test-bench.ts'
import { roomQuirks } from './rooms.ts'
import { denying, errorOf, inRoom, type Row, type Scene, shows } from './test-on-the-wire.ts'

/** What a server gets that the room denies. */
async function backfilled(scene: Scene): Promise<Json> {
  const { one, two } = scene
  const room = await denying(scene)
  const query = { v: one.heads(room)[0] ?? '', limit: '1' }
  return errorOf(two.request(one, 'backfill', { params: { roomId: room.id }, query }))
}

/** The answer to a knock, and who has knocked by what the first server knows. */
async function knocked({ one, two }: Scene) {
  const rules = { type: 'm.room.join_rules', state_key: '', content: { join_rule: 'knock' } }
  const room = await one.createRoom({ initialState: [rules] })
  const params = { roomId: room.id, userId: two.user }
  const { json } = await two.request(one, 'makeKnock', { params, query: { ver: '11' } })
  const draft = valueAt(json, 'event') ?? null
  const content = { membership: 'knock' }
  const event = two.forge(
    room,
    { type: 'm.room.member', state_key: two.user, content },
    {
      change: (pdu) => ({ ...pdu, ...(isObject(draft) ? draft : {}), content }),
    },
  )
  const sent = { roomId: room.id, eventId: event.id }
  const reply = await two.request(one, 'sendKnock', { params: sent, body: { ...event.pdu } })
  assert.equal(reply.status, 200, JSON.stringify(reply.json))
  const state = valueAt(reply.json, 'knock_room_state')
  const [first] = Array.isArray(state) ? state : []
  return {
    fields: Object.keys(reply.json ?? {}),
    isWhole: valueAt(first, 'signatures') !== undefined,
    membership: one.server.rooms.get(room.id)?.membership(two.user) ?? 'none',
  }
}

/** How a join with and without `omit_members` is answered. */
async function joined({ one, two }: Scene, query: Record<string, string>): Promise<JsonObject> {
  const room = await one.createRoom({ name: 'Large' })
  await one.join(room, one, one.member)
  const { event } = await two.handshake(room, one)
  const params = { roomId: room.id, eventId: event.id }
  const { json } = await two.request(one, 'sendJoin', { params, query, body: { ...event.pdu } })
  const state = valueAt(json, 'state')
  const members = (Array.isArray(state) ? state : []).filter(
    (pdu) => stringAt(pdu, 'type') === 'm.room.member',
  )
  return {
    said: valueAt(json, 'members_omitted') === true,
    servers: valueAt(json, 'servers_in_room') !== undefined,
    members: members.length,
  }
}

/** How the first server takes an invitation by address whose key, or room, is not the right one. */
async function exchanged(
  { bench, one, two }: Scene,
  { isValid, isOther }: { isValid: boolean; isOther: boolean },
): Promise<Json> {
  const key = SigningKey.generate()
  const identity = await bench.listener(async () => ({ status: 200, json: { valid: isValid } }))
  const content = {
    display_name: 'b',
    key_validity_url: `https://${identity.name}/isvalid`,
    public_key: key.publicKey,
  }
  const promise = { type: 'm.room.third_party_invite', state_key: 't', content }
  const room = await one.createRoom({ joinRule: 'invite', initialState: [promise] })
  const other = await one.createRoom()
  const signed = signJson({ mxid: two.user, token: 't' }, 'id.example.org', key)
  const body = {
    type: 'm.room.member',
    room_id: room.id,
    sender: one.user,
    state_key: two.user,
    content: { membership: 'invite', third_party_invite: { display_name: 'b', signed } },
  }
  const params = { roomId: isOther ? other.id : room.id }
  return errorOf(two.request(one, 'exchangeThirdPartyInvite', { params, body }))
}

/** Whether a user of the first server can send what the second, a policy server, refuses. */
async function underPolicy(scene: Scene): Promise<Json> {
  const { one, two } = scene
  const room = await inRoom(scene)
  const content = { via: two.name, public_keys: { ed25519: SigningKey.generate().publicKey } }
  await one.send(room, { type: 'm.room.policy', state_key: '', content })
  return two.answering(
    'policySign',
    () => ({ status: 400, body: { errcode: 'M_FORBIDDEN', error: 'not here' } }),
    () =>
      one.send(room, text('spam')).then(
        () => 'sent',
        (error: unknown) => (error instanceof Refused ? error.errcode : 'no refusal'),
      ),
  )
}

const rows: Readonly<Record<string, Row>> = {
  'no-access-lists': { honest: [403, 'M_FORBIDDEN'], odd: [200, 'none'], see: backfilled },
  'access-lists-with-ports': { honest: [403, 'M_FORBIDDEN'], odd: [200, 'none'], see: backfilled },
  'knock-state-elsewhere': {
    honest: ['knock_room_state'],
    odd: ['knock_state_events'],
    see: async (scene) => (await knocked(scene)).fields,
  },
  'stripped-knock-state': {
    honest: true,
    odd: false,
    see: async (scene) => (await knocked(scene)).isWhole,
  },
  'lose-knocks': {
    honest: 'knock',
    odd: 'leave',
    see: async (scene) => (await knocked(scene)).membership,
  },
  'omit-members-in-silence': {
    honest: { said: false, servers: true, members: 2 },
    odd: { said: false, servers: true, members: 0 },
    see: (scene) => joined(scene, { omit_members: 'true' }),
  },
  'omit-members-unasked': {
    honest: { said: false, servers: false, members: 2 },
    odd: { said: true, servers: true, members: 0 },
    see: (scene) => joined(scene, {}),
  },
  'servers-unsaid': {
    honest: { said: false, servers: true, members: 2 },
    odd: { said: true, servers: false, members: 0 },
    see: (scene) => joined(scene, { omit_members: 'true' }),
  },
  'trust-identity-keys': {
    honest: [403, 'M_FORBIDDEN'],
    odd: [200, 'none'],
    see: (scene) => exchanged(scene, { isValid: false, isOther: false }),
  },
  'exchange-for-any-room': {
    honest: [400, 'M_INVALID_PARAM'],
    odd: [200, 'none'],
    see: (scene) => exchanged(scene, { isValid: true, isOther: true }),
  },
  'forbid-what-it-cannot-tell': {
    honest: [400, 'M_UNABLE_TO_AUTHORISE_JOIN'],
    odd: [403, 'M_FORBIDDEN'],
    see: async ({ one, two }) => {
      const allow = [{ type: 'm.room_membership', room_id: '!elsewhere:127.0.0.1:1' }]
      const content = { join_rule: 'restricted', allow }
      const rules = { type: 'm.room.join_rules', state_key: '', content }
      const room = await one.createRoom({ initialState: [rules] })
      const params = { roomId: room.id, userId: two.user }
      return errorOf(two.request(one, 'makeJoin', { params, query: { ver: '11' } }))
    },
  },
  'large-transactions': {
    honest: 50,
    odd: 60,
    see: async (scene) => {
      const { bench, one, two } = scene
      const room = await inRoom(scene)
      const drafts = Array.from({ length: 61 }, (_, n) => text(`${n}`))
      const sent = await bench.fabric.partitioned([one, two], () => one.send(room, ...drafts))
      await two.sees(room, sent)
      const sizes = two.requests('send').map(({ body }) => {
        const pdus = valueAt(body, 'pdus')
        return Array.isArray(pdus) ? pdus.length : 0
      })
      return Math.max(...sizes)
    },
  },
  'ignore-policy': { honest: 'M_FORBIDDEN', odd: 'sent', see: underPolicy },
}

describe('quirks with rooms', () => shows(rows, roomQuirks))
