import assert from 'node:assert/strict'
import { describe, it } from 'mocha'
import { valueAt } from '../../matrix/content.ts'
import { Refused } from '../../world/errors.ts'
import { Bench, text, topic } from '../test-bench.ts'

describe('a peer under a scenario', () => {
  it('answers whatever it is told to, and then the truth again', () =>
    Bench.with(async (bench) => {
      const [one, two] = await bench.two()
      const bytes = Buffer.from('{"server":"\xff"', 'latin1')

      const garbage = await one.answering(
        'version',
        () => ({ status: 203, bytes, headers: { 'content-type': 'application/json' } }),
        () => two.request(one, 'version'),
      )
      const honest = await two.request(one, 'version')

      assert.equal(garbage.status, 203)
      assert.equal(garbage.json, undefined)
      assert.ok(garbage.jsonError !== undefined)
      assert.equal(honest.status, 200)
    }))

  it('answers what it does not offer', () =>
    Bench.with(async (bench) => {
      const [one, two] = await bench.two()
      const options = { query: { access_token: 'x' } }

      const known = await one.answering(
        'onBind',
        ({ body }) => ({ status: 200, body: { told: valueAt(body, 'mxid') ?? null } }),
        () => two.request(one, 'onBind', { ...options, body: { mxid: two.user } }),
      )

      assert.deepEqual(known.json, { told: two.user })
      assert.ok(one.requests('onBind').length === 1)
    }))

  it('sees every EDU, and waits for it', () =>
    Bench.with(async (bench) => {
      const [one, two] = await bench.two()
      const edu = { edu_type: 'm.typing', content: { room_id: '!r', user_id: one.user } }

      const [asked] = await Promise.all([
        two.asked('send', one, ({ body }) => valueAt(body, 'edus') !== undefined),
        one.push(two, [], [edu]),
      ])

      assert.deepEqual(valueAt(asked.body, 'edus'), [edu])
    }))

  it('tells the same lie wherever it is asked', () =>
    Bench.with(async (bench) => {
      const [one, two] = await bench.two()
      const room = await one.createRoom({ topic: 'the truth' })
      const [truth] = one.events(room).filter(({ pdu }) => pdu.type === 'm.room.topic')
      assert.ok(truth)
      const after = truth.pdu.prev_events
      const lie = one.forge(room, topic('a lie'), { after })

      const told = await one.pretending(
        room,
        (event) => (event.id === truth.id ? lie : event),
        async () => {
          await two.join(room, one)
          const params = { roomId: room.id }
          const query = { event_id: one.heads(room)[0] ?? '' }
          const { json: state } = await two.request(one, 'state', { params, query })
          const { json: ids } = await two.request(one, 'stateIds', { params, query })
          const back = { v: query.event_id, limit: '50' }
          const { json: history } = await two.request(one, 'backfill', { params, query: back })
          const { json: event } = await two.request(one, 'event', { params: { eventId: lie.id } })
          return { state, ids, history, event }
        },
      )

      assert.equal((await two.stateEvent(room, 'm.room.topic'))?.['topic'], 'a lie')
      for (const answer of [told.state, told.history, told.event])
        assert.ok(JSON.stringify(answer).includes('a lie'))
      assert.ok(!JSON.stringify(told).includes('the truth'))
      assert.ok(JSON.stringify(told.ids).includes(lie.id))
      assert.ok(!JSON.stringify(told.ids).includes(truth.id))
      assert.equal((await one.stateEvent(room, 'm.room.topic'))?.['topic'], 'the truth')
    }))

  it('withholds an event wherever it is asked for', () =>
    Bench.with(async (bench) => {
      const [one, two] = await bench.two()
      const room = await one.createRoom()
      await two.join(room, one)
      const [kept] = await one.withholding(() => one.send(room, text('kept')))
      const eventId = kept

      const refused = await one.pretending(
        room,
        (event) => (event.id === kept ? undefined : event),
        () => two.request(one, 'event', { params: { eventId } }),
      )
      const given = await two.request(one, 'event', { params: { eventId } })

      assert.equal(refused.status, 404)
      assert.equal(valueAt(refused.json, 'errcode'), 'M_NOT_FOUND')
      assert.equal(given.status, 200)
    }))

  it('is refused like anybody else where it asks as its users', () =>
    Bench.with(async (bench) => {
      const [one, two] = await bench.two()
      const room = await one.createRoom({ joinRule: 'invite' })
      await assert.rejects(two.join(room, one), Refused)
    }))
})
