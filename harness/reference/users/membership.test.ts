import assert from 'node:assert/strict'
import { describe, it } from 'mocha'
import { valueAt } from '../../matrix/content.ts'
import type { Json, JsonObject } from '../../matrix/event.ts'
import { isObject } from '../../matrix/json.ts'
import type { Answer } from '../../world/homeserver.ts'
import { Refused } from '../../world/errors.ts'
import { Bench, stateIds, text, versions } from '../test-bench.ts'

const refusal = (status: number, errcode: string) => (error: unknown) => {
  assert.ok(error instanceof Refused)
  assert.deepEqual([error.status, error.errcode], [status, errcode])
  return true
}

describe('memberships across servers', () => {
  for (const version of versions) {
    it(`begin with an invitation in version ${version.id}`, () =>
      Bench.with(async (bench) => {
        const [one, two] = await bench.two({ version })
        const room = await one.createRoom({ joinRule: 'invite', name: 'Closed' })
        await assert.rejects(two.join(room, one), refusal(403, 'M_FORBIDDEN'))

        await one.invite(room, two.user)
        const stripped = await two.invited(room)
        await two.join(room, one)

        const types = stripped.map(({ type }) => type)
        assert.ok(types.includes('m.room.create') && types.includes('m.room.name'))
        assert.deepEqual(Object.keys(stripped[0] ?? {}).toSorted(), [
          'content',
          'sender',
          'state_key',
          'type',
        ])
        assert.deepEqual(await stateIds(two, room), await stateIds(one, room))
        const signatures = one
          .events(room)
          .find(({ pdu }) => pdu.content['membership'] === 'invite')?.pdu.signatures
        assert.deepEqual(Object.keys(signatures ?? {}).toSorted(), [one.name, two.name].toSorted())
      }))
  }

  it('can be declined without having joined', () =>
    Bench.with(async (bench) => {
      const [one, two] = await bench.two()
      const room = await one.createRoom({ joinRule: 'invite' })
      await one.invite(room, two.user)
      await two.invited(room)

      await two.leave(room)

      const member = await one.stateEvent(room, 'm.room.member', two.user)
      assert.equal(member?.['membership'], 'leave')
      assert.equal(two.server.users.invitation(room.id, two.user), undefined)
      assert.equal(two.requests('send').length, 0)
      await assert.rejects(two.join(room, one), refusal(403, 'M_FORBIDDEN'))
    }))

  it('can be declined after everybody has gone', () =>
    Bench.with(async (bench) => {
      const one = await bench.peer()
      const room = await one.createRoom()
      await one.invite(room, one.member)
      await one.leave(room)

      await one.server.users.leave(room.id, one.member)

      assert.equal(one.server.rooms.get(room.id)?.membership(one.member), 'leave')
      assert.equal((await one.server.users.sync(one.member)).invited.size, 0)
    }))

  it('end once, however often one leaves', () =>
    Bench.with(async (bench) => {
      const one = await bench.peer()
      const room = await one.createRoom()
      await one.leave(room)
      const heads = one.heads(room)

      await one.leave(room)

      assert.deepEqual(one.heads(room), heads)
      await assert.rejects(one.leave(room, one.stranger), refusal(403, 'M_FORBIDDEN'))
    }))

  it('are taken back before they begin', () =>
    Bench.with(async (bench) => {
      const [one, two] = await bench.two()
      const room = await one.createRoom({ joinRule: 'invite' })
      await one.invite(room, two.user)
      await two.invited(room)
      const since = two.server.users.now()

      await one.kick(room, two.user)
      const view = await two.server.users.sync(two.user, { since, waitMs: 5_000 })

      assert.deepEqual([...view.left.keys()], [room.id])
      assert.equal(two.server.users.invitation(room.id, two.user), undefined)
    }))

  it('are not taken back by somebody who does not know them', () =>
    Bench.with(async (bench) => {
      const [one, two, three] = await bench.three()
      const room = await one.createRoom({ joinRule: 'invite' })
      await one.invite(room, two.user)
      await two.invited(room)
      const leave = {
        type: 'm.room.member',
        state_key: two.user,
        sender: three.user,
        content: { membership: 'leave' },
      }
      const byStranger = one.forge(room, leave, { signer: three, auth: [] })

      await three.push(two, [byStranger])

      assert.notEqual(two.server.users.invitation(room.id, two.user), undefined)
      await two.join(room, one)
    }))

  it('reach a user of a server that is in the room already', () =>
    Bench.with(async (bench) => {
      const [one, two] = await bench.two()
      const room = await one.createRoom({ joinRule: 'invite', invite: [two.user] })
      await two.join(room, one)

      await one.invite(room, two.member)
      await two.invited(room, two.member)
      await two.join(room, one, two.member)
      const [sent] = await two.send(room, text('both here', two.member))
      await one.sees(room, [sent])
    }))

  it('end by leave, kick and ban, and not again before an unban', () =>
    Bench.with(async (bench) => {
      const [one, two] = await bench.two()
      const room = await one.createRoom()
      await two.join(room, one)
      await two.join(room, one, two.member)

      await two.leave(room, two.member)
      await one.receives(room, two.heads(room)[0] ?? '')
      await assert.rejects(two.send(room, text('gone', two.member)), refusal(403, 'M_FORBIDDEN'))
      await one.ban(room, two.user)
      const banned = one.heads(room)
      await two.receives(room, banned[0] ?? '')
      await assert.rejects(two.send(room, text('banned')), refusal(403, 'M_FORBIDDEN'))
      await assert.rejects(two.join(room, one), refusal(403, 'M_FORBIDDEN'))
      await one.unban(room, two.user)
      await two.join(room, one)

      assert.deepEqual(await stateIds(two, room), await stateIds(one, room))
      const [sent] = await two.send(room, text('back'))
      await one.sees(room, [sent])
    }))

  it('go through any server of the room, and all others hear of them', () =>
    Bench.with(async (bench) => {
      const [one, two, three] = await bench.three()
      const room = await one.createRoom()
      await two.join(room, one)

      await three.join(room, two)
      const [sent] = await three.send(room, text('from three'))
      await one.sees(room, [sent])

      const join = three.events(room).find(({ pdu }) => pdu.state_key === three.user)
      assert.ok(
        one.deliveries(room).some(({ event, from }) => event.id === join?.id && from === two.name),
      )
    }))

  it('by condition carry the signature of the server that vouches', () =>
    Bench.with(async (bench) => {
      const [one, two, three] = await bench.three()
      const club = await one.createRoom()
      await two.join(club, one)
      const allow = [{ type: 'm.room_membership', room_id: club.id }]
      const room = await one.createRoom({
        initialState: [
          {
            type: 'm.room.join_rules',
            state_key: '',
            content: { join_rule: 'restricted', allow },
          },
        ],
      })

      await two.join(room, one)
      await assert.rejects(three.join(room, one), refusal(403, 'M_FORBIDDEN'))

      const join = one.events(room).find(({ pdu }) => pdu.state_key === two.user)
      assert.equal(join?.pdu.content['join_authorised_via_users_server'], one.user)
      assert.deepEqual(
        Object.keys(join?.pdu.signatures ?? {}).toSorted(),
        [one.name, two.name].toSorted(),
      )
      assert.deepEqual(await stateIds(two, room), await stateIds(one, room))
    }))
})

