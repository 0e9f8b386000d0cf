import assert from 'node:assert/strict'
import { after, before, describe, it } from 'mocha'
import type { JsonObject } from '../../matrix/event.ts'
import { TestClient, at, text } from './test-client.ts'

describe('accounts over the client API', () => {
  let api: TestClient

  before(async () => {
    api = await TestClient.start()
  })
  after(() => api.stop())

  it('offers the dummy stage to who has not authenticated', async () => {
    const answer = await api.ask('POST', '/register', undefined, { username: 'nobody' })

    assert.equal(answer.status, 401)
    assert.deepEqual(answer.json['flows'], [{ stages: ['m.login.dummy'] }])
    assert.equal(answer.json['errcode'], undefined)
  })

  it('registers, logs in, and logs out', async () => {
    const { user, token } = await api.newUser()
    assert.equal((await api.good('GET', '/account/whoami', token)).json['user_id'], user)

    const login = {
      type: 'm.login.password',
      identifier: { type: 'm.id.user', user },
      password: 'pass',
    }
    const again = text((await api.good('POST', '/login', undefined, login)).json, 'access_token')
    await api.good('POST', '/logout', again)
    await api.refused([401, 'M_UNKNOWN_TOKEN'], 'GET', '/account/whoami', again)
    await api.good('POST', '/logout/all', token)
    await api.refused([401, 'M_UNKNOWN_TOKEN'], 'GET', '/account/whoami', token)

    await api.refused([403, 'M_FORBIDDEN'], 'POST', '/login', undefined, {
      ...login,
      password: 'no',
    })
  })

  it('does not register twice, nor what is no localpart', async () => {
    const { user } = await api.newUser()
    const auth = { type: 'm.login.dummy' }
    const username = user.slice(1).split(':')[0] ?? ''
    await api.good('GET', '/register/available?username=somebody-new')
    await api.refused([400, 'M_USER_IN_USE'], 'GET', `/register/available?username=${username}`)
    await api.refused([400, 'M_USER_IN_USE'], 'POST', '/register', undefined, { username, auth })
    await api.refused([400, 'M_INVALID_USERNAME'], 'POST', '/register', undefined, {
      username: 'Ü b',
      auth,
    })
  })

  it('logs in by every form of identifier', async () => {
    const { user } = await api.newUser()
    const localpart = user.slice(1).split(':')[0] ?? ''
    const login = (how: JsonObject) =>
      api.ask('POST', '/login', undefined, { type: 'm.login.password', password: 'pass', ...how })

    for (const name of [user, localpart]) {
      assert.equal((await login({ user: name })).json['user_id'], user)
      const { json } = await login({ identifier: { type: 'm.id.user', user: name } })
      assert.equal(json['user_id'], user)
    }
    const contact = { type: 'm.id.thirdparty', medium: 'email', address: 'a@b.example' }
    assert.equal((await login({ identifier: contact })).status, 403)
    assert.equal((await login({ identifier: { type: 'x.y' } })).status, 400)
    assert.equal((await login({ user, type: 'm.login.token', token: 'x' })).status, 400)
    assert.equal((await login({ user: 7 })).json['errcode'], 'M_BAD_JSON')
  })

  it('keeps one token for each device', async () => {
    const { user } = await api.newUser()
    const body = { type: 'm.login.password', user, password: 'pass', device_id: 'ONE' }
    const first = text((await api.good('POST', '/login', undefined, body)).json, 'access_token')
    const second = text((await api.good('POST', '/login', undefined, body)).json, 'access_token')

    await api.refused([401, 'M_UNKNOWN_TOKEN'], 'GET', '/account/whoami', first)
    assert.equal((await api.good('GET', '/account/whoami', second)).json['device_id'], 'ONE')
  })

  it('changes passwords of who knows the old one, and ends the other devices', async () => {
    const { user, token } = await api.newUser()
    const login = { type: 'm.login.password', user, password: 'pass' }
    const other = text((await api.good('POST', '/login', undefined, login)).json, 'access_token')
    const change = (auth: JsonObject) =>
      api.ask('POST', '/account/password', token, { new_password: 'word', auth })

    const wrong = await change({ ...login, password: 'no' })
    assert.deepEqual([wrong.status, wrong.json['errcode']], [401, 'M_FORBIDDEN'])
    assert.ok(wrong.json['flows'])
    assert.equal((await change(login)).status, 200)

    await api.good('GET', '/account/whoami', token)
    await api.refused([401, 'M_UNKNOWN_TOKEN'], 'GET', '/account/whoami', other)
    await api.refused([403, 'M_FORBIDDEN'], 'POST', '/login', undefined, login)
    await api.good('POST', '/login', undefined, { ...login, password: 'word' })
  })

  it('deactivates accounts', async () => {
    const { user, token } = await api.newUser()
    const host = await api.newUser()
    const roomId = await api.newRoom(host.token)
    await api.good('POST', `/join/${roomId}`, token, {})
    const login = { type: 'm.login.password', user, password: 'pass' }
    const { json } = await api.good('POST', '/account/deactivate', token, { auth: login })

    assert.equal(json['id_server_unbind_result'], 'no-support')
    await api.refused([401, 'M_UNKNOWN_TOKEN'], 'GET', '/account/whoami', token)
    await api.refused([403, 'M_USER_DEACTIVATED'], 'POST', '/login', undefined, login)
    const joined = await api.good('GET', `${at(roomId)}/joined_members`, host.token)
    assert.deepEqual(Object.keys(joined.json['joined'] ?? {}), [host.user])
  })

  it('keeps profiles', async () => {
    const { user, token } = await api.newUser()
    const { token: other } = await api.newUser()
    const path = `/profile/${encodeURIComponent(user)}`
    await api.good('PUT', `${path}/displayname`, token, { displayname: 'Alice' })

    assert.equal((await api.good('GET', path)).json['displayname'], 'Alice')
    assert.deepEqual((await api.good('GET', `${path}/displayname`)).json, { displayname: 'Alice' })
    await api.refused([403, 'M_FORBIDDEN'], 'PUT', `${path}/displayname`, other, {
      displayname: 'x',
    })
    await api.refused([404, 'M_NOT_FOUND'], 'GET', `/profile/@nobody:${api.serverName}`)
  })
})
