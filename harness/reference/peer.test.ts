import assert from 'node:assert/strict'
import { describe, it } from 'mocha'
import { Bench, stateIds, text, topic, versions } from './test-bench.ts'

describe('two reference servers', () => {
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
        const [bodies] = [await one.timeline(room)]
        assert.deepEqual(
          bodies.slice(-2).map(({ event_id }) => event_id),
          [sent, answered],
        )
      }))
  }

  it('agree after a fork by a partition', () =>
    Bench.with(async (bench) => {
      const [one, two] = await bench.two()
      const room = await one.createRoom({ power: { [two.user]: 50 } })
      await two.join(room, one)

      const sent = await bench.fabric.partitioned([one, two], async () => [
        ...(await one.send(room, topic('left'), text('left'))),
        ...(await two.send(room, text('right'), topic('right'))),
      ])

      await one.sees(room, sent)
      await two.sees(room, sent)
      assert.deepEqual(await stateIds(two, room), await stateIds(one, room))
      const [merge] = await one.send(room, text('merged'))
      await two.sees(room, [merge])
      assert.equal(one.event(merge)?.pdu.prev_events.length, 2)
    }))
})
