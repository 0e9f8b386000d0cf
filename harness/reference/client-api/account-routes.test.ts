import assert from 'node:assert/strict'
import { after, before, describe, it } from 'mocha'
import { TestClient, text } from './test-client.ts'

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
