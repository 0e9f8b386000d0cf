import assert from 'node:assert/strict'
import { describe, it } from 'mocha'
import { stringAt, valueAt } from '../matrix/content.ts'
import type { Json } from '../matrix/event.ts'
import { chosenBy, Lots } from './choices.ts'
import { standardParts } from './parts.ts'
import { Bench, text } from './test-bench.ts'

const numbers = Array.from({ length: 20 }, (_, index) => index)
const seeds = [1, 2, 3, 4, 5, 6, 7, 8]

const chosen = (bench: Bench, seed: number) =>
  bench.peer({ parts: chosenBy(new Lots(seed), standardParts) })

const listIn = (json: Json | undefined, key: string): readonly Json[] => {
  const list = valueAt(json, key)
  assert.ok(Array.isArray(list), key)
  return list
}

describe('lots', () => {
  it('fall the same for a seed, whatever else is chosen in between', () => {
    const [one, other] = [new Lots(7), new Lots(7)]
    const first = numbers.map(() => one.upTo(50, 'page'))
    const second = numbers.map((n) => {
      other.order(numbers.slice(0, n), 'state')
      return other.upTo(50, 'page')
    })
    assert.deepEqual(second, first)
    assert.deepEqual(new Lots(7).order(numbers, 'state'), new Lots(7).order(numbers, 'state'))
  })

  it('fall otherwise for another', () => {
    const orders = seeds.map((seed) => new Lots(seed).order(numbers, 'state').join())
    assert.equal(new Set(orders).size, seeds.length)
    assert.notDeepEqual(new Lots(1).order(numbers, 'a'), new Lots(1).order(numbers, 'b'))
  })

  it('leave out and double nothing, and keep to the bound', () => {
    const lots = new Lots(3)
    assert.deepEqual(
      lots.order(numbers, 'x').toSorted((a, b) => a - b),
      numbers,
    )
    const counts = numbers.map(() => lots.upTo(10, 'y'))
    assert.ok(counts.every((count) => count >= 1 && count <= 10))
    assert.ok(counts.includes(10) && new Set(counts).size > 3, counts.join())
  })
})

describe('a server that chooses by a seed', () => {
  it('gives of history what lies nearest, as much as it likes, in any order', () =>
    Bench.with(async (bench) => {
      const one = await chosen(bench, 5)
      const two = await bench.peer()
      const room = await one.createRoom()
      await two.join(room, one)
      const drafts = numbers.map((n) => text(`${n}`))
      const sent = await one.send(room, ...drafts)

      const asking = { limit: '15', v: sent.slice(-1) }
      const pages = await Promise.all(
        seeds.map(async () => {
          const options = { params: { roomId: room.id }, query: asking }
          const { json } = await two.request(one, 'backfill', options)
          return listIn(json, 'pdus').map((pdu) => stringAt(valueAt(pdu, 'content'), 'body') ?? '')
        }),
      )

      for (const page of pages) {
        const nearest = numbers.toReversed().slice(0, page.length).map(String)
        assert.deepEqual(page.toSorted(), nearest.toSorted())
      }
      assert.ok(new Set(pages.map((page) => page.length)).size > 2)
      assert.ok(new Set(pages.map((page) => page.join())).size > 3)
    }))

  it('cites any 20 of many heads', () =>
    Bench.with(async (bench) => {
      const cited = await Promise.all(
        [1, 2].map(async (seed) => {
          const peer = await chosen(bench, seed)
          const room = await peer.createRoom()
          const after = peer.heads(room)
          const heads = Array.from({ length: 25 }, (_, n) =>
            peer.author(room, text(`${n}`), { after, originServerTs: 1_000 + n }),
          )
          const [merge] = await peer.send(room, text('all'))
          const prev_events = peer.event(merge)?.pdu.prev_events ?? []
          assert.equal(new Set(prev_events).size, 20)
          return heads.map(({ id }) => prev_events.includes(id))
        }),
      )
      assert.notDeepEqual(cited[0], cited[1])
    }))

  it('finds what it misses at whatever server it asks first', () =>
    Bench.with(async (bench) => {
      const asked = await Promise.all(
        seeds.map(async (seed) => {
          const [one, two] = await bench.two()
          const three = await chosen(bench, seed)
          const room = await one.createRoom()
          await two.join(room, one)
          await three.join(room, one)
          const [joined = ''] = three.heads(room)
          await two.sees(room, [joined])

          const sent = await one.withholding(() =>
            one.send(room, text('a'), text('b'), text('c'), text('last')),
          )
          const events = sent.flatMap((id) => one.event(id) ?? [])
          // Both that can be asked have all of them before there is anything to ask for.
          await one.push(two, events)
          await one.push(three, events.slice(-1))
          await three.sees(room, sent)

          return [one, two].map((peer) => peer.requests('getMissingEvents').length > 0)
        }),
      )
      const firsts = new Set(asked.map(String))
      assert.deepEqual([...firsts].toSorted(), ['false,true', 'true,false'])
    }))
})
