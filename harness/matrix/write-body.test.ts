import assert from 'node:assert/strict'
import { describe, it } from 'mocha'
import type { Json } from './event.ts'
import { roomVersions } from './room-version.ts'
import { TestRoom } from './test-room.ts'
import { pdusOf, writeBody } from './write-body.ts'
import { writeJson } from './write-json.ts'

const events = () => {
  const room = new TestRoom(roomVersions.v11)
  for (const body of ['one', 'ünd \ud800', 'three'])
    room.add({ type: 'm.room.message', sender: '@a:a', content: { body } })
  return room.events
}

const isWritten = (body: Json) => assert.equal(writeBody(body).toString(), writeJson(body))

describe('writeBody', () => {
  it('writes as writeJson does', () => {
    for (const body of [null, 'a', [1, { b: 'ü' }], {}, { b: [], a: { c: 1 } }]) isWritten(body)
  })

  it('writes lists of events the same the first time and the next', () => {
    const list = pdusOf(events())
    const body = { origin: 'a', state: list, auth_chain: pdusOf([]), last: [1] }
    isWritten(body)
    isWritten(body)
    isWritten({ state: pdusOf(events().slice(1)) })
  })

  it('writes a changed copy of an event as it is', () => {
    const list = events()
    isWritten({ pdus: pdusOf(list) })
    isWritten({
      pdus: pdusOf(list.map((event) => ({ ...event, pdu: { ...event.pdu, depth: 99 } }))),
    })
  })
})
