import assert from 'node:assert/strict'
import { describe, it } from 'mocha'
import { stringAt, valueAt } from '../../matrix/content.ts'
import type { Event } from '../../matrix/event.ts'
import type { Room } from '../../world/homeserver.ts'
import type { ReferencePeer } from '../peer.ts'
import { Bench, text, topic, versions } from '../test-bench.ts'

interface Gap {
  readonly room: Room
  readonly missing: Event
  /** Cites what is missing. */
  readonly late: Event
  /** Has the answer given. */
  readonly release: () => void
}

/** A gap at `two` of which `one` does not tell until it is released. */
async function holdingGap(
  one: ReferencePeer,
  two: ReferencePeer,
  story: (gap: Gap) => Promise<void>,
): Promise<void> {
  const room = await one.createRoom()
  await two.join(room, one)
  const missing = one.forge(room, text('missing'))
  const late = one.forge(room, text('late'), { after: [missing] })
  let answer: ((nothing: undefined) => void) | undefined
  const held = new Promise<undefined>((resolve) => {
    answer = resolve
  })
  await one.answering(
    'getMissingEvents',
    () => held,
    () => story({ room, missing, late, release: () => answer?.(undefined) }),
  )
}

describe('the intake of events', () => {
  for (const version of versions) {
    it(`fetches what lies between, event by event, in version ${version.id}`, () =>
      Bench.with(async (bench) => {
        const [one, two] = await bench.two({ version })
        const room = await one.createRoom()
        await two.join(room, one)

        const hidden = await one.withholding(() =>
          one.send(room, ...Array.from({ length: 120 }, (_, n) => text(`${n}`)), topic('hidden')),
        )
        const [last] = await one.send(room, text('last'))
        await two.sees(room, [...hidden, last])

        assert.deepEqual(two.heads(room), [last])
        assert.ok(one.requests('getMissingEvents').length >= 3)
        assert.equal(one.requests('state').length + one.requests('stateIds').length, 0)
        assert.deepEqual(await two.stateEvent(room, 'm.room.topic'), { topic: 'hidden' })
      }))
  }

  it('asks for the state where a gap cannot be closed', () =>
    Bench.with(async (bench) => {
      const [one, two] = await bench.two()
      const room = await one.createRoom()
      await two.join(room, one)

      const last = await one.answering(
        'getMissingEvents',
        () => ({ status: 200, body: { events: [] } }),
        async () => {
          await one.withholding(() => one.send(room, topic('unseen'), text('a'), text('b')))
          const sent = await one.send(room, text('last'))
          await two.sees(room, sent)
          return sent
        },
      )

      assert.deepEqual(await two.stateEvent(room, 'm.room.topic'), { topic: 'unseen' })
      assert.deepEqual(two.heads(room), last)
      assert.equal(one.requests('stateIds').length, 1)
    }))

  it('places an event that is older than the join beside it', () =>
    Bench.with(async (bench) => {
      const [one, two] = await bench.two()
      const room = await one.createRoom()
      const before = one.heads(room)
      await one.send(room, text('before the join'))
      await two.join(room, one)

      const late = one.author(room, text('beside the join'), { after: before })
      await one.push(two, [late])
      await two.sees(room, [late.id])

      assert.deepEqual(two.heads(room).toSorted(), one.heads(room).toSorted())
    }))

  it('rejects what the rules forbid, and takes what is built on it', () =>
    Bench.with(async (bench) => {
      const [one, two] = await bench.two()
      const room = await one.createRoom()
      await two.join(room, one)

      const bad = one.forge(room, topic('no', one.stranger))
      const fence = one.forge(room, text('fence'), { after: [bad] })
      const reply = await one.push(two, [bad, fence])
      await two.sees(room, [fence.id])

      const [problem, fine] = [bad, fence].map(({ id }) => valueAt(valueAt(reply.json, 'pdus'), id))
      assert.equal(reply.status, 200)
      assert.match(stringAt(problem, 'error') ?? '', /not join/)
      assert.deepEqual(fine, {})
      assert.equal(await two.stateEvent(room, 'm.room.topic'), undefined)
      const seen = (await two.timeline(room)).map(({ event_id }) => event_id)
      assert.ok(!seen.includes(bad.id))
      assert.ok(!two.events(room).some(({ id }) => id === bad.id))
      const [next] = await two.send(room, text('next'))
      assert.deepEqual(two.event(next)?.pdu.prev_events, [fence.id])
    }))

  it('rejects what cites an event of another room, and takes what is built on it', () =>
    Bench.with(async (bench) => {
      const [one, two] = await bench.two()
      const [room, other] = [await one.createRoom(), await one.createRoom()]
      for (const each of [room, other]) await two.join(each, one)
      const create = one.events(room).find(({ pdu }) => pdu.type === 'm.room.create')
      const elsewhere = one.events(other).find(({ pdu }) => pdu.state_key === one.user)
      assert.ok(create !== undefined && elsewhere !== undefined)

      const foreign = one.forge(room, topic('no'), { auth: [create, elsewhere] })
      const fence = one.forge(room, text('fence'), { after: [foreign] })
      const reply = await one.push(two, [foreign, fence])
      await two.sees(room, [fence.id])

      const problem = valueAt(valueAt(reply.json, 'pdus'), foreign.id)
      assert.match(stringAt(problem, 'error') ?? '', /the event is of/)
      assert.equal(await two.stateEvent(room, 'm.room.topic'), undefined)
    }))

  it('drops a bad signature, and redacts for a bad hash', () =>
    Bench.with(async (bench) => {
      const [one, two, three] = await bench.three()
      const room = await one.createRoom()
      await two.join(room, one)

      const unsigned = one.forge(room, text('by three'), { signer: three })
      const spoilt = one.forge(room, text('hash'), {
        spoil: (pdu) => ({ ...pdu, content: { ...pdu.content, body: 'other' } }),
      })
      const reply = await one.push(two, [unsigned, spoilt])
      await two.sees(room, [spoilt.id])

      const results = valueAt(reply.json, 'pdus')
      assert.match(stringAt(valueAt(results, unsigned.id), 'error') ?? '', /signature/)
      assert.deepEqual(valueAt(results, spoilt.id), {})
      assert.equal(two.event(unsigned.id), undefined)
      assert.deepEqual(two.event(spoilt.id)?.pdu.content, {})
    }))

  it('soft-fails what evades a ban, and shows it no client', () =>
    Bench.with(async (bench) => {
      const [one, two, three] = await bench.three()
      const room = await one.createRoom()
      await two.join(room, one)
      await three.join(room, one)
      const before = three.heads(room)
      await one.ban(room, three.user)
      const [fence] = await one.send(room, text('fence'))
      await two.sees(room, [fence])

      const evading = three.forge(room, text('still here'), { after: before })
      const reply = await three.push(two, [evading])

      assert.deepEqual(reply.json, { pdus: { [evading.id]: {} } })
      assert.deepEqual(two.heads(room), [fence])
      const seen = (await two.timeline(room)).map(({ event_id }) => event_id)
      assert.ok(!seen.includes(evading.id))
      const fetched = await one.request(two, 'event', { params: { eventId: evading.id } })
      assert.equal(fetched.status, 200)

      const later = one.forge(room, text('it came first here'), { after: [evading, fence] })
      await one.push(two, [later])
      await two.sees(room, [later.id])
      assert.deepEqual(two.heads(room), [later.id])
    }))

  it('judges an event once, however often it comes', () =>
    Bench.with(async (bench) => {
      const [one, two] = await bench.two()
      const room = await one.createRoom()
      await two.join(room, one)

      const event = one.author(room, text('again'))
      await Promise.all([one.push(two, [event]), one.push(two, [event, event])])
      await one.push(two, [event])

      const seen = (await two.timeline(room)).filter(({ event_id }) => event_id === event.id)
      assert.equal(seen.length, 1)
    }))

  it('takes in many heads, and joins them with the next event', () =>
    Bench.with(async (bench) => {
      const [one, two] = await bench.two()
      const room = await one.createRoom()
      await two.join(room, one)
      const root = one.heads(room)

      const branches = Array.from({ length: 10 }, (_, n) =>
        one.author(room, topic(`branch ${n}`), { after: root }),
      )
      await one.push(two, branches.toReversed())
      const [merge] = await two.send(room, text('merge'))
      await one.sees(room, [merge])

      assert.equal(two.event(merge)?.pdu.prev_events.length, 10)
      assert.deepEqual(
        await two.stateEvent(room, 'm.room.topic'),
        await one.stateEvent(room, 'm.room.topic'),
      )
    }))

  it('does not make others wait for what is asked for', () =>
    Bench.with(async (bench) => {
      const [one, two] = await bench.two({ limits: { judgementMs: 20 } })
      await holdingGap(one, two, async ({ room, missing, late, release }) => {
        await one.push(two, [late])
        const [next] = await one.send(room, text('next'))
        await two.receives(room, next)
        assert.equal(two.server.rooms.get(room.id)?.placed(late.id), undefined)
        release()
        await two.sees(room, [missing.id, late.id])
      })
    }))

  it('gives up on what takes too long', () =>
    Bench.with(async (bench) => {
      const [one, two] = await bench.two({ limits: { searchMs: 100 } })
      await holdingGap(one, two, async ({ late, release }) => {
        const { json } = await one.push(two, [late])
        assert.match(JSON.stringify(json), /parents not found/)
        release()
      })
    }))

  it('redacts what a redaction names, whichever comes first', () =>
    Bench.with(async (bench) => {
      const [one, two] = await bench.two()
      const room = await one.createRoom()
      await two.join(room, one)

      const [said] = await one.send(room, text('regretted'))
      const redaction = await one.redact(room, said)
      await two.sees(room, [redaction])

      assert.deepEqual(two.event(said)?.pdu.content, {})
      const seen = (await two.timeline(room)).find(({ event_id }) => event_id === said)
      assert.deepEqual(seen?.content, {})
      assert.equal(valueAt(seen?.unsigned?.['redacted_because'], 'event_id'), redaction)
    }))
})
