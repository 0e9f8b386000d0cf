import assert from 'node:assert/strict'
import { after, before, describe, it } from 'mocha'
import type { Json } from '../../matrix/event.ts'
import { TestClient, at, inside, text } from './test-client.ts'

const withLeft = `filter=${encodeURIComponent(JSON.stringify({ room: { include_leave: true } }))}`

const memberships = (room: Json | undefined): readonly unknown[] => {
  const events = inside(room, 'timeline', 'events')
  assert.ok(Array.isArray(events))
  return events.map((event) => [inside(event, 'sender'), inside(event, 'content', 'membership')])
}

describe('an invitation from another server', () => {
  let here: TestClient
  let there: TestClient

  before(async () => {
    ;[there, here] = await TestClient.pair()
  })
  after(() => Promise.all([here.stop(), there.stop()]))

  const invited = async () => {
    const [host, guest] = [await there.newUser(), await here.newUser()]
    const roomId = await there.newRoom(host.token, { preset: 'private_chat', invite: [guest.user] })
    const sync = async (query: string) =>
      (await here.good('GET', `/sync?${query}`, guest.token)).json
    const first = await sync('timeout=5000')
    assert.ok(inside(first, 'rooms', 'invite', roomId))
    return { host, guest, roomId, sync, since: text(first, 'next_batch') }
  }

  it('ends with what declined it, in the next sync and on demand', async () => {
    const { guest, roomId, sync, since } = await invited()
    await here.good('POST', `${at(roomId)}/leave`, guest.token, { reason: 'no time' })

    const next = inside(await sync(`since=${since}`), 'rooms', 'leave', roomId)
    assert.deepEqual(memberships(next), [[guest.user, 'leave']])
    const anew = await sync(withLeft)
    assert.deepEqual(memberships(inside(anew, 'rooms', 'leave', roomId)), [[guest.user, 'leave']])
    assert.equal(inside(await sync(''), 'rooms', 'leave', roomId), undefined)

    await here.good('POST', `${at(roomId)}/forget`, guest.token, {})
    assert.equal(inside(await sync(withLeft), 'rooms', 'leave', roomId), undefined)
  })

  it('ends with who took it back', async () => {
    const { host, guest, roomId, sync, since } = await invited()
    await there.good('POST', `${at(roomId)}/kick`, host.token, { user_id: guest.user })

    const next = inside(await sync(`since=${since}&timeout=5000`), 'rooms', 'leave', roomId)
    assert.deepEqual(memberships(next), [[host.user, 'leave']])
    const anew = await sync(withLeft)
    assert.deepEqual(memberships(inside(anew, 'rooms', 'leave', roomId)), [[host.user, 'leave']])
  })

  it('can be declined though nobody is left in the room', async () => {
    const { host, guest, roomId, sync, since } = await invited()
    await there.good('POST', `${at(roomId)}/leave`, host.token, {})
    await here.good('POST', `${at(roomId)}/leave`, guest.token, {})

    const next = inside(await sync(`since=${since}`), 'rooms', 'leave', roomId)
    assert.deepEqual(memberships(next), [[guest.user, 'leave']])
  })
})
