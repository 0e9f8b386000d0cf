import assert from 'node:assert/strict'
import { after, before, describe, it } from 'mocha'
import { inside, TestClient, typesOf } from './test-client.ts'

describe('knocking over the client API', () => {
  let api: TestClient

  before(async () => {
    api = await TestClient.start()
  })
  after(() => api.stop())

  it('shows in sync, and only where the room allows it', async () => {
    const one = await api.newUser()
    const two = await api.newUser()
    const roomId = await api.newRoom(one.token, {
      room_alias_name: 'door',
      initial_state: [{ type: 'm.room.join_rules', content: { join_rule: 'knock' } }],
    })
    const alias = encodeURIComponent(`#door:${api.serverName}`)

    const { json } = await api.good('POST', `/knock/${alias}`, two.token, { reason: 'please' })
    const sync = await api.good('GET', '/sync', two.token)

    assert.equal(json['room_id'], roomId)
    const events = inside(sync.json, 'rooms', 'knock', roomId, 'knock_state', 'events')
    assert.ok(typesOf(events).includes('m.room.create'))
    const closed = encodeURIComponent(await api.newRoom(one.token, { preset: 'private_chat' }))
    await api.refused([403, 'M_FORBIDDEN'], 'POST', `/knock/${closed}`, two.token, {})
    const nowhere = encodeURIComponent(`#nowhere:${api.serverName}`)
    await api.refused([404, 'M_NOT_FOUND'], 'POST', `/knock/${nowhere}`, two.token, {})
  })
})
