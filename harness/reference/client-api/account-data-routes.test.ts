import assert from 'node:assert/strict'
import { after, before, describe, it } from 'mocha'
import { TestClient, at, inside, text } from './test-client.ts'

describe('account data over the client API', () => {
  let api: TestClient

  before(async () => {
    api = await TestClient.start()
  })
  after(() => api.stop())

  it('is kept beside rooms and in them, and told in a sync', async () => {
    const { user, token } = await api.newUser()
    const roomId = await api.newRoom(token)
    const own = `/user/${encodeURIComponent(user)}`
    const since = text((await api.good('GET', '/sync', token)).json, 'next_batch')
    await api.good('PUT', `${own}/account_data/x.y`, token, { z: 1.5 })
    await api.good('PUT', `${own}${at(roomId)}/account_data/x.y`, token, { z: 2 })

    assert.deepEqual((await api.good('GET', `${own}/account_data/x.y`, token)).json, { z: 1.5 })
    const { json } = await api.good('GET', `/sync?since=${since}`, token)
    const event = { type: 'x.y', content: { z: 1.5 } }
    assert.deepEqual(inside(json, 'account_data', 'events'), [event])
    const inRoom = inside(json, 'rooms', 'join', roomId, 'account_data', 'events')
    assert.deepEqual(inRoom, [{ type: 'x.y', content: { z: 2 } }])
    const next = text(json, 'next_batch')
    const later = await api.good('GET', `/sync?since=${next}`, token)
    assert.deepEqual(inside(later.json, 'rooms', 'join'), {})
  })

  it('is nobody else’s, has bounds, and types of its own endpoints are not set', async () => {
    const { user, token } = await api.newUser()
    const other = await api.newUser()
    const path = `/user/${encodeURIComponent(user)}/account_data`
    await api.refused([404, 'M_NOT_FOUND'], 'GET', `${path}/x.y`, token)
    await api.refused([403, 'M_FORBIDDEN'], 'PUT', `${path}/x.y`, other.token, {})
    await api.refused([403, 'M_FORBIDDEN'], 'GET', `${path}/x.y`, other.token)
    await api.refused([405, 'M_BAD_JSON'], 'PUT', `${path}/m.push_rules`, token, {})
    await api.refused([400, 'M_BAD_JSON'], 'PUT', `${path}/x.y`, token, [])
    const large = { z: 'x'.repeat(70_000) }
    await api.refused([413, 'M_TOO_LARGE'], 'PUT', `${path}/x.y`, token, large)
    const room = `/user/${encodeURIComponent(user)}/rooms/nonsense/account_data/x.y`
    await api.refused([400, 'M_INVALID_PARAM'], 'PUT', room, token, {})
  })

  it('has tags', async () => {
    const { user, token } = await api.newUser()
    const roomId = await api.newRoom(token)
    const path = `/user/${encodeURIComponent(user)}${at(roomId)}/tags`
    await api.good('PUT', `${path}/m.favourite`, token, { order: 0.5 })
    await api.good('PUT', `${path}/u.work`, token, {})
    await api.refused([400, 'M_BAD_JSON'], 'PUT', `${path}/u.x`, token, { order: 'first' })

    assert.deepEqual((await api.good('GET', path, token)).json, {
      tags: { 'm.favourite': { order: 0.5 }, 'u.work': {} },
    })
    await api.good('DELETE', `${path}/m.favourite`, token)
    assert.deepEqual((await api.good('GET', path, token)).json, { tags: { 'u.work': {} } })
  })
})
