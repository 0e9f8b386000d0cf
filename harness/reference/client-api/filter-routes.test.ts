import assert from 'node:assert/strict'
import { after, before, describe, it } from 'mocha'
import type { Json, JsonObject } from '../../matrix/event.ts'
import { TestClient, at, inside, text, typesOf } from './test-client.ts'

const inline = (filter: JsonObject) => `filter=${encodeURIComponent(JSON.stringify(filter))}`

const bodiesOf = (events: Json | undefined) =>
  Array.isArray(events) ? events.map((event) => inside(event, 'content', 'body')) : []

/** State keys of the membership events. */
const keysOf = (events: Json | undefined) =>
  Array.isArray(events)
    ? events
        .filter((event) => inside(event, 'type') === 'm.room.member')
        .map((event) => inside(event, 'state_key'))
    : []

describe('filters of a sync', () => {
  let api: TestClient

  before(async () => {
    api = await TestClient.start()
  })
  after(() => api.stop())

  const joined = async (token: string, query: string, roomId: string) => {
    const { json } = await api.good('GET', `/sync?${query}`, token)
    return { next: text(json, 'next_batch'), room: inside(json, 'rooms', 'join', roomId) }
  }

  it('name rooms and users by their ids', async () => {
    const { user, token } = await api.newUser()
    const path = `/user/${encodeURIComponent(user)}/filter`
    const refuse = (room: JsonObject) =>
      api.refused([400, 'M_INVALID_PARAM'], 'POST', path, token, { room })

    await refuse({ rooms: ['lounge'] })
    await refuse({ timeline: { not_rooms: ['#lounge:x.org'] } })
    await refuse({ state: { senders: ['alice'] } })
    const good = { rooms: ['!any:x.org'], timeline: { not_senders: [user] } }
    await api.good('POST', path, token, { room: good })
  })

  it('are kept for their user, and read by nobody else', async () => {
    const { user, token } = await api.newUser()
    const other = await api.newUser()
    const filter = { room: { timeline: { limit: 1, types: ['m.room.message'] } } }
    const path = `/user/${encodeURIComponent(user)}/filter`
    const id = text((await api.good('POST', path, token, filter)).json, 'filter_id')

    assert.deepEqual((await api.good('GET', `${path}/${id}`, token)).json, filter)
    assert.equal((await api.good('POST', path, token, filter)).json['filter_id'], id)
    await api.refused([403, 'M_FORBIDDEN'], 'GET', `${path}/${id}`, other.token)
    await api.refused([404, 'M_NOT_FOUND'], 'GET', `${path}/none`, token)
    await api.refused([404, 'M_NOT_FOUND'], 'GET', '/sync?filter=none', token)

    const roomId = await api.newRoom(token)
    await api.say(token, roomId, 'one')
    await api.say(token, roomId, 'two')
    const { room } = await joined(token, `filter=${id}`, roomId)
    assert.deepEqual(bodiesOf(inside(room, 'timeline', 'events')), ['two'])
  })

  it('of the wrong form are refused', async () => {
    const { user, token } = await api.newUser()
    const wrong: readonly JsonObject[] = [
      { room: 1 },
      { room: { rooms: 'x' } },
      { room: { timeline: { limit: 'x' } } },
      { room: { timeline: { limit: -1 } } },
      { room: { state: { lazy_load_members: 1 } } },
      { room: { state: { types: [1] } } },
      { presence: [] },
      { event_fields: {} },
    ]
    for (const filter of wrong) {
      const path = `/user/${encodeURIComponent(user)}/filter`
      await api.refused([400, 'M_BAD_JSON'], 'POST', path, token, filter)
      await api.refused([400, 'M_BAD_JSON'], 'GET', `/sync?${inline(filter)}`, token)
    }
    await api.refused([400, 'M_INVALID_PARAM'], 'GET', '/sync?filter=%7B', token)
  })

  it('choose by type, sender, room and url', async () => {
    const { user, token } = await api.newUser()
    const bob = await api.newUser()
    const roomId = await api.newRoom(token)
    await api.good('POST', `/join/${roomId}`, bob.token, {})
    await api.say(token, roomId, 'mine')
    await api.say(bob.token, roomId, 'bobs')
    await api.good('PUT', `${at(roomId)}/send/m.room.message/url`, token, { body: 'x', url: 'mxc' })
    const timeline = async (filter: JsonObject) => {
      const { room } = await joined(token, inline({ room: { timeline: filter } }), roomId)
      return bodiesOf(inside(room, 'timeline', 'events')).filter((body) => body !== undefined)
    }

    assert.deepEqual(await timeline({ types: ['m.room.mess*'] }), ['mine', 'bobs', 'x'])
    assert.deepEqual(await timeline({ types: ['m.room.mess?ge'] }), [])
    assert.deepEqual(await timeline({ types: [] }), [])
    assert.deepEqual(await timeline({ senders: [bob.user] }), ['bobs'])
    assert.deepEqual(await timeline({ senders: [bob.user], not_senders: [bob.user] }), [])
    assert.deepEqual(await timeline({ not_senders: [user] }), ['bobs'])
    assert.deepEqual(await timeline({ contains_url: true }), ['x'])
    assert.deepEqual(await timeline({ not_types: ['m.room.*'] }), [])
    const none = await joined(token, inline({ room: { not_rooms: [roomId] } }), roomId)
    assert.equal(none.room, undefined)
  })

  it('leave out fields, or give the event as servers have it', async () => {
    const { token } = await api.newUser()
    const roomId = await api.newRoom(token)
    await api.say(token, roomId, 'mine')
    const last = async (filter: JsonObject) =>
      inside((await joined(token, inline(filter), roomId)).room, 'timeline', 'events')

    const few = await last({
      event_fields: ['type', 'content.body'],
      room: { timeline: { limit: 1 } },
    })
    assert.deepEqual(few, [{ type: 'm.room.message', content: { body: 'mine' } }])
    const raw = await last({ event_format: 'federation', room: { timeline: { limit: 1 } } })
    assert.ok(inside(raw, 0, 'prev_events'))
  })

  it('put into the state what they leave out of the timeline', async () => {
    const { token } = await api.newUser()
    const roomId = await api.newRoom(token)
    const since = text((await api.good('GET', '/sync', token)).json, 'next_batch')
    await api.good('PUT', `${at(roomId)}/state/m.room.topic`, token, { topic: 'new' })
    await api.say(token, roomId, 'mine')

    const filter = inline({ room: { timeline: { types: ['m.room.message'] } } })
    const { room } = await joined(token, `since=${since}&${filter}`, roomId)
    assert.deepEqual(typesOf(inside(room, 'timeline', 'events')), ['m.room.message'])
    assert.deepEqual(typesOf(inside(room, 'state', 'events')), ['m.room.topic'])
  })

  it('load members lazily, and each once', async () => {
    const { user, token } = await api.newUser()
    const roomId = await api.newRoom(token, { name: 'named' })
    const others = [await api.newUser(), await api.newUser(), await api.newUser()]
    for (const other of others) await api.good('POST', `/join/${roomId}`, other.token, {})
    const [bob, carol] = others
    assert.ok(bob && carol)
    await api.say(bob.token, roomId, 'from bob')
    const filter = inline({
      room: { state: { lazy_load_members: true }, timeline: { limit: 1 } },
    })
    const first = await joined(token, filter, roomId)
    assert.deepEqual(
      new Set(keysOf(inside(first.room, 'state', 'events'))),
      new Set([user, bob.user]),
    )
    await api.say(bob.token, roomId, 'again')
    const second = await joined(token, `${filter}&since=${first.next}`, roomId)
    assert.deepEqual(keysOf(inside(second.room, 'state', 'events')), [])
    await api.say(carol.token, roomId, 'from carol')
    const third = await joined(token, `${filter}&since=${second.next}`, roomId)
    assert.deepEqual(keysOf(inside(third.room, 'state', 'events')), [carol.user])
    const redundant = inline({
      room: { state: { lazy_load_members: true, include_redundant_members: true } },
    })
    const again = await joined(token, `${redundant}&since=${second.next}`, roomId)
    assert.deepEqual(keysOf(inside(again.room, 'state', 'events')), [carol.user])
  })
})
