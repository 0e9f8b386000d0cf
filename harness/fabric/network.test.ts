import assert from 'node:assert/strict'
import { afterEach, beforeEach, describe, it } from 'mocha'
import type { InboundRequest } from '../wire/server.ts'
import { deferred } from '../wire/test-bench.ts'
import { ask, send, TestNetwork } from './test-network.ts'

describe('network', () => {
  let net: TestNetwork
  beforeEach(() => {
    net = new TestNetwork()
  })
  afterEach(() => net.close())

  it('records an exchange between two servers of ours once, under one number', async () => {
    const seen = deferred<InboundRequest>()
    const a = await net.peer()
    const b = await net.peer((request) => {
      seen.resolve(request)
      return { status: 200, json: {} }
    })
    const reply = await ask(a, b)
    const request = await seen.promise
    assert.equal(request.exchange, reply.exchange)
    const [recorded, ...more] = net.exchanges()
    assert.equal(more.length, 0)
    assert.equal(recorded?.seenBy, 'requester')
    const headers = [...Object.keys(request.headers), ...Object.keys(recorded.request.headers)]
    assert.deepEqual(
      headers.filter((name) => name.startsWith('x-')),
      [],
    )
  })

  it('knows the target by its being no server of ours', async () => {
    const target = await net.outsider()
    const a = await net.peer()
    await ask(target, a)
    await ask(a, target)
    assert.deepEqual(
      net.exchanges().map(({ from, seenBy, to }) => [from, to, seenBy]),
      [
        [target.name, a.name, 'receiver'],
        [a.name, target.name, 'requester'],
      ],
    )
    assert.equal(target.listener.port, Number(target.name.split(':')[1]))
  })

  it('resets what a black hole has swallowed when the link heals', async () => {
    const target = await net.outsider()
    const a = await net.peer()
    const lost: Promise<unknown>[] = []
    await net.fabric.partitioned(
      [target, a],
      async () => {
        lost.push(net.failure(ask(target, a), net.others), net.failure(ask(a, target)))
        await ask(a, await net.peer())
      },
      { do: 'blackhole' },
    )
    const [toPeer, toTarget] = await Promise.all(lost)
    assert.match(String(toPeer), /ECONNRESET|socket disconnected/)
    assert.match(String(toTarget), /blackhole by the fabric/)
  })

  for (const fault of [{ do: 'refuse' }, { do: 'blackhole' }] as const) {
    it(`kills what is under way when ${fault.do} begins, in both directions`, async () => {
      const begun = [deferred(), deferred()] as const
      const handle = (index: 0 | 1) => () => {
        begun[index].resolve()
        return new Promise<never>(() => {})
      }
      const target = await net.outsider(handle(0))
      const a = await net.peer(handle(1))
      const out = net.failure(ask(a, target))
      const back = net.failure(ask(target, a), net.others)
      await Promise.all(begun.map(({ promise }) => promise))

      await net.fabric.partitioned([a, target], () => Promise.all([out, back]), fault)

      assert.equal((await out).code, 'cut')
      assert.equal((await back).code, 'reset')
      const cut = net.exchanges().filter(({ ending }) => ending === 'cut')
      assert.deepEqual(
        cut.map(({ error, fault: rule }) => [error, rule]),
        [
          ['the link was cut', 'rule-1'],
          ['the link was cut', 'rule-1'],
        ],
      )
      assert.deepEqual(net.network.report(net.check), { neverFired: [], crossed: [] })
    })
  }

  it('leaves every other link alone', async () => {
    const target = await net.outsider()
    const [a, b] = [await net.peer(), await net.peer()]
    const busy = deferred()
    const c = await net.peer(async () => {
      await busy.promise
      return { status: 200, json: {} }
    })
    const fromTarget = ask(target, c)
    const fromPeer = ask(b, c)
    await net.fabric.partitioned([target, a], async () => {
      const error = await net.failure(ask(a, target))
      assert.equal(error.code, 'cut')
      busy.resolve()
      for (const reply of [
        fromTarget,
        fromPeer,
        ask(b, a),
        ask(a, b),
        ask(target, b),
        ask(b, target),
      ])
        assert.equal((await reply).status, 200)
    })
  })

  it('cuts one direction, and only some operations', async () => {
    const target = await net.outsider()
    const a = await net.peer()
    const link = { from: target, to: a, operations: ['send'] }
    await net.fabric.faulty(link, { do: 'refuse' }, async () => {
      await net.failure(send(target, a, '1'), net.others)
      assert.equal((await ask(target, a)).status, 200)
      assert.equal((await send(a, target, '2')).status, 200)
    })
    const cut = net.exchanges().filter(({ ending }) => ending === 'cut')
    assert.deepEqual(
      cut.map(({ operation }) => operation),
      ['send'],
    )
    assert.deepEqual(net.network.report(net.check), { neverFired: [], crossed: [] })
  })

  it('answers as told', async () => {
    const [a, b] = [await net.peer(), await net.peer()]
    const body = '{"errcode":"M_LIMIT_EXCEEDED","retry_after_ms":7}'
    await net.fabric.faulty({ from: a, to: b }, { do: 'answer', status: 429, body }, async () => {
      const reply = await ask(a, b)
      assert.equal(reply.status, 429)
      assert.deepEqual(reply.json, { errcode: 'M_LIMIT_EXCEEDED', retry_after_ms: 7 })
    })
    const [recorded] = net.exchanges()
    assert.equal(recorded?.ending, 'cut')
    assert.equal(recorded.response?.status, 429)
  })

  it('delays', async () => {
    const target = await net.outsider()
    const a = await net.peer()
    await net.fabric.partitioned(
      [a, target],
      async () => {
        const began = performance.now()
        await ask(a, target)
        const middle = performance.now()
        await ask(target, a)
        assert.ok(middle - began >= 29 && performance.now() - middle >= 29)
      },
      { do: 'delay', ms: 30 },
    )
    await net.ours.exchange(({ seenBy }) => seenBy === 'receiver')
    assert.deepEqual(
      net.exchanges().map(({ ending, fault }) => [ending, fault]),
      [
        ['answered', 'rule-1'],
        ['answered', 'rule-1'],
      ],
    )
    assert.deepEqual(net.network.report(net.check), { neverFired: [], crossed: [] })
  })

  it('takes a peer off the network: its port is closed, and it sends nothing', async () => {
    const target = await net.outsider()
    const [a, b] = [await net.peer(), await net.peer()]
    await ask(target, a)
    await net.fabric.offline(a, async () => {
      assert.match(String(await net.failure(ask(target, a), net.others)), /ECONNREFUSED/)
      assert.match(String(await net.failure(ask(b, a))), /ECONNREFUSED/)
      assert.match(String(await net.failure(ask(a, target))), /refuse by the fabric/)
      assert.equal((await ask(target, b)).status, 200)
    })
    assert.equal((await ask(target, a)).status, 200)
    assert.equal((await ask(a, target)).status, 200)
    assert.deepEqual(net.network.report(net.check), { neverFired: [], crossed: [] })
  })

  it('kills what is under way when a peer goes off the network', async () => {
    const begun = [deferred(), deferred()] as const
    const handle = (index: 0 | 1) => () => {
      begun[index].resolve()
      return new Promise<never>(() => {})
    }
    const b = await net.peer(handle(0))
    const a = await net.peer(handle(1))
    const out = net.failure(ask(a, b))
    const back = net.failure(ask(b, a))
    await Promise.all(begun.map(({ promise }) => promise))
    await net.fabric.offline(a, async () => {
      assert.deepEqual([(await out).code, (await back).code], ['cut', 'cut'])
    })
  })

  it('heals when the scenario throws', async () => {
    const target = await net.outsider()
    const a = await net.peer()
    const oops = new Error('oops')
    const failing = async () => {
      throw oops
    }
    await assert.rejects(net.fabric.partitioned([a, target], failing), oops)
    await assert.rejects(net.fabric.faulty({ from: a, to: target }, { do: 'tls' }, failing), oops)
    await assert.rejects(net.fabric.gated({ from: a, to: target }, failing), oops)
    await assert.rejects(net.fabric.offline(a, failing), oops)
    assert.equal((await ask(a, target)).status, 200)
    assert.equal((await ask(target, a)).status, 200)
  })
})
