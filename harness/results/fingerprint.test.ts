import assert from 'node:assert/strict'
import { describe, it } from 'mocha'
import { fingerprint } from './fingerprint.ts'

const message = (event: string, server: string, port: number, ms: number) =>
  `the events at ${server}:${port} lack m.room.topic ($${event}) of @alice7:${server}:${port} after ${ms} ms`
const id = (letter: string) => `m.room.message ($${letter.repeat(43)})`

describe('fingerprint', () => {
  it('is the same for another run of the same failure', () => {
    assert.equal(
      fingerprint(message('a'.repeat(43), '127.4.5.6', 40113, 10_012)),
      fingerprint(message('Qx-_'.repeat(10) + 'abc', '127.0.0.1', 8448, 9_998)),
    )
  })

  it('keeps statuses, errcodes and counts apart', () => {
    const all = ['the answer is 500 M_UNKNOWN, not 200', 'the answer is 500, not 200', '5 of 6']
    assert.deepEqual(all.map(fingerprint), all)
  })

  it('does not depend on how many events of one kind are named', () => {
    assert.equal(
      fingerprint(`lack ${id('a')}, ${id('b')}, ${id('c')} and 4 more`),
      fingerprint(`lack ${id('x')}, ${id('y')}`),
    )
  })

  it('reads room ids with and without a server, and keys', () => {
    assert.equal(fingerprint(`room !${'r'.repeat(43)}`), 'room <room>')
    assert.equal(fingerprint('room !abc:127.0.0.1:1234 of'), 'room <id> of')
    assert.equal(fingerprint(`key ${'kZ3/'.repeat(10)}abc=`), 'key <bytes>')
    assert.equal(
      fingerprint(`@alice-3f9:127.0.0.1:80: POST /rooms/!${'r'.repeat(43)}/join: no`),
      '<id>: POST /rooms/<room>/join: no',
    )
    const path = '/_matrix/federation/v1/exchange_third_party_invite/x'
    assert.equal(fingerprint(path), path)
  })
})
