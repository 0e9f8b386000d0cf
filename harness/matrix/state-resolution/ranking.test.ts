import assert from 'node:assert/strict'
import * as fc from 'fast-check'
import { describe, it } from 'mocha'
import { ranked } from './ranking.ts'

interface Ranked {
  readonly number: number
  readonly time: number
}

/** Ids whose order is not that of the nodes. */
const idOf = (node: number): string => `$${(node * 7919) % 1009}-${node}`

const compare = (a: string | number, b: string | number): number => (a < b ? -1 : Number(a > b))

const rankOf = (nodes: readonly Ranked[]): number[] =>
  ranked(nodes.keys(), (node) => nodes[node]?.number ?? 0, {
    idOf,
    timeOf: (node) => nodes[node]?.time ?? 0,
  })

const expectedOf = (nodes: readonly Ranked[]): number[] => {
  const place = ({ number }: Ranked): number =>
    Number.isNaN(number) ? Number.NEGATIVE_INFINITY : -number
  return [...nodes.entries()]
    .toSorted(
      ([a, one], [b, other]) =>
        Number(Number.isNaN(other.number)) - Number(Number.isNaN(one.number)) ||
        compare(place(one), place(other)) ||
        compare(one.time, other.time) ||
        compare(idOf(a), idOf(b)),
    )
    .map(([node]) => node)
}

const anyNumber = fc.constantFrom(Number.NaN, Number.POSITIVE_INFINITY, 100, 50, 0, -1)

const nodesWith = (time: fc.Arbitrary<number>, minLength: number): fc.Arbitrary<Ranked[]> =>
  fc.array(fc.record({ number: anyNumber, time }), { minLength, maxLength: 400 })

describe('ranked', () => {
  const times: Record<string, fc.Arbitrary<number>> = {
    'close together': fc.integer({ min: 1_700_000_000_000, max: 1_700_000_000_050 }),
    'years apart': fc.integer({ min: 0, max: 2 ** 40 }),
    'as far apart as can be': fc.maxSafeInteger(),
    'no integers': fc.double({ noNaN: true }),
  }
  for (const [name, time] of Object.entries(times))
    it(`is by number, time and id (times ${name})`, () => {
      for (const least of [0, 200])
        fc.assert(
          fc.property(nodesWith(time, least), (nodes) => {
            assert.deepEqual(rankOf(nodes), expectedOf(nodes))
          }),
        )
    })

  it('takes a hundred thousand of the same time', () => {
    const nodes = Array.from({ length: 100_000 }, () => ({ number: 0, time: 5 }))
    assert.deepEqual(rankOf(nodes), expectedOf(nodes))
  })
})
