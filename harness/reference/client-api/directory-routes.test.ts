import assert from 'node:assert/strict'
import { after, before, describe, it } from 'mocha'
import { TestClient, at, inside } from './test-client.ts'

const summaryOf = (place: string) => `/../v1/room_summary/${encodeURIComponent(place)}`

describe('names of rooms over the client API', () => {
  let api: TestClient

  before(async () => {
    api = await TestClient.start()
  })
  after(() => api.stop())

  const pathOf = (localpart: string) =>
    `/directory/room/${encodeURIComponent(`#${localpart}:${api.serverName}`)}`

  it('are given by members, and taken away by their makers and who may name the room', async () => {
    const { token } = await api.newUser()
    const [bob, carol] = [await api.newUser(), await api.newUser()]
    const roomId = await api.newRoom(token)
    const body = { room_id: roomId }
    await api.refused([403, 'M_FORBIDDEN'], 'PUT', pathOf('one'), bob.token, body)
    for (const one of [bob, carol]) await api.good('POST', `/join/${roomId}`, one.token, {})
    await api.good('PUT', pathOf('one'), bob.token, body)
    await api.good('PUT', pathOf('two'), bob.token, body)
    await api.refused([409, 'M_UNKNOWN'], 'PUT', pathOf('one'), token, body)

    const list = await api.good('GET', `${at(roomId)}/aliases`, token)
    assert.equal(Object.keys(list.json['aliases'] ?? []).length, 2)
    await api.refused([403, 'M_FORBIDDEN'], 'DELETE', pathOf('one'), carol.token)
    await api.good('DELETE', pathOf('one'), bob.token)
    await api.good('DELETE', pathOf('two'), token)
    await api.refused([404, 'M_NOT_FOUND'], 'GET', pathOf('one'))
    await api.refused([404, 'M_NOT_FOUND'], 'DELETE', pathOf('one'), bob.token)
    const foreign = `/directory/room/${encodeURIComponent('#one:elsewhere.example')}`
    await api.refused([400, 'M_INVALID_PARAM'], 'PUT', foreign, token, body)
  })

  it('have to lead to the room that bears them', async () => {
    const { token } = await api.newUser()
    const roomId = await api.newRoom(token, { room_alias_name: 'mine' })
    await api.newRoom(token, { room_alias_name: 'other' })
    const put = (content: Record<string, string | readonly string[]>) =>
      api.ask('PUT', `${at(roomId)}/state/m.room.canonical_alias`, token, content)
    const alias = (localpart: string) => `#${localpart}:${api.serverName}`

    assert.equal((await put({ alias: alias('mine') })).status, 200)
    for (const wrong of ['other', 'none']) {
      assert.equal((await put({ alias: alias(wrong) })).json['errcode'], 'M_BAD_ALIAS')
      const alternative = { alias: alias('mine'), alt_aliases: [alias(wrong)] }
      assert.equal((await put(alternative)).json['errcode'], 'M_BAD_ALIAS')
    }
    assert.equal((await put({ alias: 'nonsense' })).json['errcode'], 'M_INVALID_PARAM')
  })

  it('are taken off the room with the alias', async () => {
    const { token } = await api.newUser()
    const roomId = await api.newRoom(token, { room_alias_name: 'first' })
    const named = `${at(roomId)}/state/m.room.canonical_alias`
    const alias = (localpart: string) => `#${localpart}:${api.serverName}`
    for (const one of ['second', 'third'])
      await api.good('PUT', pathOf(one), token, { room_id: roomId })
    const all = { alias: alias('first'), alt_aliases: [alias('second'), alias('third')] }
    await api.good('PUT', named, token, all)

    await api.good('DELETE', pathOf('second'), token)
    const left = { alias: alias('first'), alt_aliases: [alias('third')] }
    assert.deepEqual((await api.good('GET', named, token)).json, left)
    await api.good('DELETE', pathOf('third'), token)
    await api.good('DELETE', pathOf('first'), token)
    assert.deepEqual((await api.good('GET', named, token)).json, {})
  })

  it('are published or not', async () => {
    const { token } = await api.newUser()
    const bob = await api.newUser()
    const roomId = await api.newRoom(token, { visibility: 'public' })
    await api.good('POST', `/join/${roomId}`, bob.token, {})
    const path = `/directory/list/room/${encodeURIComponent(roomId)}`

    assert.deepEqual((await api.good('GET', path)).json, { visibility: 'public' })
    await api.refused([403, 'M_FORBIDDEN'], 'PUT', path, bob.token, { visibility: 'private' })
    await api.refused([400, 'M_INVALID_PARAM'], 'PUT', path, token, { visibility: 'hidden' })
    await api.good('PUT', path, token, { visibility: 'private' })
    assert.deepEqual((await api.good('GET', path)).json, { visibility: 'private' })
    const listed = await api.good('GET', '/publicRooms', token)
    assert.deepEqual(listed.json['chunk'], [])
    await api.refused([404, 'M_NOT_FOUND'], 'GET', '/directory/list/room/!none:x')
  })

  it('come with what else is told of a room', async () => {
    const { token } = await api.newUser()
    const stranger = await api.newUser()
    const roomId = await api.newRoom(token, { name: 'Shown', room_alias_name: 'shown' })
    const hidden = await api.newRoom(token, { preset: 'private_chat' })

    const own = await api.good('GET', summaryOf(roomId), token)
    assert.equal(own.json['membership'], 'join')
    const { json } = await api.good('GET', summaryOf(`#shown:${api.serverName}`), stranger.token)
    assert.equal(json['room_id'], roomId)
    assert.equal(json['name'], 'Shown')
    assert.equal(json['membership'], undefined)
    await api.refused([404, 'M_NOT_FOUND'], 'GET', summaryOf(hidden), stranger.token)
  })

  it('join with a reason', async () => {
    const { token } = await api.newUser()
    const bob = await api.newUser()
    const roomId = await api.newRoom(token)
    await api.good('POST', `/join/${roomId}`, bob.token, { reason: 'curious' })

    const path = `${at(roomId)}/state/m.room.member/${bob.user}`
    const { json } = await api.good('GET', path, token)
    assert.equal(inside(json, 'reason'), 'curious')
  })
})
