import assert from 'node:assert/strict'
import { describe, it } from 'mocha'
import type { Respond } from './peer/script.ts'
import { Bench } from './test-bench.ts'

/** The first request is answered so, all others truthfully. */
function first(status: number, errcode?: string): Respond {
  let isFirst = true
  return (_, honest) => {
    if (!isFirst) return honest()
    isFirst = false
    return { status, body: errcode === undefined ? {} : { errcode, error: 'what?' } }
  }
}

describe('memberships at servers from before /v2/', () => {
  for (const [status, errcode] of [
    [404],
    [404, 'M_UNRECOGNIZED'],
    [400, 'M_UNRECOGNIZED'],
  ] as const)
    it(`are handed in again where the answer is ${status} ${errcode ?? 'and no errcode'}`, () =>
      Bench.with(async (bench) => {
        const [one, two] = await bench.two()
        const room = await one.createRoom()

        await one.answering('sendJoin', first(status, errcode), () => two.join(room, one))

        assert.equal(one.requests('sendJoin').length, 2)
        assert.equal(one.server.services.rooms.joined(room.id)?.membership(two.user), 'join')
        assert.equal(two.server.services.rooms.joined(room.id)?.membership(two.user), 'join')
      }))

  it('are not, where the endpoint is known', () =>
    Bench.with(async (bench) => {
      const [one, two] = await bench.two()
      const room = await one.createRoom()
      const join = () => assert.rejects(two.join(room, one))

      await one.answering('sendJoin', first(404, 'M_NOT_FOUND'), join)

      assert.equal(one.requests('sendJoin').length, 1)
    }))

  it('end so too', () =>
    Bench.with(async (bench) => {
      const [one, two] = await bench.two()
      const room = await one.createRoom()
      await one.invite(room, two.user)

      const leave = () => two.server.users.leave(room.id, two.user)
      await one.answering('sendLeave', first(404), leave)

      assert.equal(one.requests('sendLeave').length, 2)
      assert.equal(one.server.services.rooms.joined(room.id)?.membership(two.user), 'leave')
    }))
})