const listAt = (json: Json | undefined, key: string): readonly Json[] => {
  const list = valueAt(json, key)
  assert.ok(Array.isArray(list))
  return list
}

function changed(body: Json | undefined, change: JsonObject): Answer {
  assert.ok(isObject(body))
  return { status: 200, body: { ...body, ...change } }
}

describe('a join', () => {
  it('keeps out of the state what is badly signed, and takes the rest', () =>
    Bench.with(async (bench) => {
      const [one, two, three] = await bench.three()
      const room = await one.createRoom()
      const planted = one.forge(
        room,
        { type: 'm.room.topic', state_key: '', content: { topic: 'planted' } },
        { signer: three },
      )
      const strange = one.forge(room, {
        type: 'm.room.name',
        state_key: '',
        content: { name: 'by a stranger' },
        sender: one.stranger,
      })

      await one.answering(
        'sendJoin',
        async (_, honest) => {
          const { body } = await honest()
          const more = [planted, strange].map(({ pdu }) => ({ ...pdu }))
          return changed(body, { state: [...listAt(body, 'state'), ...more] })
        },
        () => two.join(room, one),
      )

      assert.deepEqual(await stateIds(two, room), await stateIds(one, room))
      assert.equal(await two.stateEvent(room, 'm.room.topic'), undefined)
    }))

  it('fails where the state that comes with it does not allow it', () =>
    Bench.with(async (bench) => {
      const [one, two] = await bench.two()
      const room = await one.createRoom()

      await one.answering(
        'sendJoin',
        async (_, honest) => {
          const { body } = await honest()
          const state = listAt(body, 'state')
          const less = state.filter((pdu) => valueAt(pdu, 'type') !== 'm.room.join_rules')
          return changed(body, { state: less })
        },
        () => assert.rejects(two.join(room, one), refusal(502, 'M_UNKNOWN')),
      )
      await assert.rejects(two.state(room), refusal(403, 'M_FORBIDDEN'))
    }))

  it('fetches an auth chain that was left out', () =>
    Bench.with(async (bench) => {
      const [one, two] = await bench.two()
      const room = await one.createRoom({ topic: 'first' })
      // The topic now cites power levels that are no longer part of the state.
      await one.send(room, {
        type: 'm.room.power_levels',
        state_key: '',
        content: { users: { [one.user]: 100 }, state_default: 60 },
      })

      await one.answering(
        'sendJoin',
        async (_, honest) => {
          const { body } = await honest()
          return changed(body, { auth_chain: [] })
        },
        () => two.join(room, one),
      )

      assert.deepEqual(await stateIds(two, room), await stateIds(one, room))
    }))
})
