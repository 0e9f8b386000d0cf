import assert from 'node:assert/strict'
import { describe, it } from 'mocha'
import { roomVersions } from '../matrix/room-version.ts'
import { offeredVersions as versions } from './offered-versions.ts'
import { Bench, stateIds, text, topic } from './test-bench.ts'

const { v1, v2, v3, v5, v6 } = roomVersions

describe('a room of every version', () => {
  for (const version of versions) {
    it(`is shared by two servers in version ${version.id}`, () =>
      Bench.with(async (bench) => {
        const [one, two] = await bench.two({ version })
        const room = await one.createRoom({ joinRule: 'invite', name: 'Both' })
        await one.invite(room, two.user)
        await two.invited(room)
        await two.join(room, one)
        await one.send(room, {
          type: 'm.room.join_rules',
          state_key: '',
          content: { join_rule: 'public' },
        })
        const [said] = await one.send(room, text('hello'))
        await two.sees(room, [said])
        await two.join(room, one, two.member)
        const redaction = await one.redact(room, said)
        await two.sees(room, [redaction])
        const [answer] = await two.send(room, text('and back', two.member))
        await one.sees(room, [answer])

        await one.kick(room, two.member)
        await one.ban(room, two.member)
        const [last] = await one.send(room, topic('without one'))
        await two.sees(room, [last])

        assert.deepEqual(two.event(said)?.pdu.content, {})
        assert.deepEqual(one.event(said)?.pdu.content, {})
        const member = await two.stateEvent(room, 'm.room.member', two.member)
        assert.equal(member?.['membership'], 'ban')
        assert.deepEqual(await stateIds(two, room), await stateIds(one, room))
        assert.deepEqual([one.server.faults, two.server.faults], [[], []])
      }))

    it(`is parted and comes together in version ${version.id}`, () =>
      Bench.with(async (bench) => {
        const [one, two] = await bench.two({ version })
        const room = await one.createRoom({ power: { [two.user]: 100 } })
        await two.join(room, one)
        const name = { type: 'm.room.name', state_key: '', content: { name: 'Two' } }
        const [ours, theirs] = await bench.fabric.partitioned([one, two], async () => [
          await one.send(room, topic('by one'), text('one')),
          await two.send(room, topic('by two'), name),
        ])
        await one.sees(room, theirs ?? [])
        await two.sees(room, ours ?? [])

        const [last] = await one.send(room, text('merged'))
        await two.sees(room, [last])
        const [own] = await two.send(room, text('merged again'))
        await one.sees(room, [own])

        assert.deepEqual(await stateIds(two, room), await stateIds(one, room))
        assert.deepEqual(one.heads(room), two.heads(room))
      }))
  }
})

describe('a number with a fraction', () => {
  const draft = { type: 'org.fedcheck.number', content: { half: 0.5 } }

  it('is replicated while JSON need not be strict', () =>
    Bench.with(async (bench) => {
      const [one, two] = await bench.two({ version: v5 })
      const room = await one.createRoom()
      await two.join(room, one)

      const [sent] = await one.send(room, draft)
      await two.sees(room, [sent])

      assert.deepEqual(two.event(sent)?.pdu.content, { half: 0.5 })
    }))

  it('is refused where it has to be', () =>
    Bench.with(async (bench) => {
      const one = await bench.peer({ version: v6 })
      const room = await one.createRoom()

      await assert.rejects(one.send(room, draft), { status: 400, errcode: 'M_BAD_JSON' })
    }))
})

describe('an invitation of the first room versions', () => {
  for (const version of [v1, v2])
    it(`goes the older way where the other server knows no other, in version ${version.id}`, () =>
      Bench.with(async (bench) => {
        const [one, two] = await bench.two({ version })
        const room = await one.createRoom({ joinRule: 'invite' })
        const body = { errcode: 'M_UNRECOGNIZED', error: 'not here' }

        await two.answering(
          'invite',
          () => ({ status: 404, body }),
          () => one.invite(room, two.user),
        )
        const state = await two.invited(room)
        await two.join(room, one)

        assert.equal(two.requests('inviteV1').length, 1)
        assert.ok(state.some(({ type }) => type === 'm.room.create'))
        assert.deepEqual(await stateIds(two, room), await stateIds(one, room))
      }))

  it('goes no other way in later ones', () =>
    Bench.with(async (bench) => {
      const [one, two] = await bench.two({ version: v3 })
      const room = await one.createRoom({ joinRule: 'invite' })
      const body = { errcode: 'M_UNRECOGNIZED', error: 'not here' }

      await two.answering(
        'invite',
        () => ({ status: 404, body }),
        () => assert.rejects(one.invite(room, two.user)),
      )

      assert.equal(two.requests('inviteV1').length, 0)
    }))
})
