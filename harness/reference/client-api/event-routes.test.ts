import assert from 'node:assert/strict'
import { after, before, describe, it } from 'mocha'
import type { JsonObject } from '../../matrix/event.ts'
import { TestClient, at, inside, text, typesOf } from './test-client.ts'

describe('events over the client API', () => {
  let api: TestClient

  before(async () => {
    api = await TestClient.start()
  })
  after(() => api.stop())

  it('sends once for one transaction id', async () => {
    const { token } = await api.newUser()
    const roomId = await api.newRoom(token)

    assert.equal(await api.say(token, roomId, 'hello'), await api.say(token, roomId, 'hello'))

    const { json } = await api.good('GET', `${at(roomId)}/messages?dir=b&limit=2`, token)
    assert.notDeepEqual(typesOf(json['chunk']), ['m.room.message', 'm.room.message'])
  })

  it('puts state, reads it, and redacts', async () => {
    const { token } = await api.newUser()
    const roomId = await api.newRoom(token)
    const put = await api.good('PUT', `${at(roomId)}/state/m.room.topic`, token, { topic: 'new' })
    const id = text(put.json, 'event_id')

    const event = await api.good('GET', `${at(roomId)}/event/${encodeURIComponent(id)}`, token)
    assert.equal(event.json['state_key'], '')
    assert.equal(inside(event.json, 'content', 'topic'), 'new')
    const all = await api.good('GET', `${at(roomId)}/state`, token)
    assert.ok(all.list.some(({ event_id }) => event_id === id))

    const said = await api.say(token, roomId, 'oops')
    await api.good('PUT', `${at(roomId)}/redact/${encodeURIComponent(said)}/1`, token, {})
    const gone = await api.good('GET', `${at(roomId)}/event/${encodeURIComponent(said)}`, token)
    assert.deepEqual(gone.json['content'], {})
    await api.refused([404, 'M_NOT_FOUND'], 'GET', `${at(roomId)}/state/no.such`, token)
  })

  it('sets the same state once, unless somebody else has set it', async () => {
    const { token } = await api.newUser()
    const bob = await api.newUser()
    const levels = { users: { [bob.user]: 50 } }
    const roomId = await api.newRoom(token, { power_level_content_override: levels })
    await api.good('POST', `/join/${roomId}`, bob.token, {})
    const put = async (by: string, topic: string) =>
      (await api.good('PUT', `${at(roomId)}/state/m.room.topic`, by, { topic })).json['event_id']

    const first = await put(token, 'one')
    assert.equal(await put(token, 'one'), first)
    const others = [await put(bob.token, 'one'), await put(token, 'two'), await put(token, 'one')]
    assert.equal(new Set([first, ...others]).size, 4)
  })

  it('shows nothing to who is not there', async () => {
    const { token } = await api.newUser()
    const stranger = await api.newUser()
    const roomId = await api.newRoom(token)
    const denied = [
      ['GET', `${at(roomId)}/state`],
      ['GET', `${at(roomId)}/messages?dir=b`],
      ['PUT', `${at(roomId)}/send/m.room.message/1`],
    ] as const
    for (const [method, path] of denied) {
      const body = method === 'PUT' ? {} : undefined
      await api.refused([403, 'M_FORBIDDEN'], method, path, stranger.token, body)
    }
    const said = `${at(roomId)}/event/${encodeURIComponent(await api.say(token, roomId, 'x'))}`
    await api.refused([404, 'M_NOT_FOUND'], 'GET', said, stranger.token)
  })

  it('refuses state that no user can mean, and takes out what is for servers to say', async () => {
    const { user, token } = await api.newUser()
    const roomId = await api.newRoom(token, { room_version: '12' })
    const put = `${at(roomId)}/state`
    const invalid = [400, 'M_INVALID_PARAM'] as const
    await api.refused(invalid, 'PUT', `${put}/m.room.create`, token, { room_version: '12' })
    const levels = { users: { [user]: 100 } }
    await api.refused(invalid, 'PUT', `${put}/m.room.power_levels`, token, levels)

    const own = `${put}/m.room.member/${user}`
    const vouched = { membership: 'join', displayname: 'Me', join_authorised_via_users_server: 'x' }
    await api.good('PUT', own, token, vouched)
    const { json } = await api.good('GET', own, token)
    assert.deepEqual(json, { membership: 'join', displayname: 'Me' })
  })

  it('pages through the history in both directions', async () => {
    const { token } = await api.newUser()
    const roomId = await api.newRoom(token)
    for (const body of ['one', 'two', 'three']) await api.say(token, roomId, body)

    const walk = async (dir: string): Promise<readonly string[]> => {
      const ids: string[] = []
      for (let from = ''; ; ) {
        const page = await api.good(
          'GET',
          `${at(roomId)}/messages?dir=${dir}&limit=2${from}`,
          token,
        )
        const chunk = page.json['chunk']
        assert.ok(Array.isArray(chunk) && chunk.length <= 2)
        ids.push(...chunk.map((event: JsonObject) => text(event, 'event_id')))
        if (page.json['end'] === undefined) return ids
        from = `&from=${text(page.json, 'end')}`
      }
    }
    const [back, forth] = [await walk('b'), await walk('f')]

    assert.deepEqual(back, forth.toReversed())
    assert.equal(new Set(back).size, back.length)
    assert.ok(back.length > 8)
  })
})
