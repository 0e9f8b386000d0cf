import assert from 'node:assert/strict'
import { describe, it } from 'mocha'
import { standardParts } from '../reference/parts.ts'
import { quirks } from '../reference/quirks/index.ts'
import { Bench, text } from '../reference/test-bench.ts'
import { differences } from './differences.ts'

const partsWith = (id: string) => quirks[id]?.apply(standardParts) ?? standardParts

const topic = (words: string) => ({
  type: 'm.room.topic',
  state_key: '',
  content: { topic: words },
})

describe('differences between reference and oracle', () => {
  it('are none after a join and some talk', () =>
    Bench.with(async (bench) => {
      const [one, two] = [await bench.peer(), await bench.peer()]
      const room = await one.createRoom({ topic: 'of the beginning' })
      await two.join(room, one)
      await two.sees(room, await one.send(room, text('hello')))
      await two.timeline(room)

      assert.deepEqual(differences(two.server.rooms), [])
    }))

  it('are not looked for where another server gave too little of the state', () =>
    Bench.with(async (bench) => {
      const one = await bench.peer({ parts: partsWith('thin-state') })
      const two = await bench.peer()
      const room = await one.createRoom({ topic: 'of the beginning' })
      await two.join(room, one)
      await two.timeline(room)

      assert.equal(await two.stateEvent(room, 'm.room.topic'), undefined)
      assert.deepEqual(differences(two.server.rooms), [])
    }))

  it('are told where the reference resolves otherwise', () =>
    Bench.with(async (bench) => {
      const one = await bench.peer({ parts: partsWith('oldest-event-wins') })
      const two = await bench.peer()
      const room = await one.createRoom({ power: { [two.user]: 50 } })
      await two.join(room, one)

      const sent = await bench.fabric.partitioned([one, two], async () => [
        ...(await one.send(room, topic('of the one'))),
        ...(await two.send(room, topic('of the other'))),
      ])
      await one.sees(room, sent)

      assert.match(differences(one.server.rooms)[0] ?? '', /^the state of !.*only the oracle has/)
    }))
})
