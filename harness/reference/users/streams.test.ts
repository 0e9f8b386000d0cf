import assert from 'node:assert/strict'
import { describe, it } from 'mocha'
import { Bench, text, topic } from '../test-bench.ts'
import { noFilter } from './event-filter.ts'
import { Timeline } from './timeline.ts'

const visible = (value: string) => ({
  type: 'm.room.history_visibility',
  state_key: '',
  content: { history_visibility: value },
})

const shortTimeline = { ...noFilter, timeline: { limit: 2 } }

const noEvents = () => ({ status: 200, body: { events: [] } })

describe('what a user sees', () => {
  it('comes when it happens to who waits', () =>
    Bench.with(async (bench) => {
      const [one, two] = await bench.two()
      const room = await one.createRoom()
      await two.join(room, one)
      const { users } = two.server
      const first = await users.sync(two.user)
      assert.deepEqual([...first.joined.keys()], [room.id])
      assert.ok((first.joined.get(room.id)?.state.length ?? 0) > 4)

      const waiting = users.sync(two.user, { since: first.next, waitMs: 5_000 })
      const [sent] = await one.send(room, text('news'))
      const news = await waiting

      const view = news.joined.get(room.id)
      assert.deepEqual(
        view?.timeline.map(({ id }) => id),
        [sent],
      )
      assert.deepEqual([view?.limited, view?.state], [false, []])
      const nothing = await users.sync(two.user, { since: news.next })
      assert.equal(nothing.joined.size, 0)
    }))

  it('is cut at the limit, with the state that was left out', () =>
    Bench.with(async (bench) => {
      const one = await bench.peer()
      const room = await one.createRoom()
      const { users } = one.server
      const { next } = await users.sync(one.user)
      const [set] = await one.send(room, topic('before'), text('1'), text('2'), text('3'))

      const view = (await users.sync(one.user, { since: next, filter: shortTimeline })).joined.get(
        room.id,
      )

      assert.deepEqual(
        view?.timeline.map(({ pdu }) => pdu.content['body']),
        ['2', '3'],
      )
      assert.deepEqual(
        view?.state.map(({ id }) => id),
        [set],
      )
      assert.equal(view?.limited, true)
      const page = await users.messages(room.id, one.user, {
        direction: 'backwards',
        from: view?.previous ?? 0,
        limit: 2,
      })
      assert.deepEqual(
        page.events.map(({ pdu }) => pdu.content['body'] ?? pdu.content['topic']),
        ['1', 'before'],
      )
    }))

  it('is cut at what is missing, which is there for who asks', () =>
    Bench.with(async (bench) => {
      const [one, two] = await bench.two()
      const { users } = two.server
      const room = await one.createRoom()
      await two.join(room, one)
      const since = users.now()
      await one.send(room, text('before'))
      await two.sees(room, one.heads(room))
      const [, second, last] = await one.answering('getMissingEvents', noEvents, async () => {
        const lost = await one.withholding(() => one.send(room, text('1'), text('2')))
        const sent = await one.send(room, text('late'))
        await two.sees(room, sent)
        return [...lost, ...sent]
      })

      const view = (await users.sync(two.user, { since })).joined.get(room.id)
      const from = view?.previous ?? 0
      const page = await users.messages(room.id, two.user, {
        direction: 'backwards',
        from,
        limit: 3,
      })

      const told = view?.timeline.map(({ id }) => id)
      assert.deepEqual(
        [view?.limited, told?.at(-1), told?.includes(second ?? '')],
        [true, last, true],
      )
      assert.deepEqual(
        page.events.map(({ pdu }) => pdu.content['body']),
        ['1', 'before', undefined],
      )
    }))

  it('holds a change of the visibility that either setting shows', () =>
    Bench.with(async (bench) => {
      const one = await bench.peer()
      const room = await one.createRoom()
      const { users } = one.server
      const sent = await one.send(
        room,
        visible('joined'),
        text('1'),
        visible('invited'),
        text('2'),
        visible('shared'),
        text('3'),
      )
      await users.join(room.id, one.member)

      const view = (await users.sync(one.member)).joined.get(room.id)

      const seen = view?.timeline.map(({ id }) => sent.indexOf(id)).filter((index) => index >= 0)
      assert.deepEqual(seen, [0, 4, 5])
    }))

  it('is not cut where the limit leaves nothing out', () =>
    Bench.with(async (bench) => {
      const one = await bench.peer()
      const room = await one.createRoom()
      await one.send(room, text('1'), topic('a'), text('2'), topic('b'))
      const limited = async (limit: number) => {
        const timeline = { limit, types: ['m.room.message'] }
        const filter = { ...noFilter, timeline }
        return (await one.server.users.sync(one.user, { filter })).joined.get(room.id)?.limited
      }
      assert.deepEqual(await Promise.all([0, 1, 2, 3].map(limited)), [true, true, false, false])
    }))

  it('holds what holds now, though it came while the user was away', () =>
    Bench.with(async (bench) => {
      const one = await bench.peer()
      const room = await one.createRoom()
      const { users } = one.server
      const invited = await one.newUser('invited')
      await users.join(room.id, one.member)
      await one.send(room, visible('joined'))
      await users.invite(room.id, invited, one.user)
      await users.leave(room.id, one.member)
      await users.join(room.id, invited)
      const [hidden] = await one.send(room, text('hidden'))
      await users.join(room.id, one.member)

      const timeline = (await users.sync(one.member)).joined.get(room.id)?.timeline ?? []

      const theirs = timeline.filter(({ pdu }) => pdu.state_key === invited)
      const memberships = theirs.map(({ pdu }) => pdu.content['membership'])
      assert.deepEqual(memberships, ['invite', 'join'])
      assert.ok(timeline.every(({ id }) => id !== hidden))
    }))

  it('begins anew for who came and went since', () =>
    Bench.with(async (bench) => {
      const one = await bench.peer()
      const room = await one.createRoom({ topic: 'new to them' })
      const { users } = one.server
      await users.invite(room.id, one.member, one.user)
      const { next } = await users.sync(one.member)
      await users.join(room.id, one.member)
      await users.leave(room.id, one.member)

      const filter = { ...noFilter, timeline: { limit: 1 } }
      const view = (await users.sync(one.member, { since: next, filter })).left.get(room.id)

      assert.ok(view?.state.some(({ pdu }) => pdu.type === 'm.room.topic'))
    }))

  it('ends with the last moment in the room', () =>
    Bench.with(async (bench) => {
      const one = await bench.peer()
      const room = await one.createRoom()
      const { users } = one.server
      await users.join(room.id, one.member)
      const { next } = await users.sync(one.member)

      const [before] = await one.send(room, topic('seen'))
      await one.kick(room, one.member)
      await one.send(room, topic('unseen'))
      const view = await users.sync(one.member, { since: next })

      assert.deepEqual([...view.left.keys()], [room.id])
      const ids = view.left.get(room.id)?.timeline.map(({ id }) => id) ?? []
      assert.equal(ids[0], before)
      assert.equal(ids.length, 2)
      const state = users.stateEvent(room.id, one.member, 'm.room.topic', '')
      assert.deepEqual(state.pdu.content, { topic: 'seen' })
      await assert.rejects(async () => users.state(room.id, one.stranger), /is not in/)
    }))

  it('is given up when the request is', () =>
    Bench.with(async (bench) => {
      const one = await bench.peer()
      const given = new AbortController()
      const { users } = one.server
      const waiting = users.sync(one.user, { since: 0, waitMs: 3_600_000, signal: given.signal })

      given.abort()

      assert.equal((await waiting).joined.size, 0)
    }))
})

describe('a timeline', () => {
  it('keeps its indices when older events come', () => {
    const timeline = new Timeline()
    timeline.add({ id: 'a', position: 3, depth: 10 + 3, isEdge: false })
    timeline.add({ id: 'b', position: 5, depth: 10 + 5, isEdge: false })
    for (const [id, depth] of [
      ['y', 8],
      ['z', 9],
      ['x', 2],
    ] as const)
      timeline.addOlder(id, depth)

    assert.deepEqual([timeline.start, timeline.end], [-3, 2])
    const ids = [-3, -2, -1, 0, 1].map((index) => timeline.at(index)?.id)
    assert.deepEqual(ids, ['x', 'y', 'z', 'a', 'b'])
    assert.deepEqual([timeline.after(2), timeline.after(3), timeline.after(5)], [0, 1, 2])
  })
})
