import assert from 'node:assert/strict'
import { after, before, describe, it } from 'mocha'
import type { Json, JsonObject } from '../../matrix/event.ts'
import { TestClient, at, inside, text } from '../client-api/test-client.ts'

const countsIn = (one: Json | undefined) => [
  inside(one, 'notification_count'),
  inside(one, 'highlight_count'),
]

describe('what a user has not read', () => {
  let api: TestClient

  before(async () => {
    api = await TestClient.start()
  })
  after(() => api.stop())

  async function couple() {
    const [alice, bob] = [await api.newUser(), await api.newUser()]
    const roomId = await api.newRoom(alice.token)
    await api.good('POST', `/join/${roomId}`, bob.token, {})
    return { alice, bob, roomId }
  }

  let sent = 0
  const send = async (token: string, roomId: string, content: JsonObject) => {
    sent += 1
    const path = `${at(roomId)}/send/m.room.message/unread${sent}`
    return text((await api.good('PUT', path, token, content)).json, 'event_id')
  }

  const counts = async (token: string, roomId: string, filter: JsonObject = {}) => {
    const query = encodeURIComponent(JSON.stringify({ room: { timeline: filter } }))
    const { json } = await api.good('GET', `/sync?filter=${query}`, token)
    const room = inside(json, 'rooms', 'join', roomId)
    return { all: countsIn(inside(room, 'unread_notifications')), room }
  }

  const read = (token: string, roomId: string, id: string, body: JsonObject = {}) =>
    api.good('POST', `${at(roomId)}/receipt/m.read/${encodeURIComponent(id)}`, token, body)

  it('is counted until it is read, or answered', async () => {
    const { alice, bob, roomId } = await couple()
    const first = await send(alice.token, roomId, { msgtype: 'm.text', body: '1' })
    await send(alice.token, roomId, { msgtype: 'm.notice', body: 'a notice does not count' })
    await send(alice.token, roomId, { msgtype: 'm.text', body: '2' })

    assert.deepEqual((await counts(bob.token, roomId)).all, [2, 0])
    assert.deepEqual((await counts(alice.token, roomId)).all, [0, 0])
    await read(bob.token, roomId, first)
    assert.deepEqual((await counts(bob.token, roomId)).all, [1, 0])
    await send(bob.token, roomId, { msgtype: 'm.text', body: 'answer' })
    assert.deepEqual((await counts(bob.token, roomId)).all, [0, 0])
    assert.deepEqual((await counts(alice.token, roomId)).all, [1, 0])
  })

  it('stands out where the user is mentioned', async () => {
    const { alice, bob, roomId } = await couple()
    const mention = { 'm.mentions': { user_ids: [bob.user] } }
    await send(alice.token, roomId, { msgtype: 'm.text', body: 'you', ...mention })
    assert.deepEqual((await counts(bob.token, roomId)).all, [1, 1])
    const all = { 'm.mentions': { room: true } }
    await send(alice.token, roomId, { msgtype: 'm.text', body: 'all', ...all })
    assert.deepEqual((await counts(bob.token, roomId)).all, [2, 2])
    await send(bob.token, roomId, { msgtype: 'm.text', body: 'read' })
    await send(bob.token, roomId, { msgtype: 'm.text', body: 'all', ...all })

    // Bob has not the level to call the whole room.
    assert.deepEqual((await counts(alice.token, roomId)).all, [2, 0])
  })

  it('is a matter of the rules that the user has', async () => {
    const { alice, bob, roomId } = await couple()
    await send(alice.token, roomId, { msgtype: 'm.text', body: 'There is CAKE here' })
    await send(alice.token, roomId, { msgtype: 'm.text', body: 'no pancakes' })
    assert.deepEqual((await counts(bob.token, roomId)).all, [2, 0])

    const global = '/pushrules/global'
    await api.good('PUT', `${global}/override/.m.rule.master/enabled`, bob.token, { enabled: true })
    assert.deepEqual((await counts(bob.token, roomId)).all, [0, 0])
    await api.good('PUT', `${global}/override/.m.rule.master/enabled`, bob.token, {
      enabled: false,
    })
    const highlighted = { pattern: 'cake', actions: ['notify', { set_tweak: 'highlight' }] }
    await api.good('PUT', `${global}/content/cake`, bob.token, highlighted)
    assert.deepEqual((await counts(bob.token, roomId)).all, [2, 1])
    await api.good('PUT', `${global}/room/${encodeURIComponent(roomId)}`, bob.token, {
      actions: [],
    })
    assert.deepEqual((await counts(bob.token, roomId)).all, [1, 1])
  })

  it('is counted by thread on demand', async () => {
    const { alice, bob, roomId } = await couple()
    const root = await send(alice.token, roomId, { msgtype: 'm.text', body: 'root' })
    const inThread = { 'm.relates_to': { rel_type: 'm.thread', event_id: root } }
    const reply = await send(alice.token, roomId, { msgtype: 'm.text', body: 'r', ...inThread })
    const filter = { unread_thread_notifications: true }

    assert.deepEqual((await counts(bob.token, roomId)).all, [2, 0])
    const { all, room } = await counts(bob.token, roomId, filter)
    assert.deepEqual(all, [1, 0])
    assert.deepEqual(countsIn(inside(room, 'unread_thread_notifications', root)), [1, 0])
    await read(bob.token, roomId, reply, { thread_id: root })
    assert.deepEqual((await counts(bob.token, roomId)).all, [1, 0])
  })

  it('changes in a sync when it is read', async () => {
    const { alice, bob, roomId } = await couple()
    const id = await send(alice.token, roomId, { msgtype: 'm.text', body: '1' })
    const since = text((await api.good('GET', '/sync', bob.token)).json, 'next_batch')
    const waiting = api.good('GET', `/sync?since=${since}&timeout=10000`, bob.token)
    await read(bob.token, roomId, id)

    const room = inside((await waiting).json, 'rooms', 'join', roomId)
    assert.equal(inside(room, 'unread_notifications', 'notification_count'), 0)
    assert.equal(inside(room, 'ephemeral', 'events', 0, 'type'), 'm.receipt')
  })
})
