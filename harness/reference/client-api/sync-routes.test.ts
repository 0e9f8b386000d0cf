import assert from 'node:assert/strict'
import { after, before, describe, it } from 'mocha'
import type { Json } from '../../matrix/event.ts'
import { TestClient, at, inside, text, typesOf } from './test-client.ts'

const topics = (events: Json | undefined) =>
  Array.isArray(events) ? events.map((event) => inside(event, 'content', 'topic')) : undefined

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
    assert.deepEqual(nothing.json['rooms'], {
      join: {},
      invite: {},
      knock: {},
      leave: {},
    })
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

  it('gives the state before the timeline, or on demand that after it', async () => {
    const { token } = await api.newUser()
    const roomId = await api.newRoom(token)
    const since = text((await api.good('GET', '/sync', token)).json, 'next_batch')
    const setTopic = (topic: string) =>
      api.good('PUT', `${at(roomId)}/state/m.room.topic`, token, { topic })
    await setTopic('one')
    await setTopic('two')
    const filter = encodeURIComponent(JSON.stringify({ room: { timeline: { limit: 1 } } }))
    const query = `/sync?since=${since}&filter=${filter}`

    const early = inside((await api.good('GET', query, token)).json, 'rooms', 'join', roomId)
    assert.deepEqual(topics(inside(early, 'timeline', 'events')), ['two'])
    assert.deepEqual(topics(inside(early, 'state', 'events')), ['one'])
    const afterwards = await api.good('GET', `${query}&use_state_after=true`, token)
    const seen = inside(afterwards.json, 'rooms', 'join', roomId)
    assert.equal(inside(seen, 'state'), undefined)
    assert.deepEqual(topics(inside(seen, 'state_after', 'events')), ['two'])
    const previous = inside(early, 'timeline', 'events', 0, 'unsigned', 'prev_content', 'topic')
    assert.equal(previous, 'one')
  })

  it('gives the full state on demand, at once', async () => {
    const { token } = await api.newUser()
    const roomId = await api.newRoom(token)
    const since = text((await api.good('GET', '/sync', token)).json, 'next_batch')
    const path = `/sync?since=${since}&full_state=true&timeout=30000`
    const { json } = await api.good('GET', path, token)

    const state = inside(json, 'rooms', 'join', roomId, 'state', 'events')
    assert.ok(typesOf(state).includes('m.room.create'))
    assert.deepEqual(inside(json, 'rooms', 'join', roomId, 'timeline', 'events'), [])
  })

  it('counts who is there and names whom a room is called after', async () => {
    const { token } = await api.newUser()
    const bob = await api.newUser()
    const roomId = await api.newRoom(token, { invite: [bob.user] })

    const { json } = await api.good('GET', '/sync', token)
    assert.deepEqual(inside(json, 'rooms', 'join', roomId, 'summary'), {
      'm.joined_member_count': 1,
      'm.invited_member_count': 1,
      'm.heroes': [bob.user],
    })
    const since = text(json, 'next_batch')
    await api.say(token, roomId, 'nothing new of members')
    const later = await api.good('GET', `/sync?since=${since}`, token)
    assert.deepEqual(inside(later.json, 'rooms', 'join', roomId, 'summary'), {})
  })

  it('tells the device that has sent an event under what transaction', async () => {
    const { user, token } = await api.newUser()
    const login = { type: 'm.login.password', user, password: 'pass' }
    const other = text((await api.good('POST', '/login', undefined, login)).json, 'access_token')
    const roomId = await api.newRoom(token)
    await api.say(token, roomId, 'mine')
    const unsigned = async (as: string) => {
      const { json } = await api.good('GET', '/sync', as)
      const events = inside(json, 'rooms', 'join', roomId, 'timeline', 'events')
      return Array.isArray(events) ? inside(events.at(-1), 'unsigned') : undefined
    }

    assert.equal(inside(await unsigned(token), 'transaction_id'), 'mine')
    assert.equal(inside(await unsigned(other), 'transaction_id'), undefined)
    assert.ok(Number(inside(await unsigned(other), 'age')) >= 0)
  })

  it('tells of left rooms on demand, unless they are forgotten', async () => {
    const { token } = await api.newUser()
    const roomId = await api.newRoom(token)
    await api.good('POST', `${at(roomId)}/leave`, token, {})
    const filter = encodeURIComponent(JSON.stringify({ room: { include_leave: true } }))
    const left = async (query: string) =>
      inside((await api.good('GET', `/sync?${query}`, token)).json, 'rooms', 'leave', roomId)

    assert.equal(await left(''), undefined)
    assert.ok(await left(`filter=${filter}`))
    await api.good('POST', `${at(roomId)}/forget`, token, {})
    assert.equal(await left(`filter=${filter}`), undefined)
    await api.refused([403, 'M_FORBIDDEN'], 'GET', `${at(roomId)}/state`, token)
  })

  it('shows who declines nothing but the end of the invitation', async () => {
    const { token } = await api.newUser()
    const bob = await api.newUser()
    const roomId = await api.newRoom(token, { invite: [bob.user] })
    const since = text((await api.good('GET', '/sync', bob.token)).json, 'next_batch')
    await api.say(token, roomId, 'not for bob')
    await api.good('POST', `${at(roomId)}/leave`, bob.token, {})

    const { json } = await api.good('GET', `/sync?since=${since}`, bob.token)
    const room = inside(json, 'rooms', 'leave', roomId)
    assert.deepEqual(typesOf(inside(room, 'timeline', 'events')), ['m.room.member'])
    assert.deepEqual(inside(room, 'state', 'events'), [])
    await api.refused([403, 'M_FORBIDDEN'], 'GET', `${at(roomId)}/messages?dir=b`, bob.token)
  })

  it('leaves out what ignored users say, but for the state, and their invitations', async () => {
    const { user, token } = await api.newUser()
    const bob = await api.newUser()
    const roomId = await api.newRoom(token, { invite: [bob.user] })
    await api.good('POST', `/join/${roomId}`, bob.token, {})
    await api.newRoom(token, { invite: [bob.user] })
    const list = `/user/${encodeURIComponent(bob.user)}/account_data/m.ignored_user_list`
    await api.good('PUT', list, bob.token, { ignored_users: { [user]: {} } })
    const since = text((await api.good('GET', '/sync', bob.token)).json, 'next_batch')
    await api.say(token, roomId, 'not heard')
    await api.good('PUT', `${at(roomId)}/state/m.room.topic`, token, { topic: 'heard' })

    const { json } = await api.good('GET', `/sync?since=${since}`, bob.token)
    const events = inside(json, 'rooms', 'join', roomId, 'timeline', 'events')
    assert.deepEqual(typesOf(events), ['m.room.topic'])
    const first = await api.good('GET', '/sync', bob.token)
    assert.deepEqual(inside(first.json, 'rooms', 'invite'), {})
    await api.good('PUT', list, bob.token, {})
    const again = await api.good('GET', '/sync', bob.token)
    assert.equal(Object.keys(inside(again.json, 'rooms', 'invite') ?? {}).length, 1)
  })
})
