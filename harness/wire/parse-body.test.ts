import assert from 'node:assert/strict'
import { describe, it } from 'mocha'
import { JsonError } from '../matrix/json.ts'
import { parseBody } from './parse-body.ts'

const codeOf = (
  text: string,
  operation: string | undefined,
  part: 'request' | 'response',
): string => {
  try {
    parseBody(Buffer.from(text), { operation, part })
    return 'read'
  } catch (error) {
    assert.ok(error instanceof JsonError)
    return `${error.code} ${error.offset}`
  }
}

const twice = '{"a":1,"a":2}'

describe('parseBody', () => {
  it('refuses what can be read in two ways, except within PDUs', () => {
    const rows: readonly (readonly [string, string, 'request' | 'response', string])[] = [
      [`{"pdus":[{},${twice}]}`, 'send', 'request', 'read'],
      [`{"pdus":[{"x":"\\udc00"}]}`, 'send', 'request', 'read'],
      [`{"edus":[${twice}]}`, 'send', 'request', 'duplicate-key 16'],
      [`{"pdus":[],"pdus":[]}`, 'send', 'request', 'duplicate-key 11'],
      [`{"pdus":["\\udc00"]}`, 'send', 'request', 'surrogate 10'],
      [`{"pdus":[${twice}]}`, 'send', 'response', 'duplicate-key 16'],
      [`{"pdus":[${twice}]}`, 'backfill', 'response', 'read'],
      [twice, 'sendJoin', 'request', 'read'],
      [`{"event":${twice}}`, 'invite', 'request', 'read'],
      [`{"event":{},"event":{}}`, 'invite', 'request', 'duplicate-key 12'],
      [`{"eventual":${twice}}`, 'invite', 'request', 'duplicate-key 19'],
      [`[200,{"event":${twice}}]`, 'inviteV1', 'response', 'read'],
      [twice, 'version', 'response', 'duplicate-key 7'],
    ]
    for (const [text, operation, part, expected] of rows) {
      assert.equal(codeOf(text, operation, part), expected, `${operation} ${part} ${text}`)
    }
    assert.equal(codeOf(twice, undefined, 'request'), 'duplicate-key 7')
  })

  it('takes numbers of any kind', () => {
    const read = parseBody(Buffer.from('{"a":[1.5,1e3]}'), { part: 'request' })
    assert.equal(JSON.stringify(read), '{"a":[1.5,1000]}')
  })

  it('takes answers that are longer than requests may be', () => {
    const bytes = Buffer.from(`[${'1,'.repeat(600_000)}1]`)
    assert.ok(Array.isArray(parseBody(bytes, { part: 'response' })))
    assert.throws(() => parseBody(bytes, { part: 'request' }), JsonError)
  })
})
