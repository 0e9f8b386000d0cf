import assert from 'node:assert/strict'
import { describe, it } from 'mocha'
import { stringAt, valueAt } from '../../matrix/content.ts'
import type { Json } from '../../matrix/event.ts'
import { standardParts } from '../parts.ts'
import type { ReferencePeer } from '../peer.ts'
import { Bench } from '../test-bench.ts'
import type { RoomOptions } from '../../world/homeserver.ts'

const listAt = (json: Json | undefined, key: string): readonly Json[] => {
  const list = valueAt(json, key)
  assert.ok(Array.isArray(list), `${key} is no list`)
  return list
}

const placesIn = (json: Json | undefined): readonly string[] =>
  listAt(json, 'state').map(
    (pdu) => `${stringAt(pdu, 'type') ?? ''} ${stringAt(pdu, 'state_key') ?? ''}`,
  )

/** The join of a user of `two` in a room of `one` with six members, once with `omit_members` and once without. */
async function answers(one: ReferencePeer, two: ReferencePeer, options: RoomOptions) {
  const room = await one.createRoom(options)
  for (let count = 0; count < 5; count += 1) await one.join(room, one, await one.newUser('guest'))
  const { template, event } = await two.handshake(room, one)
  assert.equal(template.status, 200)
  const send = (query: Record<string, string>) =>
    two.request(one, 'sendJoin', {
      params: { roomId: room.id, eventId: event.id },
      query,
      body: { ...event.pdu },
    })
  return {
    room,
    reduced: (await send({ omit_members: 'true' })).json,
    whole: (await send({})).json,
  }
}

const omitting = {
  parts: {
    ...standardParts,
    making: { ...standardParts.making, omitsMembers: () => true },
  },
}

describe('the answer to a join that can do without memberships', () => {
  it('leaves them out of a room with a name, and says so', () =>
    Bench.with(async (bench) => {
      const [one, two] = [await bench.peer(omitting), await bench.peer()]
      const { reduced, whole } = await answers(one, two, { name: 'Large' })

      assert.equal(valueAt(reduced, 'members_omitted'), true)
      assert.deepEqual(valueAt(reduced, 'servers_in_room'), [one.name])
      const places = placesIn(reduced)
      assert.ok(places.includes('m.room.name ') && places.includes('m.room.create '))
      assert.ok(!places.some((place) => place.startsWith('m.room.member')))
      const chain = listAt(reduced, 'auth_chain').map((pdu) => valueAt(pdu, 'state_key'))
      assert.deepEqual(chain, [one.user])
      assert.notEqual(valueAt(whole, 'members_omitted'), true)
      assert.equal(placesIn(whole).filter((place) => place.startsWith('m.room.member')).length, 6)
    }))

  it('keeps those by whom a room without a name is known', () =>
    Bench.with(async (bench) => {
      const [one, two] = [await bench.peer(omitting), await bench.peer()]
      const { reduced } = await answers(one, two, {})

      const members = placesIn(reduced).filter((place) => place.startsWith('m.room.member'))
      assert.equal(members.length, 5)
      assert.ok(members.includes(`m.room.member ${one.user}`))
    }))

  it('has them all in a small room', () =>
    Bench.with(async (bench) => {
      const [one, two] = await bench.two()
      const { reduced } = await answers(one, two, { name: 'Small' })

      assert.equal(valueAt(reduced, 'members_omitted'), false)
      assert.equal(placesIn(reduced).filter((place) => place.startsWith('m.room.member')).length, 6)
    }))
})
