import assert from 'node:assert/strict'
import { describe, it } from 'mocha'
import { roomVersions } from '../../matrix/room-version.ts'
import type { Room } from '../../world/homeserver.ts'
import type { ReferencePeer } from '../peer.ts'
import { Bench, text } from '../test-bench.ts'

const redactionOf = (id: string, sender: string) => ({
  type: 'm.room.redaction',
  content: {},
  redacts: id,
  sender,
})

/** Types of the events in a room that a user is told. */
async function told({ server }: ReferencePeer, room: Room, user: string) {
  const view = (await server.users.sync(user)).joined.get(room.id)
  return view?.timeline.map(({ pdu }) => pdu.content['body'] ?? pdu.type) ?? []
}

describe('a redaction', () => {
  it('is refused to who may redact nothing but what is their own', () =>
    Bench.with(async (bench) => {
      const one = await bench.peer()
      const room = await one.createRoom()
      const { users } = one.server
      await users.join(room.id, one.member)
      const [said] = await one.send(room, text('mine'))
      const [other] = await one.send(room, text('yours', one.member))

      await assert.rejects(users.redact(room.id, said, one.member), { errcode: 'M_FORBIDDEN' })
      await users.redact(room.id, other, one.member)
      await users.redact(room.id, said, one.user)

      assert.deepEqual(one.server.users.event(room.id, one.user, said).pdu.content, {})
      assert.deepEqual(one.server.users.event(room.id, one.user, other).pdu.content, {})
    }))

  it('is refused where the event is of another room', () =>
    Bench.with(async (bench) => {
      const one = await bench.peer()
      const [room, elsewhere] = [await one.createRoom(), await one.createRoom()]
      const [said] = await one.send(elsewhere, text('there'))
      const asked = one.server.users.redact(room.id, said, one.user)
      await assert.rejects(asked, { status: 400, errcode: 'M_INVALID_PARAM' })
    }))

  it('without effect is told to nobody', () =>
    Bench.with(async (bench) => {
      const [one, two] = await bench.two()
      const [room, elsewhere] = [await one.createRoom(), await one.createRoom()]
      await two.join(room, one)
      const [said] = await one.send(room, text('stays'))
      const [there] = await one.send(elsewhere, text('there'))
      const idle = [said, there, `$${'x'.repeat(43)}`].map((id) => redactionOf(id, two.user))
      const sent = await two.send(room, ...idle, text('last', two.user))
      await one.receives(room, sent.at(-1) ?? '')

      assert.deepEqual((await told(one, room, one.user)).slice(-2), ['stays', 'last'])
      assert.deepEqual(one.server.users.event(room.id, one.user, said).pdu.content['body'], 'stays')
    }))

  it('is told though it is redacted itself', () =>
    Bench.with(async (bench) => {
      const one = await bench.peer({ version: roomVersions.v10 })
      const room = await one.createRoom()
      const [said] = await one.send(room, text('gone'))
      const redaction = await one.redact(room, said)
      await one.redact(room, redaction)

      const last = (await told(one, room, one.user)).slice(-3)
      assert.deepEqual(last, ['m.room.message', 'm.room.redaction', 'm.room.redaction'])
    }))

  it('that comes before what it redacts takes effect with it', () =>
    Bench.with(async (bench) => {
      const [one, two] = await bench.two()
      const room = await one.createRoom()
      await two.join(room, one)
      const said = two.forge(room, text('gone', two.user))
      const redaction = two.forge(room, redactionOf(said.id, two.user))

      await two.push(one, [redaction])
      assert.ok(!(await told(one, room, one.user)).includes('m.room.redaction'))
      await two.push(one, [said])

      const last = (await told(one, room, one.user)).slice(-2)
      assert.deepEqual(last, ['m.room.redaction', 'm.room.message'])
      assert.deepEqual(one.server.users.event(room.id, one.user, said.id).pdu.content, {})
    }))

  it('takes effect though another, which has none, was there first', () =>
    Bench.with(async (bench) => {
      const [one, two, three] = await bench.three()
      const room = await one.createRoom()
      for (const peer of [two, three]) await peer.join(room, one)
      await two.sees(room, [one.event(three.heads(room)[0] ?? '')?.id ?? ''])
      const said = two.forge(room, text('gone', two.user))
      const idle = three.forge(room, redactionOf(said.id, three.user))
      const redaction = two.forge(room, redactionOf(said.id, two.user))

      await three.push(one, [idle])
      await two.push(one, [redaction, said])

      const { pdu } = one.server.users.event(room.id, one.user, said.id)
      assert.deepEqual(pdu.content, {})
      const last = (await told(one, room, one.user)).slice(-2)
      assert.deepEqual(last, ['m.room.redaction', 'm.room.message'])
    }))
})
