import assert from 'node:assert/strict'
import { after, before, describe, it } from 'mocha'
import type { Json } from '../../matrix/event.ts'
import { TestClient, inside, text, typesOf } from './test-client.ts'

const events = (query: string) => `/events?timeout=10000&${query}`
const room = (json: Json, roomId: string) => {
  const rooms = inside(json, 'rooms')
  return Array.isArray(rooms) ? rooms.find((one) => inside(one, 'room_id') === roomId) : undefined
}

describe('keeping up as it was before /sync', () => {
  let api: TestClient

  before(async () => {
    api = await TestClient.start()
  })
  after(() => api.stop())

  it('streams events, invitations and typing from a token on', async () => {
    const { token, user } = await api.newUser()
    const bob = await api.newUser()
    const start = text((await api.good('GET', '/events', bob.token)).json, 'end')
    const roomId = await api.newRoom(token, { invite: [bob.user] })

    const invited = await api.good('GET', events(`from=${start}`), bob.token)
    const invitation = inside(invited.json, 'chunk', 0)
    assert.equal(inside(invitation, 'content', 'membership'), 'invite')
    assert.equal(inside(invitation, 'room_id'), roomId)

    await api.good('POST', `/join/${roomId}`, bob.token, {})
    const end = text((await api.good('GET', '/events', bob.token)).json, 'end')
    const waiting = api.good('GET', events(`from=${end}`), bob.token)
    const said = await api.say(token, roomId, 'news')
    assert.equal(inside((await waiting).json, 'chunk', 0, 'event_id'), said)

    const from = text((await waiting).json, 'end')
    const next = api.good('GET', events(`from=${from}`), bob.token)
    await api.good('PUT', `/rooms/${roomId}/typing/${user}`, token, { typing: true, timeout: 9000 })
    assert.deepEqual(inside((await next).json, 'chunk'), [
      { type: 'm.typing', content: { user_ids: [user] }, room_id: roomId },
    ])
  })

  it('streams a room that everybody may read to who is not in it, and no other', async () => {
    const { token } = await api.newUser()
    const bob = await api.newUser()
    const visibility = { type: 'm.room.history_visibility', content: {} }
    const open = { ...visibility, content: { history_visibility: 'world_readable' } }
    const roomId = await api.newRoom(token, { initial_state: [open] })
    const closed = await api.newRoom(token)

    const waiting = api.good('GET', events(`room_id=${roomId}`), bob.token)
    await api.say(token, closed, 'secret')
    const said = await api.say(token, roomId, 'for all')
    assert.equal(inside((await waiting).json, 'chunk', 0, 'event_id'), said)
    const peek = events(`room_id=${closed}`)
    await api.refused([403, 'M_FORBIDDEN'], 'GET', peek, bob.token)
  })

  it('tells all rooms at once, left ones on demand, and one by itself', async () => {
    const { token, user } = await api.newUser()
    const roomId = await api.newRoom(token, { visibility: 'public' })
    const left = await api.newRoom(token)
    await api.say(token, roomId, 'a')
    await api.good('POST', `/rooms/${left}/leave`, token, {})

    const { json } = await api.good('GET', '/initialSync?limit=1', token)
    const joined = room(json, roomId)
    assert.equal(inside(joined, 'membership'), 'join')
    assert.equal(inside(joined, 'visibility'), 'public')
    assert.deepEqual(typesOf(inside(joined, 'messages', 'chunk')), ['m.room.message'])
    assert.ok(typesOf(inside(joined, 'state')).includes('m.room.power_levels'))
    assert.equal(inside(json, 'presence', 0, 'content', 'user_id'), user)
    assert.equal(room(json, left), undefined)

    const archived = await api.good('GET', '/initialSync?archived=true&limit=0', token)
    assert.equal(inside(room(archived.json, left), 'membership'), 'leave')
    assert.deepEqual(inside(room(archived.json, left), 'messages', 'chunk'), [])

    const one = (await api.good('GET', `/rooms/${roomId}/initialSync?limit=2`, token)).json
    assert.equal(typesOf(inside(one, 'messages', 'chunk')).at(-1), 'm.room.message')
    assert.ok(typesOf(one['state']).includes('m.room.create'))
    const earlier = text(inside(one, 'messages'), 'start')
    const older = await api.good('GET', `/rooms/${roomId}/messages?from=${earlier}`, token)
    assert.equal(typesOf(older.json['chunk']).at(-1), 'm.room.create')
  })
})
