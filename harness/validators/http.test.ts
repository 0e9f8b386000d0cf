import assert from 'node:assert/strict'
import { describe, it } from 'mocha'
import type { Exchange } from '../journal/exchange.ts'
import { context, exchangeOf, type TestExchange } from './test-exchange.ts'
import { peer, target } from './test-story.ts'
import { validate } from './validate.ts'

const found = (exchange: Exchange): readonly string[] =>
  validate([exchange], context).map(({ requirement, server }) => `${requirement} ${server}`)

const version = (more: Partial<TestExchange>): Exchange =>
  exchangeOf({ operation: 'version', response: {}, ...more })

const transaction = (more: Partial<TestExchange>): Exchange =>
  exchangeOf({
    operation: 'send',
    from: target,
    params: { txnId: '1' },
    request: { origin: target, origin_server_ts: 1, pdus: [] },
    response: { pdus: {} },
    ...more,
  })

describe('the standards of the API', () => {
  it('demand a label on answers', () => {
    assert.deepEqual(found(version({ headers: {} })), [`ss.api.resp_content_type ${target}`])
    const html = { 'Content-Type': 'text/html' }
    assert.deepEqual(found(version({ headers: html })), [`ss.api.resp_content_type ${target}`])
    const charset = { 'Content-Type': 'Application/JSON; charset=utf-8' }
    assert.deepEqual(found(version({ headers: charset })), [])
  })

  it('recommend one on requests with a body', () => {
    const findings = validate([transaction({ requestHeaders: {} })], context)
    assert.deepEqual(
      findings.map(({ requirement, rule, expected, actual }) => [
        requirement,
        rule,
        expected,
        actual,
      ]),
      [
        [
          'ss.api.req_content_type',
          'ambient/http/request-content-type',
          'Content-Type: application/json',
          'Content-Type: nothing',
        ],
      ],
    )
  })

  it('demand JSON, and say what is wrong with it', () => {
    const rows: readonly (readonly [unknown, string])[] = [
      ['', 'ss.api.resp_json_object'],
      ['<html>', 'ss.api.resp_json_object'],
      ['{"server":', 'ss.api.resp_json_object'],
      [Buffer.from([0x22, 0xff, 0x22]), 'ss.api.utf8_responses'],
      ['{"a":1,"a":2}', 'ss.cj.duplicate_keys'],
      ['{"a":"\\ud800"}', 'ss.cj.lone_surrogates'],
    ]
    for (const [response, requirement] of rows) {
      assert.deepEqual(found(version({ response })), [`${requirement} ${target}`])
    }
    assert.deepEqual(found(transaction({ request: '' })), [`ss.api.body_object_post_put ${target}`])
    assert.deepEqual(found(transaction({ request: Buffer.from([0xff]) })), [
      `ss.api.utf8_requests ${target}`,
    ])
  })

  it('demand the standard form of refusals on paths that are not known too', () => {
    const unknown = { ...version({ status: 404, response: { error: 'no' } }) }
    const { operation: _, ...exchange } = { ...unknown, uri: '/_matrix/federation/v9/nothing' }
    assert.deepEqual(found(exchange), [`ss.err.errcode_present ${target}`])
    assert.deepEqual(found({ ...exchange, uri: '/_matrix/client/v3/sync' }), [])
  })

  it('demand the version of the room in a refusal for it', () => {
    const response = { errcode: 'M_INCOMPATIBLE_ROOM_VERSION', error: 'no' }
    const refused = exchangeOf({
      operation: 'makeJoin',
      params: { roomId: '!a:x', userId: '@a:x' },
      status: 400,
      response,
    })
    assert.deepEqual(found(refused).at(-1), `ss.mj.400.incompatible_room_version_field ${target}`)
  })

  it('demand a code for rate limits', () => {
    const limited = version({ status: 429, response: { errcode: 'M_UNKNOWN', error: 'slow' } })
    assert.deepEqual(found(limited), [`ss.rl.429_form ${target}`])
  })
})

describe('who is judged', () => {
  const broken = { origin: 5, origin_server_ts: 'x', pdus: {} }
  const params = { txnId: '1' }

  it('is the requester by the request and the receiver by the answer', () => {
    const both = exchangeOf({ operation: 'send', params, request: broken, response: {} })
    assert.deepEqual(
      new Set(found(both)),
      new Set([`ss.txn.sender_body_schema ${peer}`, `ss.txn.200_schema_pdus ${target}`]),
    )
  })

  it('is not ours where it was wrong on purpose', () => {
    const both = exchangeOf({
      operation: 'send',
      params,
      request: broken,
      response: {},
      deliberate: true,
    })
    assert.deepEqual(found(both), [`ss.txn.200_schema_pdus ${target}`])
  })

  it('is nobody by an answer that the fabric gave', () => {
    const cut = version({ status: 502, response: 'bad gateway', fault: 'cut-1' })
    assert.deepEqual(found(cut), [])
  })

  it('is nobody by an exchange without an answer, or a stranger', () => {
    const exchange = version({ response: 'x' })
    assert.deepEqual(found({ ...exchange, ending: 'timeout' }), [])
    assert.deepEqual(found({ ...exchange, to: '?' }), [])
  })

  it('is nobody by a body that the journal has cut', () => {
    const exchange = version({ response: '{"server":{}' })
    const { response } = exchange
    assert.ok(response)
    const body = { ...response.body, length: 1 << 21, truncated: true }
    assert.deepEqual(found({ ...exchange, response: { ...response, body } }), [])
  })
})
