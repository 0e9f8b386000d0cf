import assert from 'node:assert/strict'
import { describe, it } from 'mocha'
import { oracle } from '../oracle/oracle.ts'
import { standardParts } from '../reference/parts.ts'
import type { ReferencePeer } from '../reference/peer.ts'
import { quirks } from '../reference/quirks/index.ts'
import { Bench } from '../reference/test-bench.ts'
import { Nonconformance } from '../world/errors.ts'
import type { Homeserver, Room } from '../world/homeserver.ts'
import { message, topic } from './drafts.ts'
import { agree } from './idioms.ts'
import { onStage } from './stage.ts'

/** The peer in the seat of a target: no more than what every homeserver can do. */
const asTarget = (peer: ReferencePeer): Homeserver =>
  new Proxy<Homeserver>(peer, {
    get: (_, key) => {
      if (key === 'isTarget') return true
      const value: unknown = Reflect.get(peer, key)
      return typeof value === 'function' ? value.bind(peer) : value
    },
  })

const onAStage = (deed: () => Promise<void>): Promise<void> =>
  onStage(
    {
      check: '',
      patience: 300,
      signal: new AbortController().signal,
      onChange: () => () => undefined,
      strayed: () => false,
    },
    deed,
  )

/** A room of two servers that have both set the topic while they were apart, and have heard of each other since. */
async function forked(bench: Bench, one: ReferencePeer, two: ReferencePeer): Promise<Room> {
  const room = await one.createRoom({ power: { [two.user]: 50 }, topic: 'before' })
  await two.join(room, one)
  const [older, newer] = await bench.fabric.partitioned([one, two], async () => [
    ...(await one.send(room, topic('of the one'))),
    ...(await two.send(room, topic('of the other'))),
  ])
  await two.sees(room, await one.send(room, message('here I am')))
  await one.sees(room, await two.send(room, message('here I am too')))
  assert.ok(older !== undefined && newer !== undefined)
  return room
}

describe('that servers agree', () => {
  it('is found where both resolve as the algorithm has it', () =>
    Bench.with(async (bench) => {
      const [one, two] = [await bench.peer(), await bench.peer()]
      const room = await forked(bench, one, two)
      await onAStage(() => agree(room, [asTarget(one), two], oracle))
    }))

  it('is missed with the reasons of the algorithm where the target resolves otherwise', () =>
    Bench.with(async (bench) => {
      const parts = quirks['oldest-event-wins']?.apply(standardParts)
      assert.ok(parts !== undefined)
      const [one, two] = [await bench.peer({ parts }), await bench.peer()]
      const room = await forked(bench, one, two)

      for (const servers of [[asTarget(one), two] as const, [two, asTarget(one)] as const])
        await assert.rejects(
          onAStage(() => agree(room, servers, oracle)),
          (error) => {
            assert.ok(error instanceof Nonconformance)
            assert.equal(error.message, `the state of ${one.name} is wrong at m.room.topic`)
            assert.match(error.expected ?? '', /\{"topic":"of the other"/)
            assert.match(error.actual ?? '', /\{"topic":"of the one"/)
            assert.match(
              error.reasons.join(),
              /^m\.room\.topic: in conflict .*\n– \S+ wins: the last that was allowed, as \d of \d other events .*\n– \S+ loses: allowed as \d of \d/,
            )
            return true
          },
        )
    }))

  it('is missed without reasons where no peer has the events', () =>
    Bench.with(async (bench) => {
      const parts = quirks['oldest-event-wins']?.apply(standardParts)
      assert.ok(parts !== undefined)
      const [one, two] = [await bench.peer({ parts }), await bench.peer()]
      const room = await forked(bench, one, two)
      const servers = [asTarget(one), asTarget(two)] as const
      await assert.rejects(
        onAStage(() => agree(room, servers, oracle)),
        /^Nonconformance: the events differ: missing m\.room\.topic/,
      )
    }))
})
