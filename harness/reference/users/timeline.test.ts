import assert from 'node:assert/strict'
import { describe, it } from 'mocha'
import { Bench, text } from '../test-bench.ts'
import { Timeline } from './timeline.ts'

const idsOf = (timeline: Timeline): readonly string[] => {
  const ids: string[] = []
  for (let index = timeline.start; index < timeline.end; index += 1) {
    const entry = timeline.at(index)
    if (entry !== undefined) ids.push(entry.id)
  }
  return ids
}

const newest = (id: string, position: number, depth: number, isEdge = false) => ({
  id,
  position,
  depth,
  isEdge,
})

describe('a timeline with a gap', () => {
  it('takes what was missing in its place, and keeps all other indices', () => {
    const timeline = new Timeline()
    for (const [index, id] of ['a', 'b'].entries()) timeline.add(newest(id, index + 1, index + 5))
    timeline.add(newest('f', 3, 10, true))
    const last = timeline.indexOf('f')

    for (const [id, depth] of [
      ['e', 9],
      ['d', 8],
      ['d2', 8],
      ['c', 7],
      ['z', 4],
    ] as const)
      timeline.addOlder(id, depth)

    assert.deepEqual(idsOf(timeline), ['z', 'a', 'b', 'c', 'd', 'd2', 'e', 'f'])
    assert.deepEqual([timeline.indexOf('f'), timeline.indexOf('a')], [last, 0])
    assert.equal(timeline.at(timeline.indexOf('d') ?? -1)?.id, 'd')
    assert.ok(timeline.isFree(timeline.startOfGap(timeline.indexOf('c') ?? 0)))
    const again = new Timeline()
    again.recall(
      [newest('a', 1, 5), newest('b', 2, 6), newest('f', 3, 10, true)],
      [
        { id: 'e', depth: 9 },
        { id: 'z', depth: 4 },
        { id: 'c', depth: 7 },
      ],
    )
    assert.deepEqual(idsOf(again), ['z', 'a', 'b', 'c', 'e', 'f'])
  })

  it('is small, however deep others say that their events are', () => {
    const timeline = new Timeline()
    timeline.add(newest('a', 1, 1))
    for (let count = 1; count <= 50; count += 1)
      timeline.add(newest(`b${count}`, count + 1, count * 1e12, true))

    assert.ok(timeline.end <= 10_051)
  })
})

describe('a user of a server that comes back into a room', () => {
  it('reads what was said meanwhile, in its place', () =>
    Bench.with(async (bench) => {
      const [one, two] = await bench.two()
      const room = await one.createRoom()
      const [first] = await one.send(room, text('before'))
      await two.join(room, one)
      const [early] = await one.send(room, text('early'))
      await two.sees(room, [early])
      await two.leave(room)
      await one.receives(room, two.heads(room)[0] ?? '')
      const missed: string[] = []
      for (let count = 0; count < 5; count += 1)
        missed.push(...(await one.send(room, text(`missed ${count}`))))

      await two.join(room, one)
      const [late] = await one.send(room, text('late'))
      await two.sees(room, [late])
      const read = (await two.timeline(room))
        .filter(({ type }) => type === 'm.room.message')
        .map(({ event_id }) => event_id)

      assert.deepEqual(read, [first, early, ...missed, late])
    }))
})
