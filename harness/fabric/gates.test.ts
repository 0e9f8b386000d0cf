import assert from 'node:assert/strict'
import { afterEach, beforeEach, describe, it } from 'mocha'
import type { InboundRequest } from '../wire/server.ts'
import type { BenchServer } from '../wire/test-bench.ts'
import { Inconclusive } from '../world/errors.ts'
import type { Gate } from '../world/fabric.ts'
import { ask, send, TestNetwork } from './test-network.ts'

type Side = readonly [from: BenchServer, to: BenchServer]

/** Sends three one after the other, each once the one before is held. */
async function sendThree([from, to]: Side, gate: Gate): Promise<Promise<unknown>[]> {
  const replies: Promise<unknown>[] = []
  for (const txnId of ['1', '2', '3']) {
    replies.push(send(from, to, txnId))
    await gate.holds(replies.length)
  }
  return replies
}

describe('gates', () => {
  let net: TestNetwork
  let arrived: string[]
  beforeEach(() => {
    net = new TestNetwork(50)
    arrived = []
  })
  afterEach(() => net.close())

  const noting = ({ params }: InboundRequest) => {
    arrived.push(params['txnId'] ?? '')
    return { status: 200, json: {} }
  }

  const sides: Readonly<Record<string, () => Promise<Side>>> = {
    'from a peer to a peer': async () => [await net.peer(), await net.peer(noting)],
    'from a peer to the target': async () => [await net.peer(), await net.outsider(noting)],
    'from the target to a peer': async () => [await net.outsider(), await net.peer(noting)],
  }
  for (const [title, open] of Object.entries(sides)) {
    for (const order of ['in-order', 'reversed'] as const) {
      it(`let go ${order} ${title}`, async () => {
        const side = await open()
        const [from, to] = side
        await net.fabric.gated({ from, to }, async (gate) => {
          const replies = await sendThree(side, gate)
          assert.deepEqual(arrived, [])
          gate.release(order)
          await Promise.all(replies)
          assert.equal(gate.held, 0)
          await send(from, to, 'later')
        })
        const expected = order === 'reversed' ? ['3', '2', '1'] : ['1', '2', '3']
        assert.deepEqual(arrived, [...expected, 'later'])
        assert.deepEqual(net.network.report(net.check), { neverFired: [], crossed: [] })
      })
    }
  }

  it('let go what they still hold at the end, and what queued up meanwhile', async () => {
    const side: Side = [await net.peer(), await net.peer(noting)]
    const [from, to] = side
    let replies: Promise<unknown>[] = []
    await net.fabric.gated({ from, to }, async (gate) => {
      replies = await sendThree(side, gate)
    })
    await Promise.all(replies)
    assert.deepEqual(arrived, ['1', '2', '3'])
    assert.ok(
      net.exchanges().every(({ ending, fault }) => ending === 'answered' && fault === 'rule-1'),
    )
  })

  it('hold only the operations that are named', async () => {
    const [from, to] = [await net.outsider(), await net.peer(noting)]
    await net.fabric.gated({ from, to, operations: ['send'] }, async (gate) => {
      const reply = send(from, to, '1')
      await gate.holds(1)
      assert.equal((await ask(from, to)).status, 200)
      gate.release()
      await reply
    })
  })

  it('say that the experiment failed when nobody comes', async () => {
    const [from, to] = [await net.outsider(), await net.peer()]
    await net.fabric.gated({ from, to }, async (gate) => {
      const reply = ask(from, to)
      await assert.rejects(
        gate.holds(2),
        (error) => error instanceof Inconclusive && /1 of 2 exchanges/.test(error.message),
      )
      gate.release()
      await reply
    })
  })

  it('forget who has given up', async () => {
    const [from, to] = [await net.outsider(), await net.peer(noting)]
    const [other] = [await net.peer()]
    await net.fabric.gated({ from, to }, async (gate) => {
      const lost = net.failure(ask(from, to, { timeoutMs: 40 }), net.others)
      await gate.holds(1)
      assert.equal((await lost).code, 'timeout')
      await net.ours.exchange(({ ending }) => ending === 'reset')
      assert.equal(gate.held, 0)
    })
    await net.fabric.gated({ from: other, to }, async (gate) => {
      const lost = net.failure(ask(other, to, { timeoutMs: 40 }))
      await gate.holds(1)
      assert.equal((await lost).code, 'timeout')
      assert.equal(gate.held, 0)
    })
    assert.deepEqual(arrived, [])
  })

  it('give way to a cut', async () => {
    const [from, to] = [await net.peer(), await net.outsider(noting)]
    await net.fabric.gated({ from, to }, async (gate) => {
      const held = net.failure(send(from, to, '1'))
      await gate.holds(1)
      await net.fabric.partitioned([from, to], async () => {
        gate.release()
        assert.equal((await held).code, 'cut')
      })
    })
    assert.deepEqual(arrived, [])
    assert.deepEqual(net.network.report(net.check), { neverFired: [], crossed: [] })
  })
})
