import assert from 'node:assert/strict'
import { describe, it } from 'mocha'
import { stringAt, valueAt } from '../../matrix/content.ts'
import type { Event, JsonObject } from '../../matrix/event.ts'
import { roomVersions } from '../../matrix/room-version.ts'
import { SigningKey } from '../../matrix/signing-key.ts'
import type { Draft, Room } from '../../world/homeserver.ts'
import { standardParts } from '../parts.ts'
import type { ReferencePeer } from '../peer.ts'
import { Bench, errorIn, text, topic } from '../test-bench.ts'
import { isRecommended } from './policy.ts'
import { policyService } from './serving.ts'

/** Signs everything in which nobody says `spam`. */
const objection = (event: Event): string | undefined =>
  stringAt(event.pdu.content, 'body') === 'spam' ? 'no spam here' : undefined

interface Scene {
  readonly one: ReferencePeer
  readonly two: ReferencePeer
  readonly guard: ReferencePeer
  readonly room: Room
  readonly turnOn: Draft
  readonly guards: (event: Event | undefined) => boolean
}

/** A room of two servers with a policy server that has been turned on. */
async function scene(bench: Bench, version = roomVersions.v11): Promise<Scene> {
  const key = SigningKey.generate('policy_server')
  const service = policyService(key, objection)
  const parts = { ...standardParts, policy: { ...standardParts.policy, service } }
  const [one, two] = await bench.two({ version })
  const guard = await bench.peer({ version, parts })
  const room = await one.createRoom()
  await two.join(room, one)
  await guard.join(room, one)
  const turnOn = {
    type: 'm.room.policy',
    state_key: '',
    content: { via: guard.name, public_keys: { ed25519: key.publicKey } },
  }
  await one.send(room, turnOn)
  for (const peer of [two, guard]) await peer.receives(room, one.heads(room)[0] ?? '')
  const guards = (event: Event | undefined) =>
    event !== undefined && isRecommended(event, { server: guard.name, publicKey: key.publicKey })
  return { one, two, guard, room, turnOn, guards }
}

const sign = (peer: ReferencePeer, guard: ReferencePeer, body: JsonObject) =>
  peer.request(guard, 'policySign', { body, deliberate: true })

