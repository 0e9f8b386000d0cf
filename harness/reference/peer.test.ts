import assert from 'node:assert/strict'
import { describe, it } from 'mocha'
import { valueAt } from '../matrix/content.ts'
import { roomVersions } from '../matrix/room-version.ts'
import type { Fault } from '../world/fabric.ts'
import { Nonconformance, Refused } from '../world/errors.ts'
import { Bench, stateIds, text, topic, versions } from './test-bench.ts'

describe('reference servers', () => {
  for (const version of versions) {
    it(`join, replicate both ways and agree in version ${version.id}`, () =>
      Bench.with(async (bench) => {
        const [one, two] = await bench.two({ version })
        const room = await one.createRoom({ topic: 'All welcome' })

        await two.join(room, one)

        assert.deepEqual(await stateIds(two, room), await stateIds(one, room))
        const [sent] = await one.send(room, text('hello'))
        await two.sees(room, [sent])
        const [answered] = await two.send(room, text('hello yourself'))
        await one.sees(room, [sent, answered])
        assert.deepEqual(one.heads(room), [answered])
        assert.deepEqual(two.heads(room), [answered])
        const last = (await one.timeline(room)).slice(-2).map(({ event_id }) => event_id)
        assert.deepEqual(last, [sent, answered])
      }))

    it(`merge what both sides of a partition did in version ${version.id}`, () =>
      Bench.with(async (bench) => {
        const [one, two, three] = await bench.three({ version })
        const room = await one.createRoom({ power: { [two.user]: 100, [three.user]: 50 } })
        await two.join(room, one)
        await three.join(room, one)

        const sent = await bench.fabric.partitioned([one, two, three], async () => {
          const left = await one.send(room, topic('left'), text('left'))
          await one.kick(room, three.user)
          const right = await two.send(room, text('right'), topic('right'))
          await two.ban(room, three.user)
          return [...left, ...right]
        })
        const [first] = await one.send(room, text('after'))
        await two.sees(room, [...sent, first])
        const [merge] = await two.send(room, text('merged'))
        await one.sees(room, [...sent, merge])

        assert.deepEqual(await stateIds(two, room), await stateIds(one, room))
        assert.deepEqual(one.heads(room), [merge])
        assert.deepEqual(two.heads(room), [merge])
      }))
  }

  it('give history from before their join to others that page back', () =>
    Bench.with(async (bench) => {
      const [one, two] = await bench.two()
      const room = await one.createRoom()
      const sent = await one.send(room, ...Array.from({ length: 70 }, (_, n) => text(`${n}`)))
      await two.join(room, one)

      const seen = (await two.timeline(room)).map(({ event_id }) => event_id)

      const all = (await one.timeline(room)).map(({ event_id }) => event_id)
      assert.deepEqual(seen, all)
      assert.ok(sent.every((id) => seen.includes(id)))
      assert.deepEqual(two.heads(room), one.heads(room))
      assert.ok(one.requests('backfill').length > 1)
    }))

  it('deliver an event once to a server with two users, and nothing to one without', () =>
    Bench.with(async (bench) => {
      const [one, two, three] = await bench.three()
      const room = await one.createRoom()
      await one.send(room, text('among ourselves'))
      await two.join(room, one)
      await two.join(room, one, two.member)
      await three.join(room, two)
      const [joined = ''] = three.heads(room)
      await one.receives(room, joined)
      await two.leave(room)

      const [sent] = await one.send(room, text('once'))
      await two.receives(room, sent)
      await three.receives(room, sent)
      await two.leave(room, two.member)
      const [left = ''] = two.heads(room)
      await one.receives(room, left)
      const [last] = await one.send(room, text('for three only'))
      await three.receives(room, last)

      const times = two.deliveries(room).filter(({ event }) => event.id === sent).length
      assert.equal(times, 1)
      assert.ok(!two.deliveries(room).some(({ event }) => event.id === last))
    }))

  it('make rooms of their own, however many in a millisecond', () =>
    Bench.with(async (bench) => {
      const now = Date.now()
      const one = await bench.peer({ version: roomVersions.v12, clock: () => now })
      const rooms = await Promise.all(Array.from({ length: 8 }, () => one.createRoom()))
      assert.equal(new Set(rooms.map(({ id }) => id)).size, 8)
    }))

  it('find each other by alias', () =>
    Bench.with(async (bench) => {
      const [one, two] = await bench.two()
      const room = await one.createRoom({ alias: 'meeting' })

      const joined = await two.joinByAlias(`#meeting:${one.name}`)

      assert.equal(joined, room.id)
      assert.deepEqual(await two.stateEvent(room, 'm.room.canonical_alias'), {
        alias: `#meeting:${one.name}`,
      })
      await assert.rejects(
        two.joinByAlias(`#nowhere:${one.name}`),
        new Refused(404, 'M_NOT_FOUND', `there is no alias #nowhere:${one.name}`),
      )
    }))

  it('show each other profiles, and names in memberships', () =>
    Bench.with(async (bench) => {
      const [one, two] = await bench.two()
      const room = await one.createRoom()
      await two.join(room, one)

      await one.setDisplayName('Alice')
      const [fence] = await one.send(room, text('fence'))
      await two.sees(room, [fence])

      assert.deepEqual(await two.profile(one.user), { displayname: 'Alice' })
      const member = await two.stateEvent(room, 'm.room.member', one.user)
      assert.equal(member?.['displayname'], 'Alice')
    }))

  it('say what they missed when patience is over', () =>
    Bench.with(async (bench) => {
      const [one, two] = await bench.two({ patienceMs: 50 })
      const room = await one.createRoom()
      await two.join(room, one)
      const { id } = one.forge(room, text('never sent'))

      await assert.rejects(two.sees(room, [id]), (error) => {
        assert.ok(error instanceof Nonconformance)
        assert.match(error.actual ?? '', /never came/)
        return true
      })
      await assert.rejects(two.receives(room, id), Nonconformance)
      await assert.rejects(one.asked('makeLeave', two), Nonconformance)
    }))
})

