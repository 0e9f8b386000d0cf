import assert from 'node:assert/strict'
import { after, before, describe, it } from 'mocha'
import { TestClient, at, inside, text, typesOf } from './test-client.ts'

describe('sync over the client API', () => {
  let api: TestClient

  before(async () => {
    api = await TestClient.start()
  })
  after(() => api.stop())

  it('gives everything, then only what is new, and waits for it', async () => {
    const { token } = await api.newUser()
    const bob = await api.newUser()
    const roomId = await api.newRoom(token, { invite: [bob.user] })

    const first = await api.good('GET', '/sync', token)
    const events = inside(first.json, 'rooms', 'join', roomId, 'timeline', 'events')
    assert.equal(typesOf(events)[0], 'm.room.create')
    assert.equal(inside(events, 0, 'room_id'), undefined)

    const invited = await api.good('GET', '/sync', bob.token)
    const stripped = inside(invited.json, 'rooms', 'invite', roomId, 'invite_state', 'events')
    assert.ok(typesOf(stripped).includes('m.room.member'))

    const since = text(first.json, 'next_batch')
    const waiting = api.good('GET', `/sync?since=${since}&timeout=10000`, token)
    const said = await api.say(token, roomId, 'news')
    const news = inside((await waiting).json, 'rooms', 'join', roomId, 'timeline', 'events')
    assert.equal(inside(news, 0, 'event_id'), said)

    const next = text((await waiting).json, 'next_batch')
    const nothing = await api.good('GET', `/sync?since=${next}&timeout=50`, token)
    assert.deepEqual(nothing.json['rooms'], { join: {}, invite: {}, knock: {}, leave: {} })
  })

  it('says where a timeline was cut, and goes on from there', async () => {
    const { token } = await api.newUser()
    const roomId = await api.newRoom(token)
    const said = [await api.say(token, roomId, 'a'), await api.say(token, roomId, 'b')]
    const filter = encodeURIComponent(
      JSON.stringify({ room: { rooms: [roomId], timeline: { limit: 1 } } }),
    )

    const { json } = await api.good('GET', `/sync?filter=${filter}`, token)
    const timeline = inside(json, 'rooms', 'join', roomId, 'timeline')
    assert.equal(inside(timeline, 'limited'), true)
    assert.equal(inside(timeline, 'events', 0, 'event_id'), said[1])
    const state = inside(json, 'rooms', 'join', roomId, 'state', 'events')
    assert.ok(typesOf(state).includes('m.room.create'))

    const from = text(timeline, 'prev_batch')
    const older = await api.good('GET', `${at(roomId)}/messages?dir=b&limit=1&from=${from}`, token)
    assert.equal(inside(older.json, 'chunk', 0, 'event_id'), said[0])
  })

  it('tells of rooms that the user has left', async () => {
    const { token } = await api.newUser()
    const bob = await api.newUser()
    const roomId = await api.newRoom(token)
    await api.good('POST', `/join/${roomId}`, bob.token, {})
    const since = text((await api.good('GET', '/sync', bob.token)).json, 'next_batch')
    await api.good('POST', `${at(roomId)}/leave`, bob.token, {})

    const { json } = await api.good('GET', `/sync?since=${since}`, bob.token)
    const events = inside(json, 'rooms', 'leave', roomId, 'timeline', 'events')
    assert.equal(inside(events, 0, 'content', 'membership'), 'leave')
    await api.refused([400, 'M_INVALID_PARAM'], 'GET', '/sync?since=nonsense', bob.token)
  })
})
