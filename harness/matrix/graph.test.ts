import assert from 'node:assert/strict'
import * as fc from 'fast-check'
import { describe, it } from 'mocha'
import { authChain, between, type Edges, reachable, topologicalOrder } from './graph.ts'
import { roomVersions } from './room-version.ts'
import { TestRoom } from './test-room.ts'

const edgesOf =
  (graph: Readonly<Record<string, readonly string[]>>): Edges =>
  (id) =>
    graph[id] ?? []

const byName = (a: string, b: string): number => (a < b ? -1 : Number(a > b))

const tenIds = Array.from({ length: 10 }, (_, at) => String(at))

/** Any directed graph over ten ids, cycles and loops included. */
const anyGraph = fc
  .array(fc.array(fc.nat(9), { maxLength: 4 }), { minLength: 10, maxLength: 10 })
  .map((rows) => Object.fromEntries(rows.map((row, at) => [String(at), row.map(String)])))

const anyEnds = fc.uniqueArray(fc.nat(9).map(String), { minLength: 1, maxLength: 5 })

/** Whether a walk of at least one step leads from one to the other, found the slow way. */
const leads = (edges: Edges, from: string, to: string): boolean => {
  let layer = new Set(edges(from))
  for (let step = 0; step < 10; step++) {
    if (layer.has(to)) return true
    layer = new Set([...layer, ...[...layer].flatMap((id) => [...edges(id)])])
  }
  return false
}

const line: Edges = (id) => (id === '100000' ? [] : [String(Number(id) + 1)])

describe('reachable', () => {
  it('finds just what a walk leads to, in any graph', () => {
    fc.assert(
      fc.property(anyGraph, anyEnds, (graph, starts) => {
        const edges = edgesOf(graph)
        const expected = Object.keys(graph).filter((id) =>
          starts.some((start) => leads(edges, start, id)),
        )
        assert.deepEqual([...reachable(starts, edges)].toSorted(), expected)
      }),
    )
  })

  it('walks a long line without using up the stack', () => {
    assert.equal(reachable(['0'], line).size, 100_000)
  })
})

describe('between', () => {
  it('finds just what lies on paths from end to end, ends included', () => {
    fc.assert(
      fc.property(anyGraph, anyEnds, (graph, ends) => {
        const edges = edgesOf(graph)
        const expected = Object.keys(graph).filter(
          (id) =>
            ends.includes(id) ||
            (ends.some((end) => leads(edges, end, id)) &&
              ends.some((end) => leads(edges, id, end))),
        )
        assert.deepEqual([...between(new Set(ends), edges)].toSorted(), expected)
      }),
    )
  })
})

describe('topologicalOrder', () => {
  it('puts what is needed first, else goes by the comparison', () => {
    const edges = edgesOf({ a: ['z'], b: [], z: [], c: ['elsewhere'] })
    assert.deepEqual(topologicalOrder(['c', 'z', 'b', 'a'], { edges, compare: byName }), [
      'b',
      'c',
      'z',
      'a',
    ])
  })

  it('leaves out rings and what waits for them', () => {
    const edges = edgesOf({ a: ['b'], b: ['a'], c: ['a'], d: ['d'], e: [] })
    assert.deepEqual(topologicalOrder(['a', 'b', 'c', 'd', 'e'], { edges, compare: byName }), ['e'])
  })

  it('is the smallest order, whatever the order of its input', () => {
    fc.assert(
      fc.property(
        anyGraph,
        fc.shuffledSubarray(tenIds, { minLength: 10, maxLength: 10 }),
        (graph, ids) => {
          const edges: Edges = (id) =>
            (graph[id] ?? []).filter((other) => other !== id && other < id)
          const order = topologicalOrder(ids, { edges, compare: (a, b) => byName(b, a) })
          const done = new Set<string>()
          for (const id of order) {
            const free = ids.filter(
              (each) => !done.has(each) && [...edges(each)].every((need) => done.has(need)),
            )
            assert.equal(id, free.toSorted().at(-1))
            done.add(id)
          }
          assert.equal(done.size, 10)
        },
      ),
    )
  })
})

describe('authChain', () => {
  const room = new TestRoom(roomVersions.v11)
  room.member('@creator:a', 'join', { id: '$creator' })
  room.state('m.room.power_levels', '@creator:a', {}, { id: '$power' })
  room.state('m.room.topic', '@creator:a', {}, { id: '$topic' })

  it('holds every event cited, and not the events themselves', () => {
    assert.deepEqual([...authChain(['$topic'], room.lookup)].toSorted(), [
      '$create',
      '$creator',
      '$power',
    ])
    assert.deepEqual([...authChain(['$create'], room.lookup)], [])
  })

  it('holds one of the events where another cites it', () => {
    assert.ok(authChain(['$topic', '$power'], room.lookup).has('$power'))
    assert.ok(!authChain(['$topic', '$power'], room.lookup).has('$topic'))
  })

  it('holds an event that is cited and not at hand', () => {
    room.add({ type: 'x', sender: '@creator:a', auth: ['$power', '$unknown'], id: '$odd' })
    assert.ok(authChain(['$odd'], room.lookup).has('$unknown'))
    assert.deepEqual([...authChain(['$nowhere'], room.lookup)], [])
  })

  it('comes to an end in a ring', () => {
    const ring = new TestRoom(roomVersions.v11)
    ring.add({ type: 'x', sender: '@creator:a', auth: ['$b'], id: '$a' })
    ring.add({ type: 'x', sender: '@creator:a', auth: ['$a'], id: '$b' })
    assert.deepEqual([...authChain(['$a'], ring.lookup)].toSorted(), ['$a', '$b'])
  })
})
