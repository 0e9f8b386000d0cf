import assert from 'node:assert/strict'
import { describe, it } from 'mocha'
import type { Event } from '../../matrix/event.ts'
import type { Room } from '../../world/homeserver.ts'
import { standardParts } from '../parts.ts'
import type { ReferencePeer } from '../peer.ts'
import { Reading } from './reading.ts'
import { Bench, errorIn, stateIds, text, topic } from '../test-bench.ts'

const { making } = standardParts
const omitting = { ...standardParts, making: { ...making, omitsMembers: () => true } }
const asking = { ...standardParts, making: { ...making, joinsWithoutMembers: true } }

interface Scene {
  readonly one: ReferencePeer
  readonly two: ReferencePeer
  readonly three: ReferencePeer
  readonly room: Room
}

/** A room of `one` and `three` with a name, which `two` is to join without the memberships; `three` has been there for long. */
async function scene(bench: Bench): Promise<Scene> {
  const one = await bench.peer({ parts: omitting })
  const two = await bench.peer({ parts: asking, limits: { retryMaxMs: 50, outageMaxMs: 50 } })
  const three = await bench.peer()
  const room = await one.createRoom({ name: 'Large', power: { [three.user]: 50 } })
  await three.join(room, one)
  await one.join(room, one, one.member)
  return { one, two, three, room }
}

const silent = () => ({ status: 404, body: { errcode: 'M_NOT_FOUND', error: 'not now' } })

/** Lets `during` happen before anybody tells the whole state. */
async function meanwhile(
  { one, two, three, room }: Scene,
  during: () => Promise<void>,
): Promise<void> {
  await one.answering('stateIds', silent, () =>
    three.answering('stateIds', silent, async () => {
      await two.join(room, one)
      assert.ok(two.server.rooms.get(room.id)?.partial)
      await during()
    }),
  )
  await two.server.services.partials.whole(room.id)
}

const partialIn = (peer: ReferencePeer, room: Room) => peer.server.rooms.get(room.id)?.partial

describe('a join without the memberships', () => {
  it('is made whole afterwards, and what users see with it', () =>
    Bench.with(async (bench) => {
      const all = await scene(bench)
      const { one, two, three, room } = all
      let since = 0
      let early: readonly string[] = []

      await meanwhile(all, async () => {
        early = await stateIds(two, room)
        since = two.server.users.now()
      })
      const view = await two.server.users.sync(two.user, { since, waitMs: 5_000 })

      assert.equal(partialIn(two, room), undefined)
      const whole = await stateIds(one, room)
      assert.deepEqual(await stateIds(two, room), whole)
      assert.ok(early.length < whole.length)
      const told = view.joined.get(room.id)?.state.map(({ pdu }) => pdu.state_key)
      assert.ok(told?.includes(three.user))
      assert.deepEqual(two.server.faults, [])
    }))

  it('is enough to take part in the room', () =>
    Bench.with(async (bench) => {
      const all = await scene(bench)
      const { one, two, three, room } = all

      await meanwhile(all, async () => {
        const [said] = await two.send(room, text('hello'))
        await three.sees(room, [said])
        const [answer] = await three.send(room, text('hello yourself'))
        const [changed] = await three.send(room, topic('by three'))
        await two.sees(room, [answer, changed])
        const params = { roomId: room.id, userId: one.stranger }
        const request = { params, query: { ver: ['11'] } }
        assert.deepEqual(await errorIn(one.request(two, 'makeJoin', request)), [404, 'M_NOT_FOUND'])
      })
      const [last] = await two.send(room, text('still here'))
      await one.sees(room, [last])

      assert.deepEqual(await stateIds(two, room), await stateIds(one, room))
      assert.deepEqual(two.heads(room), one.heads(room))
    }))

  it('leads to another judgement where a membership was needed', () =>
    Bench.with(async (bench) => {
      const all = await scene(bench)
      const { one, two, three, room } = all
      const joined = three.event(three.heads(room)[0] ?? '')
      const auth = one
        .events(room)
        .filter(({ pdu }) =>
          [`m.room.create `, 'm.room.power_levels ', `m.room.member ${three.user}`].includes(
            `${pdu.type} ${pdu.state_key}`,
          ),
        )
      await one.ban(room, three.user)
      await three.receives(room, one.heads(room)[0] ?? '')
      let evasion = ''

      await meanwhile(all, async () => {
        const [head = ''] = two.heads(room)
        const event = three.forge(room, topic('evasion'), { after: [head], auth })
        evasion = event.id
        await three.push(two, [event])
        await two.sees(room, [evasion])
      })

      assert.ok(joined)
      assert.equal(two.server.rooms.get(room.id)?.placed(evasion)?.standing, 'rejected')
      assert.equal(await two.stateEvent(room, 'm.room.topic'), undefined)
      assert.ok(!two.heads(room).includes(evasion))
      const [said] = await two.send(room, text('after'))
      await one.sees(room, [said])
      assert.deepEqual(await stateIds(two, room), await stateIds(one, room))
    }))

  it('lets hear of those who are not known yet, and names nobody before it can name all', () =>
    Bench.with(async (bench) => {
      const all = await scene(bench)
      const { two, three, room } = all
      const reading = new Reading(two.server.services)
      let position = 0
      let members: Promise<readonly Event[]> | undefined

      await meanwhile(all, async () => {
        const typing = { room_id: room.id, user_id: three.user, typing: true }
        await three.push(two, [], [{ edu_type: 'm.typing', content: typing }])
        const typists = two.server.people.typing.event(room.id, -1)?.['content']
        assert.deepEqual(typists, { user_ids: [three.user] })
        assert.ok(two.server.people.sharing.together(two.user, three.user))
        assert.ok(!two.server.people.sharing.together(two.user, '@stranger:elsewhere.org'))
        position = two.server.users.now()
        members = reading.members(room.id, two.user)
      })

      for (const list of [await members, await reading.members(room.id, two.user, { position })])
        assert.ok(list?.some(({ pdu }) => pdu.state_key === three.user))
    }))

  it('makes deeds wait that need to know who is in the room', () =>
    Bench.with(async (bench) => {
      const all = await scene(bench)
      const { one, two, room } = all
      await one.send(room, {
        type: 'm.room.power_levels',
        state_key: '',
        content: { users: { [one.user]: 100, [two.user]: 90 } },
      })
      let kick: Promise<void> | undefined

      await meanwhile(all, async () => {
        kick = two.kick(room, one.member)
      })
      await kick

      const member = await two.stateEvent(room, 'm.room.member', one.member)
      assert.equal(member?.['membership'], 'leave')
    }))
})
