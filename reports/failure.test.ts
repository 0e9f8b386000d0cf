import assert from 'node:assert/strict'
import { before, describe, it } from 'mocha'
import type { Exchange } from '../harness/journal/exchange.ts'
import type { CheckResult } from '../harness/results/outcome.ts'
import { exchangesOf, failureOf, shellWord, shortUri } from './failure.ts'
import { recordedFacts, recordedResult } from './test-recorded.ts'

const result = recordedResult()
let exchanges: ReadonlyMap<number, Exchange> = new Map()

const checkOf = (id: string): CheckResult => {
  const found = result.checks.find((check) => check.id === id)
  assert.ok(found, id)
  return found
}

describe('a failure', () => {
  before(async () => {
    exchanges = exchangesOf(await recordedFacts())
  })

  it('names requirements, contrast, exchanges and the command', () => {
    const ban = failureOf(checkOf('partition/conflict/ban-beats-topic[v11,hs2]'), result, exchanges)
    assert.deepEqual(
      ban.requires.map(({ id, level }) => [id, level]),
      [
        ['ss.sr.v2.ban_beats_concurrent', 'MUST'],
        ['ss.repl.state_res_consistent', 'MUST'],
      ],
    )
    assert.match(String(ban.inShort), /^hs2 reports 2 of 9/)
    assert.match(String(ban.expected), /^The 9 state entries/)
    assert.match(String(ban.actual), /^9 entries/)
    assert.equal(
      ban.evidence[0]?.text,
      '127.10.1.3:41002 → target  GET /_matrix/federation/v1/state_ids/…  200',
    )
    assert.equal(
      ban.again,
      "npx fedcheck run 'partition/conflict/ban-beats-topic[v11,hs2]' --target process:./run.sh --seed 4711",
    )
  })

  it('says a thing once where actual holds the message', () => {
    const join = checkOf('joining/send-join/receives-current-state[v11,hs2]')
    assert.equal(failureOf(join, result, exchanges).inShort, undefined)
  })

  it('says so where the journal does not hold an exchange', () => {
    const known = checkOf('ambient/schemas/send')
    assert.match(failureOf(known, result, new Map()).evidence[0]?.text ?? '', /not in the journal/)
  })

  it('holds no secret and no control character', () => {
    const check: CheckResult = {
      ...checkOf('ambient/schemas/send'),
      outcome: {
        status: 'failed',
        evidence: {
          message: 'access_token=s3cret\u001b[0m',
          expected: '{"password":"s3cret"}',
          actual: 'Bearer s3cret.s3cret',
          exchanges: [],
          fingerprint: '',
        },
      },
    }
    assert.doesNotMatch(JSON.stringify(failureOf(check, result, exchanges)), /s3cret|\\u001b\[/)
  })

  it('shortens addresses to the endpoint', () => {
    assert.equal(shortUri('/_matrix/federation/v1/send/17'), '/_matrix/federation/v1/send/17')
    assert.equal(
      shortUri('/_matrix/federation/v1/state/!a:b?event_id=$x'),
      '/_matrix/federation/v1/state/…',
    )
    assert.equal(
      shortUri('/_matrix/federation/v1/publicRooms?limit=1'),
      '/_matrix/federation/v1/publicRooms?…',
    )
    assert.equal(
      shortUri('/_matrix/federation/v1/make_join/%21a%3Ab/%40c'),
      '/_matrix/federation/v1/make_join/…',
    )
  })

  it('quotes for a shell', () => {
    assert.equal(shellWord('process:./run.sh'), 'process:./run.sh')
    assert.equal(shellWord("it's [x]; rm"), `'it'\\''s [x]; rm'`)
    assert.equal(shellWord(''), "''")
  })
})
