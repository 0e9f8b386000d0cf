import assert from 'node:assert/strict'
import { afterEach, beforeEach, describe, it } from 'mocha'
import type { Exchange } from '../journal/exchange.ts'
import { body } from '../journal/journal.ts'
import type { BenchServer } from '../wire/test-bench.ts'
import { Unsupported } from '../world/errors.ts'
import { ask, send, TestNetwork } from './test-network.ts'

async function passes(reply: Promise<{ readonly status: number }>): Promise<void> {
  assert.equal((await reply).status, 200)
}

const nothing = () => assert.fail('it began')

function unsupported(error: unknown): boolean {
  return error instanceof Unsupported && error.reason === 'missing-capability:relay'
}

describe('attribution', () => {
  let net: TestNetwork
  beforeEach(() => {
    net = new TestNetwork(20)
  })
  afterEach(() => net.close())

  const fails = (reply: Promise<unknown>) => net.failure(reply, net.others)

  it('tells two targets apart by their addresses where they have their own', async () => {
    const [one, other] = [await net.outsider(), await net.outsider()]
    const a = await net.peer()
    await net.fabric.partitioned([one, a], async () => {
      await fails(ask(one, a))
      await passes(ask(other, a))
      await passes(ask(a, other))
    })
    const sides = net.exchanges().map(({ ending, from, method }) => [from, ending, method])
    assert.deepEqual(sides[0], [one.name, 'cut', ''], 'before TLS')
  })

  it('tells two targets at one address apart by what they claim', async () => {
    const [one, other] = [
      await net.outsider(undefined, '127.0.0.1'),
      await net.outsider(undefined, '127.0.0.1'),
    ]
    const a = await net.peer()
    await passes(send(one, a, '1'))
    await passes(send(other, a, '1'))
    await net.fabric.partitioned([one, a], async () => {
      await fails(send(one, a, '2'))
      await passes(send(other, a, '2'))
      // Unsigned: it may be from the one that is cut.
      await fails(ask(other, a))
    })
    await passes(ask(one, a))
    assert.deepEqual(net.network.report(net.check), { neverFired: [], crossed: [] })
  })

  it('stops connections at once where all targets are cut', async () => {
    const [one, other] = [
      await net.outsider(undefined, '127.0.0.1'),
      await net.outsider(undefined, '127.0.0.1'),
    ]
    const a = await net.peer()
    await net.fabric.partitioned([one, a], () =>
      net.fabric.partitioned([other, a], async () => {
        await fails(send(one, a, '1'))
        await fails(ask(other, a))
      }),
    )
    assert.ok(net.exchanges().every(({ ending, method }) => ending === 'cut' && method === ''))
  })

  it('falls back on what is claimed where all share one address', async () => {
    const shared = '127.0.0.1'
    const target = await net.outsider(undefined, shared)
    const a = await net.peer(undefined, shared)
    const b = await net.peer(undefined, shared)
    const reply = await ask(b, a)
    await passes(send(target, a, '1'))
    await net.fabric.partitioned([target, a], async () => {
      await fails(send(target, a, '2'))
      await fails(ask(target, a))
      await passes(ask(b, a))
      await passes(send(b, a, '3'))
      assert.equal((await net.failure(ask(a, target))).code, 'cut')
    })
    assert.equal(net.exchanges().filter(({ id }) => id === reply.exchange).length, 1)
    assert.ok(net.exchanges().every(({ from }) => from !== '?'))
  })

  it('cannot change the link between two targets, nor that of a stranger', async () => {
    const [one, other] = [await net.outsider(), await net.outsider()]
    const a = await net.peer()
    await assert.rejects(net.fabric.partitioned([one, other, a], nothing), unsupported)
    await assert.rejects(net.fabric.offline(one, nothing), /cannot be taken offline/)
    await assert.rejects(
      net.fabric.partitioned([a, { name: 'x:1' }], nothing),
      /not in the network/,
    )
    await assert.rejects(net.fabric.partitioned([a, a], nothing), /two servers/)
    assert.deepEqual(net.network.report(net.check), { neverFired: [], crossed: [] })
  })
})

describe('report', () => {
  let net: TestNetwork
  let target: BenchServer
  let a: BenchServer
  beforeEach(async () => {
    net = new TestNetwork(20)
    target = await net.outsider()
    a = await net.peer()
  })
  afterEach(() => net.close())

  const answered = (from: string, to: string, more: Partial<Exchange> = {}): Exchange => {
    const at = net.ours.journal.now()
    return {
      kind: 'exchange',
      id: net.ours.journal.nextExchange(),
      from,
      to,
      seenBy: 'receiver',
      method: 'GET',
      uri: '/',
      request: { headers: {}, body: body(new Uint8Array()) },
      startedAt: at,
      endedAt: at,
      ending: 'answered',
      ...more,
    }
  }

  it('names the rules that acted on nothing, once', async () => {
    await net.fabric.faulty({ from: a, to: target, operations: ['send'] }, { do: 'tls' }, () =>
      ask(a, target),
    )
    await net.network.view('another').gated({ from: target, to: a }, () => ask(a, target))
    assert.deepEqual(net.network.report(net.check).neverFired, [
      `tls (send): ${a.name} → ${target.name}`,
    ])
    assert.deepEqual(net.network.report('another').neverFired, [`hold: ${target.name} → ${a.name}`])
    assert.deepEqual(net.network.report(net.check).neverFired, [])
  })

  it('finds what was answered over a cut link, and nothing else', async () => {
    const { journal } = net.ours
    const before = answered(a.name, target.name)
    const crossing: number[] = []
    const add = (exchange: Exchange, crosses: boolean) => {
      journal.append(exchange)
      if (crosses) crossing.push(exchange.id)
    }
    const late: Exchange[] = []
    await net.fabric.partitioned([a, target], async () => {
      add(before, false)
      add(answered(a.name, target.name), true)
      add(answered('?', a.name), true)
      add(answered(a.name, 'other:1'), false)
      add(answered(a.name, target.name, { ending: 'reset' }), false)
      late.push(answered(target.name, a.name))
    })
    // Answered in time, told after it.
    for (const exchange of late) add(exchange, true)
    add(answered(a.name, target.name), false)
    const link = { from: a, to: target, operations: ['send'] }
    await net.fabric.faulty(link, { do: 'answer', status: 500 }, async () => {
      add(answered(a.name, target.name, { operation: 'send' }), true)
      add(answered(a.name, target.name, { operation: 'send', startedAt: before.startedAt }), false)
      add(answered(a.name, target.name, { operation: 'state' }), false)
    })
    await net.fabric.offline(a, async () => add(answered('other:1', a.name), true))
    await net.fabric.partitioned(
      [a, target],
      async () => add(answered(a.name, target.name), false),
      {
        do: 'delay',
        ms: 1,
      },
    )
    assert.deepEqual(net.network.report(net.check).crossed, crossing)
    assert.deepEqual(net.network.report(net.check).crossed, [])
  })
})
