import assert from 'node:assert/strict'
import { connect } from 'node:net'
import { setImmediate as nextTurn } from 'node:timers/promises'
import { afterEach, beforeEach, describe, it } from 'mocha'
import type { FabricFact } from '../journal/exchange.ts'
import { deferred } from '../wire/test-bench.ts'
import { Unsupported } from '../world/errors.ts'
import { ask, type Proxied, send, TestNetwork } from './test-network.ts'

const noRelay = (error: unknown): boolean =>
  error instanceof Unsupported && error.reason === 'missing-capability:relay'

const nothing = () => assert.fail('it began')

async function passes(reply: Promise<{ readonly status: number }>): Promise<void> {
  assert.equal((await reply).status, 200)
}

describe('a link between two targets', () => {
  let net: TestNetwork
  let one: Proxied
  let other: Proxied
  beforeEach(async () => {
    net = new TestNetwork(500)
    one = await net.proxied()
    other = await net.proxied()
  })
  afterEach(() => net.close())

  const fails = (reply: Promise<unknown>) => net.failure(reply, net.others)

  for (const fault of [{ do: 'refuse' }, { do: 'reset' }, { do: 'tls' }] as const) {
    it(`is cut by ${fault.do}, in both directions, and heals`, async () => {
      await passes(ask(one, other))

      await net.fabric.partitioned(
        [one, other],
        async () => {
          await fails(ask(one, other))
          await fails(ask(other, one))
        },
        fault,
      )

      await passes(ask(one, other))
      await passes(ask(other, one))
      assert.deepEqual(net.network.report(net.check), { neverFired: [], crossed: [] })
      const cut = net.exchanges().filter(({ ending }) => ending === 'cut')
      assert.ok(cut.some(({ from, to }) => from === one.name && to === other.name))
      assert.ok(cut.some(({ from, to }) => from === other.name && to === one.name))
      assert.ok(cut.every(({ check, fault: rule }) => check === net.check && rule === 'rule-1'))
    })
  }

  it('swallows what is said over a black hole, until it heals', async () => {
    const lost = await net.fabric.partitioned(
      [one, other],
      () => Promise.resolve([fails(ask(one, other))]),
      { do: 'blackhole' },
    )

    assert.match(String(await lost[0]), /ECONNRESET|socket disconnected/)
    assert.deepEqual(net.network.report(net.check), { neverFired: [], crossed: [] })
  })

  it('has its live tunnels killed when a cut begins', async () => {
    const begun = deferred()
    const busy = await net.proxied({
      handle() {
        begun.resolve()
        return new Promise<never>(() => {})
      },
    })
    const reply = fails(ask(one, busy))
    await begun.promise

    await net.fabric.faulty({ from: one, to: busy }, { do: 'refuse' }, async () => {
      await reply
      await fails(ask(one, busy))
    })

    const [killed, refused] = net.exchanges().filter(({ ending }) => ending === 'cut')
    assert.deepEqual([killed?.method, refused?.method], ['', ''])
    assert.ok((killed?.startedAt ?? 0) < (refused?.startedAt ?? 0))
  })

  it('leaves the other direction, other links and peers alone', async () => {
    const third = await net.proxied()
    const peer = await net.peer()

    await net.fabric.faulty({ from: one, to: other }, { do: 'refuse' }, async () => {
      await fails(ask(one, other))
      await passes(ask(other, one))
      await passes(ask(one, third))
      await passes(send(one, peer, '1'))
    })

    const hits = net.ours.journal.facts
      .filter((fact): fact is FabricFact => fact.kind === 'fabric')
      .map(({ act, hits: count }) => [act, count])
    assert.deepEqual(hits, [
      ['begin', undefined],
      ['end', 1],
    ])
  })

  it('says when a cut has stopped nothing', async () => {
    await net.fabric.partitioned([one, other], () => Promise.resolve())
    const { neverFired } = net.network.report(net.check)
    assert.equal(neverFired.length, 1)
  })

  it('holds new connections and what is said anew on old ones', async () => {
    await passes(ask(one, other))
    const replies = await net.fabric.gated({ from: one, to: other }, async (gate) => {
      const asked = [ask(one, other), ask(one, other)]
      await gate.holds(2)
      assert.equal(gate.held, 2)
      gate.release()
      return Promise.all(asked)
    })
    assert.deepEqual(
      replies.map(({ status }) => status),
      [200, 200],
    )
    assert.equal(net.network.report(net.check).neverFired.length, 0)
  })

  it('lets go of who has given up at a gate', async () => {
    await net.fabric.gated({ from: one, to: other }, async (gate) => {
      const caller = connect(one.proxy).on('error', () => {})
      caller.write(`CONNECT ${other.name} HTTP/1.1\r\n\r\n`)
      await gate.holds(1)
      caller.destroy()
      while (gate.held > 0) await nextTurn()
      gate.release()
    })
  })

  it('resets what is held when it is cut', async () => {
    await net.fabric.gated({ from: one, to: other }, async (gate) => {
      const reply = fails(ask(one, other))
      await gate.holds(1)
      await net.fabric.faulty({ from: one, to: other }, { do: 'refuse' }, async () => {
        await reply
        gate.release()
        await fails(ask(one, other))
      })
    })
    assert.deepEqual(net.network.report(net.check), { neverFired: [], crossed: [] })
  })

  it('is delayed by as much as asked for', async () => {
    await passes(ask(one, other))
    const began = performance.now()
    await net.fabric.faulty({ from: one, to: other }, { do: 'delay', ms: 60 }, () =>
      passes(ask(one, other)),
    )
    assert.ok(performance.now() - began >= 59)
  })

  it('cannot have what is said on it told apart, nor be changed without a proxy', async () => {
    const link = { from: one, to: other }
    const plain = await net.outsider()
    await assert.rejects(
      net.fabric.faulty(link, { do: 'answer', status: 503 }, () => Promise.resolve(nothing())),
      noRelay,
    )
    await assert.rejects(
      net.fabric.faulty({ ...link, operations: ['send'] }, { do: 'refuse' }, () =>
        Promise.resolve(nothing()),
      ),
      noRelay,
    )
    await assert.rejects(
      net.fabric.partitioned([one, plain], () => Promise.resolve(nothing())),
      noRelay,
    )
  })

  it('tells the two apart at a peer, whatever they claim', async () => {
    const peer = await net.peer()
    await net.fabric.partitioned([one, peer], async () => {
      await fails(ask(one, peer))
      await passes(ask(other, peer))
    })
    const seen = net.exchanges().map(({ from, to, ending }) => [from, to, ending])
    assert.deepEqual(seen, [
      [one.name, peer.name, 'cut'],
      [other.name, peer.name, 'answered'],
    ])
  })

  it('is known to be changeable once a target of an unknown kind has used its proxy', async () => {
    const shy = await net.proxied({ isUsed: false })
    await assert.rejects(
      net.fabric.faulty({ from: shy, to: one }, { do: 'refuse' }, () => Promise.resolve(nothing())),
      noRelay,
    )
    assert.equal(net.network.isProxied(shy.name), false)
    await passes(ask(shy, one))
    assert.equal(net.network.isProxied(shy.name), true)
    await net.fabric.faulty({ from: shy, to: one }, { do: 'refuse' }, () => fails(ask(shy, one)))
  })
})
