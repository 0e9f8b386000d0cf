import assert from 'node:assert/strict'
import * as fc from 'fast-check'
import { describe, it } from 'mocha'
import type { OperationName } from '../wire/endpoints.ts'
import { operations } from '../wire/endpoints.ts'
import { context, contextOf, exchangeOf } from './test-exchange.ts'
import { examplesOf } from './test-examples.ts'
import { edited } from './test-edit.ts'
import { peer, target } from './test-story.ts'
import { roomVersions } from '../matrix/room-version.ts'
import { validate } from './validate.ts'

describe('findings', () => {
  it('are at most three of a kind and say how many there were', () => {
    const pdus = Array.from({ length: 45 }, () => 5)
    const exchange = exchangeOf({
      operation: 'send',
      from: target,
      params: { txnId: '1' },
      request: { origin: target, origin_server_ts: 1, pdus },
      response: { pdus: {} },
    })
    const found = validate([exchange], context)
    assert.deepEqual(
      found.map(({ pointer, actual }) => [pointer, actual]),
      [
        ['/pdus/0', '5'],
        ['/pdus/1', '5'],
        ['/pdus/2', '5 (and 42 more findings)'],
      ],
    )
  })

  it('stay few and are made in bounded time for a large body of garbage', () => {
    const response = { server_keys: Array.from({ length: 100_000 }, () => [[]]) }
    const found = validate(
      [exchangeOf({ operation: 'queryKeys', params: { serverName: 'x' }, response })],
      context,
    )
    assert.ok(found.length > 0 && found.length <= 20)
  })

  it('are made of any garbage, and nothing is thrown', () => {
    const body = fc.oneof(fc.jsonValue(), fc.string(), fc.uint8Array({ maxLength: 40 }))
    // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- the keys of a record of operations
    const names = Object.keys(operations) as OperationName[]
    fc.assert(
      fc.property(
        fc.constantFrom(...names),
        body,
        body,
        fc.boolean(),
        (operation, request, response, ours) => {
          const params = {
            roomId: '!a:x',
            eventId: '$a',
            userId: '@a:x',
            serverName: 'x',
            txnId: '1',
            queryType: 'q',
            mediaId: 'm',
          }
          const from = ours ? peer : target
          const exchange = exchangeOf({ operation, from, params, request, response })
          assert.ok(validate([exchange], contextOf('12')).length <= 20)
        },
      ),
      { numRuns: 400 },
    )
  })

  it('are made of good exchanges with garbage anywhere within, and nothing is thrown', () => {
    const examples = Object.entries(examplesOf(roomVersions.v12)).filter(
      ([name, example]) => example[name.endsWith('request') ? 'request' : 'response'] !== undefined,
    )
    const pick = fc.constantFrom(...examples)
    fc.assert(
      fc.property(
        pick,
        fc.infiniteStream(fc.nat()),
        fc.jsonValue(),
        ([name, example], choices, garbage) => {
          const part = name.endsWith('request') ? 'request' : 'response'
          const pointer = somewhereIn(example[part], () => choices.next().value ?? 0)
          const exchange = exchangeOf({
            ...example,
            [part]: edited(example[part], pointer, garbage),
          })
          validate([exchange], contextOf('12'))
        },
      ),
      { numRuns: 400 },
    )
  })
})

/** A pointer to one of the values within, chosen step by step. */
function somewhereIn(value: unknown, choose: () => number): string {
  const inner = typeof value === 'object' && value !== null ? Object.entries(value) : []
  const choice = inner[choose() % (inner.length + 1)]
  if (choice === undefined) return ''
  const [name, next] = choice
  return `/${name}${somewhereIn(next, choose)}`
}
