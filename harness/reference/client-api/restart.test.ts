import assert from 'node:assert/strict'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, describe, it } from 'mocha'
import type { Json } from '../../matrix/event.ts'
import { TestClient, at, inside, text, typesOf } from './test-client.ts'

const bodiesOf = (events: Json | undefined) =>
  Array.isArray(events) ? events.map((event) => inside(event, 'content', 'body')) : []

const login = (user: string) => ({ type: 'm.login.password', user, password: 'pass' })

describe('a client, after its server has come back', () => {
  let data: string
  let api: TestClient
  let again: () => Promise<TestClient>

  before(async () => {
    data = await mkdtemp(join(tmpdir(), 'fedcheck-clients-'))
    ;[api, again] = await TestClient.lasting(data)
  })
  after(async () => {
    await api.stop()
    await rm(data, { recursive: true, force: true })
  })

  it('goes on with its token, its filter and what it has kept', async () => {
    const { user, token } = await api.newUser()
    const own = `/user/${encodeURIComponent(user)}`
    const roomId = await api.newRoom(token, { visibility: 'public' })
    const left = await api.newRoom(token)
    await api.good('POST', `${at(left)}/leave`, token, {})
    await api.good('POST', `${at(left)}/forget`, token, {})
    const parent = await api.say(token, roomId, 'before')
    const filter = { room: { timeline: { types: ['m.room.message'] } } }
    const id = text((await api.good('POST', `${own}/filter`, token, filter)).json, 'filter_id')
    await api.good('PUT', `${own}/account_data/x.y`, token, { z: 1 })
    await api.good('PUT', '/pushrules/global/override/mine', token, { actions: [] })
    const relation = { 'm.relates_to': { rel_type: 'm.reference', event_id: parent } }
    await api.good('PUT', `${at(roomId)}/send/x.y/relation`, token, relation)
    const since = text((await api.good('GET', `/sync?filter=${id}`, token)).json, 'next_batch')

    api = await again()

    assert.equal((await api.good('GET', '/account/whoami', token)).json['user_id'], user)
    assert.equal(await api.say(token, roomId, 'before'), parent)
    await api.say(token, roomId, 'afterwards')
    const { json } = await api.good('GET', `/sync?filter=${id}&since=${since}`, token)
    const timeline = inside(json, 'rooms', 'join', roomId, 'timeline')
    assert.deepEqual(bodiesOf(inside(timeline, 'events')), ['afterwards'])
    assert.equal(inside(timeline, 'limited'), false)
    assert.deepEqual(inside(json, 'account_data', 'events'), [])
    assert.deepEqual((await api.good('GET', `${own}/account_data/x.y`, token)).json, { z: 1 })
    await api.good('GET', '/pushrules/global/override/mine', token)
    await api.refused([403, 'M_FORBIDDEN'], 'GET', `${at(left)}/state`, token)
    const path = `/../v1${at(roomId)}/relations/${encodeURIComponent(parent)}`
    assert.deepEqual(typesOf((await api.good('GET', path, token)).json['chunk']), ['x.y'])
    const listed = await api.good('GET', '/publicRooms', token)
    assert.equal(inside(listed.json, 'chunk', 0, 'room_id'), roomId)
  })

  it('logs in with its password, and not as who is gone', async () => {
    const [alice, bob] = [await api.newUser(), await api.newUser()]
    await api.good('POST', '/account/deactivate', bob.token, { auth: login(bob.user) })

    api = await again()

    await api.good('POST', '/login', undefined, login(alice.user))
    await api.refused([403, 'M_USER_DEACTIVATED'], 'POST', '/login', undefined, login(bob.user))
    await api.refused([401, 'M_UNKNOWN_TOKEN'], 'GET', '/account/whoami', bob.token)
  })
})