describe('a queue of a reference server', () => {
  const faults: readonly Fault[] = [
    { do: 'refuse' },
    { do: 'reset' },
    { do: 'tls' },
    { do: 'blackhole' },
    { do: 'answer', status: 503 },
  ]
  for (const fault of faults) {
    it(`outlives a link that answers by ${fault.do}`, () =>
      Bench.with(async (bench) => {
        const [one, two] = await bench.two()
        const room = await one.createRoom()
        await two.join(room, one)

        const sent = await bench.fabric.partitioned(
          [one, two],
          () => one.send(room, text('kept')),
          fault,
        )

        await two.sees(room, sent)
      }))
  }

  it('outlives a server that is offline, and leaves others alone', () =>
    Bench.with(async (bench) => {
      const [one, two, three] = await bench.three()
      const room = await one.createRoom()
      await two.join(room, one)
      await three.join(room, one)

      const sent = await bench.fabric.offline(two, async () => {
        const kept = await one.send(room, text('kept'))
        await three.sees(room, kept)
        return kept
      })

      await two.sees(room, sent)
    }))

  it('sends more than a transaction holds in several', () =>
    Bench.with(async (bench) => {
      const [one, two] = await bench.two()
      const room = await one.createRoom()
      await two.join(room, one)

      const many = await bench.fabric.partitioned([one, two], () =>
        one.send(room, ...Array.from({ length: 120 }, (_, n) => text(`${n}`))),
      )
      await two.sees(room, many)

      const sizes = two.requests('send').map(({ body }) => {
        const pdus = valueAt(body, 'pdus')
        return Array.isArray(pdus) ? pdus.length : 0
      })
      assert.ok(Math.max(...sizes) === 50)
      const seen = (await two.timeline(room)).map(({ event_id }) => event_id)
      assert.deepEqual(seen.slice(-120), many)
    }))
})
