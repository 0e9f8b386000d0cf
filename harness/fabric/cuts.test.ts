import assert from 'node:assert/strict'
import { afterEach, beforeEach, describe, it } from 'mocha'
import type { Exchange, FabricFact } from '../journal/exchange.ts'
import type { BenchServer } from '../wire/test-bench.ts'
import type { Fault } from '../world/fabric.ts'
import { ask, TestNetwork } from './test-network.ts'

/** What the target's own client sees of each fault. */
const seenByTarget = {
  refuse: /ECONNRESET|socket disconnected/,
  reset: /ECONNRESET|other side closed/,
  tls: /handshake failure/i,
  blackhole: /within 150 ms/,
}

const cuts: readonly (Fault & { do: keyof typeof seenByTarget })[] = [
  { do: 'refuse' },
  { do: 'reset' },
  { do: 'tls' },
  { do: 'blackhole' },
]

type Side = readonly [from: BenchServer, to: BenchServer]

/** Asks once over the open link, once over the cut one (its answer or error comes back), and once when it has healed. */
async function cutBetween(net: TestNetwork, [from, to]: Side, fault: Fault): Promise<unknown> {
  assert.equal((await ask(from, to)).status, 200)
  const attempt = () => ask(from, to, { timeoutMs: 150 }).catch((error: unknown) => error)
  const during = await net.fabric.partitioned([from, to], attempt, fault)
  assert.equal((await ask(from, to)).status, 200)
  return during
}

/** The one exchange that was cut, after a look at all that is said of the rule. */
async function cutIn(net: TestNetwork): Promise<Exchange> {
  const cut = await net.ours.exchange(({ ending }) => ending === 'cut')
  assert.equal(cut.fault, 'rule-1')
  assert.match(cut.error ?? '', /by the fabric/)
  const facts = net.ours.journal.of(net.check)
  const [begin, end, ...more] = facts.filter((fact): fact is FabricFact => fact.kind === 'fabric')
  assert.equal(more.length, 0)
  for (const fact of [begin, end]) {
    assert.equal(fact?.rule, 'rule-1')
    assert.deepEqual(
      new Set(fact.links.map((pair) => pair.join(' '))),
      new Set([`${cut.from} ${cut.to}`, `${cut.to} ${cut.from}`]),
    )
  }
  assert.deepEqual([begin?.act, end?.act], ['begin', 'end'])
  assert.equal(end?.hits, 1)
  assert.deepEqual(net.network.report(net.check), { neverFired: [], crossed: [] })
  return cut
}

describe('cuts', () => {
  let net: TestNetwork
  beforeEach(() => {
    net = new TestNetwork()
  })
  afterEach(() => net.close())

  for (const fault of cuts) {
    describe(`by ${fault.do}`, () => {
      it('keep a peer from a peer', async () => {
        const handled: string[] = []
        const [a, b] = [await net.peer(), await net.peer(noting(handled))]
        const during = await cutBetween(net, [a, b], fault)
        assert.match(String(during), /WireError: .* by the fabric/)
        assert.equal(handled.length, 2)
        const { from, operation, to } = await cutIn(net)
        assert.deepEqual([from, to, operation], [a.name, b.name, 'version'])
      })

      it('keep a peer from the target', async () => {
        const handled: string[] = []
        const [a, target] = [await net.peer(), await net.outsider(noting(handled))]
        const during = await cutBetween(net, [a, target], fault)
        assert.match(String(during), /WireError: .* by the fabric/)
        assert.equal(handled.length, 2)
        const { from, operation, to } = await cutIn(net)
        assert.deepEqual([from, to, operation], [a.name, target.name, 'version'])
      })

      it('keep the target from a peer', async () => {
        const handled: string[] = []
        const [a, target] = [await net.peer(noting(handled)), await net.outsider()]
        const during = await cutBetween(net, [target, a], fault)
        assert.match(String(during), seenByTarget[fault.do])
        assert.equal(handled.length, 2)
        const { from, seenBy, to } = await cutIn(net)
        assert.deepEqual([from, to, seenBy], [target.name, a.name, 'receiver'])
      })
    })
  }

  for (const status of [403, 429, 503]) {
    it(`may be answers of ${status}`, async () => {
      const fault: Fault = { do: 'answer', status }
      const handled: string[] = []
      const [a, b] = [await net.peer(noting(handled)), await net.peer(noting(handled))]
      const target = await net.outsider(noting(handled))
      for (const side of [
        [a, b],
        [a, target],
        [target, a],
      ] as const) {
        const during = await cutBetween(net, side, fault)
        assert.ok(during instanceof Object && 'status' in during && 'json' in during)
        assert.equal(during.status, status)
        assert.match(JSON.stringify(during.json), /^{"errcode":"M_/)
      }
      assert.equal(handled.length, 6)
      const cut = net.exchanges().filter(({ ending }) => ending === 'cut')
      assert.deepEqual(
        cut.map(({ response }) => response?.status),
        [status, status, status],
      )
      assert.deepEqual(net.network.report(net.check), { neverFired: [], crossed: [] })
    })
  }
})

function noting(handled: string[]) {
  return ({ uri }: { uri: string }) => {
    handled.push(uri)
    return { status: 200, json: {} }
  }
}
