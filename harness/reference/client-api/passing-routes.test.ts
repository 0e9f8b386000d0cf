import assert from 'node:assert/strict'
import { afterEach, beforeEach, describe, it } from 'mocha'
import { at, inside, TestClient } from './test-client.ts'

describe('what passes by, over the client API', () => {
  let client: TestClient
  let alice: { user: string; token: string }
  let bob: { user: string; token: string }
  let roomId: string

  beforeEach(async () => {
    client = await TestClient.start()
    alice = await client.newUser()
    bob = await client.newUser()
    roomId = await client.newRoom(alice.token)
    await client.good('POST', `/join/${encodeURIComponent(roomId)}`, bob.token)
  })

  afterEach(() => client.stop())

  const ephemeral = (json: Parameters<typeof inside>[0], type: string) => {
    const events = inside(json, 'rooms', 'join', roomId, 'ephemeral', 'events')
    return Array.isArray(events)
      ? events.find((event) => inside(event, 'type') === type)
      : undefined
  }

  it('shows who types to who waits', async () => {
    const { next } = await client.syncUntil(bob.token, undefined, () => true)
    const waiting = client.syncUntil(
      bob.token,
      next,
      (json) => ephemeral(json, 'm.typing') !== undefined,
    )
    const path = `${at(roomId)}/typing/${encodeURIComponent(alice.user)}`
    await client.good('PUT', path, alice.token, { typing: true, timeout: 10_000 })
    const { json } = await waiting
    assert.deepEqual(inside(ephemeral(json, 'm.typing'), 'content'), { user_ids: [alice.user] })
    await client.refused([403, 'M_FORBIDDEN'], 'PUT', path, bob.token, { typing: true })
    await client.refused([400, 'M_MISSING_PARAM'], 'PUT', path, alice.token, {})
    await client.refused([400, 'M_BAD_JSON'], 'PUT', path, alice.token, { typing: 'yes' })
  })

  it('shows who has read how far', async () => {
    const id = await client.say(alice.token, roomId, 'hello')
    const receipt = (type: string) => `${at(roomId)}/receipt/${type}/${encodeURIComponent(id)}`
    await client.good('POST', receipt('m.read'), bob.token, { thread_id: 'main' })
    await client.good('POST', `${at(roomId)}/read_markers`, bob.token, { 'm.read.private': id })
    const shown = async (token: string) => {
      const { json } = await client.good('GET', '/sync', token)
      return inside(ephemeral(json, 'm.receipt'), 'content', id)
    }
    assert.equal(inside(await shown(alice.token), 'm.read', bob.user, 'thread_id'), 'main')
    assert.equal(inside(await shown(alice.token), 'm.read.private'), undefined)
    assert.equal(typeof inside(await shown(bob.token), 'm.read.private', bob.user, 'ts'), 'number')
    for (const body of [{}, { thread_id: 'main' }])
      await client.good('POST', receipt('m.read'), alice.token, body)
    const own = inside(await shown(bob.token), 'm.read', alice.user)
    assert.deepEqual([typeof inside(own, 'ts'), inside(own, 'thread_id')], ['number', undefined])
    await client.good('POST', `${at(roomId)}/read_markers`, bob.token, { 'm.fully_read': id })
    const { json } = await client.good('GET', '/sync', bob.token)
    assert.deepEqual(inside(json, 'rooms', 'join', roomId, 'account_data', 'events', 0), {
      type: 'm.fully_read',
      content: { event_id: id },
    })
    const refused = [400, 'M_INVALID_PARAM'] as const
    const threaded = { thread_id: 'main' }
    await client.refused(refused, 'POST', receipt('m.fully_read'), bob.token, threaded)
    await client.refused(refused, 'POST', receipt('m.other'), bob.token, {})
    await client.refused(refused, 'POST', receipt('m.read'), bob.token, { thread_id: '' })
    await client.refused(refused, 'POST', receipt('m.read'), bob.token, { thread_id: 1 })
  })

  it('shows who is there to who is in a room with the user', async () => {
    const path = `/presence/${encodeURIComponent(alice.user)}/status`
    const { next } = await client.syncUntil(bob.token, undefined, () => true)
    const first = await client.good('GET', path, alice.token)
    assert.deepEqual(first.json, { presence: 'offline' })
    await client.good('PUT', path, alice.token, { presence: 'unavailable', status_msg: 'out' })
    const { json } = await client.syncUntil(
      bob.token,
      next,
      (one) => inside(one, 'presence', 'events', 0) !== undefined,
    )
    const content = inside(json, 'presence', 'events', 0, 'content')
    assert.equal(inside(content, 'presence'), 'unavailable')
    assert.equal(inside(content, 'status_msg'), 'out')
    assert.equal((await client.good('GET', path, bob.token)).json['presence'], 'unavailable')
    await client.good('GET', '/sync?set_presence=offline', alice.token)
    assert.equal((await client.good('GET', path, bob.token)).json['presence'], 'unavailable')
    await client.good('GET', '/sync', alice.token)
    const seen = (await client.good('GET', path, bob.token)).json
    assert.deepEqual([seen['presence'], seen['status_msg']], ['online', 'out'])
    const stranger = await client.newUser()
    await client.refused([403, 'M_FORBIDDEN'], 'GET', path, stranger.token)
    await client.refused([403, 'M_FORBIDDEN'], 'PUT', path, bob.token, { presence: 'online' })
    await client.refused([400, 'M_INVALID_PARAM'], 'PUT', path, alice.token, { presence: 'x' })
  })
})
