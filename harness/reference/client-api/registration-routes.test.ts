import assert from 'node:assert/strict'
import { createHmac } from 'node:crypto'
import { after, before, describe, it } from 'mocha'
import type { JsonObject } from '../../matrix/event.ts'
import { TestClient, text } from './test-client.ts'

const SECRET = 'a secret'

const mac = (nonce: string, role: string) =>
  createHmac('sha1', SECRET).update(`${nonce}\0Op\0p\0${role}`).digest('hex')

describe('registration over the client API', () => {
  let api: TestClient
  let withToken: TestClient
  let closed: TestClient

  before(async () => {
    api = await TestClient.start({ registrationSecret: SECRET })
    withToken = await TestClient.start({ registration: { kind: 'token', token: 'let-me-in' } })
    closed = await TestClient.start({ registration: { kind: 'closed' } })
  })
  after(() => Promise.all([api, withToken, closed].map((one) => one.stop())))

  const askWithToken = (auth: JsonObject) => withToken.ask('POST', '/register', undefined, { auth })

  const validity = async (token: string) => {
    const path = `/v1/register/m.login.registration_token/validity?token=${token}`
    return (await withToken.raw('GET', path)).json['valid']
  }

  it('goes on with the session of the first answer', async () => {
    const wanted = { username: 'two-steps', device_id: 'PHONE', initial_device_display_name: 'x' }
    const first = await api.ask('POST', '/register', undefined, wanted)
    assert.deepEqual(first.json['flows'], [{ stages: ['m.login.dummy'] }])
    const auth = { type: 'm.login.dummy', session: text(first.json, 'session') }
    const { json } = await api.good('POST', '/register', undefined, { ...wanted, auth })

    assert.equal(json['user_id'], `@two-steps:${api.serverName}`)
    assert.equal(json['device_id'], 'PHONE')
    const who = await api.good('GET', '/account/whoami', text(json, 'access_token'))
    assert.equal(who.json['device_id'], 'PHONE')
  })

  it('knows people whatever the letters in which they write their names', async () => {
    const auth = { type: 'm.login.dummy' }
    const body = { username: 'Capital', password: 'pass', auth }
    const { json } = await api.good('POST', '/register', undefined, body)
    assert.equal(json['user_id'], `@capital:${api.serverName}`)

    for (const user of ['CAPITAL', `@Capital:${api.serverName}`]) {
      const identifier = { type: 'm.id.user', user }
      const login = { type: 'm.login.password', identifier, password: 'pass' }
      const { json: known } = await api.good('POST', '/login', undefined, login)
      assert.equal(known['user_id'], json['user_id'])
    }
  })

  it('refuses another stage, and says what is wanted', async () => {
    const auth = { type: 'm.login.recaptcha', response: 'x' }
    const { status, json } = await api.ask('POST', '/register', undefined, { auth })

    assert.deepEqual([status, json['errcode']], [401, 'M_UNRECOGNIZED'])
    assert.deepEqual(json['flows'], [{ stages: ['m.login.dummy'] }])
  })

  it('checks the name before it asks for authentication', async () => {
    const { user } = await api.newUser()
    const username = user.slice(1).split(':')[0] ?? ''
    await api.refused([400, 'M_USER_IN_USE'], 'POST', '/register', undefined, { username })
  })

  it('gives no token where none is wanted, and no account to guests', async () => {
    const auth = { type: 'm.login.dummy' }
    const { json } = await api.good('POST', '/register', undefined, { auth, inhibit_login: true })
    assert.deepEqual(Object.keys(json), ['user_id'])
    await api.refused([403, 'M_FORBIDDEN'], 'POST', '/register?kind=guest', undefined, {})
  })

  it('refuses fields of the wrong type', async () => {
    const auth = { type: 'm.login.dummy' }
    const wrong: readonly JsonObject[] = [
      { auth: 1 },
      { auth: { type: 1 } },
      { auth, username: 1 },
      { auth, password: [] },
      { auth, device_id: {} },
      { auth, inhibit_login: 'yes' },
    ]
    for (const body of wrong)
      await api.refused([400, 'M_BAD_JSON'], 'POST', '/register', undefined, body)
  })

  it('wants a token where that is how one registers', async () => {
    const type = 'm.login.registration_token'
    const wrong = await askWithToken({ type, token: 'nonsense' })
    assert.deepEqual([wrong.status, wrong.json['errcode']], [401, 'M_UNAUTHORIZED'])
    assert.equal((await askWithToken({ type: 'm.login.dummy' })).status, 401)
    assert.equal((await askWithToken({ type, token: 'let-me-in' })).status, 200)
    assert.equal(await validity('let-me-in'), true)
    assert.equal(await validity('nonsense'), false)
  })

  it('lets nobody in where it is closed', async () => {
    const auth = { type: 'm.login.dummy' }
    await closed.refused([403, 'M_FORBIDDEN'], 'POST', '/register', undefined, { auth })
  })

  it('registers by a shared secret, with each nonce once', async () => {
    const path = '/../../_synapse/admin/v1/register'
    const nonce = async () => text((await api.raw('GET', path)).json, 'nonce')
    const send = (body: JsonObject) =>
      api.raw('POST', path, { bytes: JSON.stringify({ username: 'Op', password: 'p', ...body }) })

    const one = await nonce()
    const made = await send({ nonce: one, admin: true, mac: mac(one, 'admin') })
    assert.equal(made.status, 200)
    assert.equal(made.json['user_id'], `@op:${api.serverName}`)
    await api.good('GET', '/account/whoami', text(made.json, 'access_token'))

    const again = await send({ nonce: one, admin: true, mac: mac(one, 'admin') })
    assert.deepEqual([again.status, again.json['errcode']], [400, 'M_UNKNOWN'])
    const two = await nonce()
    const wrong = await send({ nonce: two, admin: true, mac: mac(two, 'notadmin') })
    assert.equal(wrong.status, 403)
    assert.equal((await closed.raw('POST', path, { bytes: '{}' })).status, 400)
  })
})