describe('a policy server', () => {
  for (const version of [roomVersions.v1, roomVersions.v12])
    it(`signs what is sent in its room, in version ${version.id}`, () =>
      Bench.with(async (bench) => {
        const { one, two, guard, room, turnOn, guards } = await scene(bench, version)

        const [said] = await two.send(room, text('hello'))
        await one.sees(room, [said])
        const [changed] = await one.send(room, topic('guarded'))
        const [own] = await guard.send(room, text('I too'))
        await one.sees(room, [changed, own])
        await one.leave(room, one.user)

        assert.ok(guards(one.event(said)) && guards(one.event(changed)) && guards(one.event(own)))
        const signers = Object.keys(one.event(own)?.pdu.signatures[guard.name] ?? {})
        assert.deepEqual(signers.length, 2)
        assert.equal(guard.requests('policySign').length, 3)
        const first = guard.events(room).find(({ pdu }) => pdu.type === turnOn.type)
        assert.equal(guards(first), false)
      }))

  it('keeps out what it does not like, and its words reach the client', () =>
    Bench.with(async (bench) => {
      const { one, two, room } = await scene(bench)
      const before = one.heads(room)

      await assert.rejects(two.server.users.send(room.id, { ...text('spam'), sender: two.user }), {
        status: 400,
        errcode: 'M_FORBIDDEN',
        message: 'no spam here',
      })

      assert.deepEqual(two.heads(room), before)
      const [fence] = await two.send(room, text('fine'))
      await one.sees(room, [fence])
    }))

  it('is asked about what comes without its signature, which is soft failed if it is not given', () =>
    Bench.with(async (bench) => {
      const { one, two, guard, room, guards } = await scene(bench)
      const unsigned = two.forge(room, text('unsigned'))
      const spam = two.forge(room, text('spam'))
      const fence = two.forge(room, text('fence'), { after: [unsigned, spam] })

      await two.push(one, [unsigned, spam, fence])
      await one.sees(room, [unsigned.id, fence.id])

      const known = one.server.rooms.get(room.id)
      assert.ok(guards(known?.stored(unsigned.id)?.event))
      assert.equal(known?.stored(spam.id)?.standing, 'soft-failed')
      assert.equal(guard.requests('policySign').length, 3)
    }))

  it('is not asked about a room that does not use it', () =>
    Bench.with(async (bench) => {
      const { one, guard, room, turnOn } = await scene(bench)
      for (const content of [
        {},
        { via: guard.name },
        { ...turnOn.content, via: 'gone.example.org' },
      ]) {
        await one.send(room, { ...turnOn, content })
        await one.send(room, text('spam'))
      }
      await one.send(room, { ...turnOn, state_key: 'other' })
      await one.send(room, text('spam'))

      assert.equal(guard.requests('policySign').length, 0)
    }))

  it('counts as refusing while it does not answer', () =>
    Bench.with(async (bench) => {
      const { one, two, guard, room } = await scene(bench)
      const late = two.forge(room, text('late'))

      await bench.fabric.partitioned([guard, one], async () => {
        await assert.rejects(one.send(room, text('hello')), { status: 502 })
        await two.push(one, [late])
      })

      assert.equal(one.server.rooms.get(room.id)?.stored(late.id)?.standing, 'soft-failed')
    }))

  it('that signs with another key than the room names is of no use', () =>
    Bench.with(async (bench) => {
      const { one, guard, room } = await scene(bench)
      const wrong = { [guard.name]: { 'ed25519:policy_server': 'A'.repeat(86) } }

      await guard.answering(
        'policySign',
        () => ({ status: 200, body: wrong }),
        () => assert.rejects(one.send(room, text('hello')), { status: 502 }),
      )
    }))
})

describe('the signing endpoint of policy servers', () => {
  it('answers with its signature alone, or refuses', () =>
    Bench.with(async (bench) => {
      const { one, two, guard, room, turnOn } = await scene(bench)
      const pdu = (draft: Draft, spoil = {}) => ({ ...two.forge(room, draft).pdu, ...spoil })
      const ask = (body: JsonObject) => errorIn(sign(two, guard, body))
      const other = await one.createRoom()

      const { status, json } = await sign(two, guard, pdu(text('good')))
      assert.equal(status, 200)
      assert.deepEqual(Object.keys(json ?? {}), [guard.name])
      assert.deepEqual(Object.keys(valueAt(json, guard.name) ?? {}), ['ed25519:policy_server'])

      assert.deepEqual(await ask(pdu(text('spam'))), [400, 'M_FORBIDDEN'])
      assert.deepEqual(await ask(pdu({ ...turnOn, sender: two.user })), [400, 'M_FORBIDDEN'])
      assert.deepEqual(await ask(pdu(text('x'), { origin_server_ts: 7 })), [400, 'M_FORBIDDEN'])
      assert.deepEqual(await ask(pdu(text('x'), { depth: 'deep' })), [400, 'M_BAD_JSON'])
      assert.deepEqual(await ask({}), [400, 'M_BAD_JSON'])
      const strange = { room_id: other.id }
      assert.deepEqual(await ask(pdu(text('x'), strange)), [404, 'M_NOT_FOUND'])
      const elsewhere = await errorIn(sign(two, one, pdu(text('x'))))
      assert.deepEqual(elsewhere, [404, 'M_UNRECOGNIZED'])
      await one.send(room, {
        type: 'm.room.server_acl',
        state_key: '',
        content: { allow: ['*'], deny: [two.name.replace(/:\d+$/, '')] },
      })
      await guard.receives(room, one.heads(room)[0] ?? '')
      assert.deepEqual(await ask(pdu(text('good'))), [403, 'M_FORBIDDEN'])
    }))
})
