import assert from 'node:assert/strict'
import { after, before, describe, it } from 'mocha'
import { TestClient, at, inside } from './test-client.ts'

describe('the client API of the reference', () => {
  let api: TestClient

  before(async () => {
    api = await TestClient.start()
  })
  after(() => api.stop())

  it('answers versions without a token, for any origin', async () => {
    const answer = await api.raw('GET', '/versions')

    assert.equal(answer.status, 200)
    assert.ok(Array.isArray(answer.json['versions']))
    assert.equal(answer.headers['access-control-allow-origin'], '*')
  })

  it('answers a preflight', async () => {
    const answer = await api.raw('OPTIONS', '/v3/createRoom')

    assert.equal(answer.status, 204)
    assert.match(String(answer.headers['access-control-allow-headers']), /Authorization/)
  })

  it('names its room versions', async () => {
    const { token } = await api.newUser()
    const { json } = await api.good('GET', '/capabilities', token)

    const available = inside(json, 'capabilities', 'm.room_versions', 'available')
    const all = Array.from({ length: 12 }, (_, index) => [index + 1, 'stable'])
    assert.deepEqual(available, Object.fromEntries(all))
  })

  it('takes r0 for v3', async () => {
    const { user, token } = await api.newUser()
    const answer = await api.raw('GET', '/r0/account/whoami', { token })

    assert.equal(answer.json['user_id'], user)
  })

  it('refuses in the standard form', async () => {
    const { token } = await api.newUser()
    await api.refused([401, 'M_MISSING_TOKEN'], 'GET', '/account/whoami')
    await api.refused([401, 'M_UNKNOWN_TOKEN'], 'GET', '/account/whoami', 'nonsense')
    await api.refused([404, 'M_UNRECOGNIZED'], 'GET', '/no/such/thing', token)
    await api.refused([405, 'M_UNRECOGNIZED'], 'DELETE', '/createRoom', token)
    await api.refused([400, 'M_BAD_JSON'], 'POST', '/createRoom', token, [])
    await api.refused([400, 'M_BAD_JSON'], 'POST', '/createRoom', token, { name: 1 })
    await api.refused([400, 'M_MISSING_PARAM'], 'POST', `${at('!x:y')}/kick`, token, {})

    const notJson = await api.raw('POST', '/v3/createRoom', { token, bytes: '{' })
    assert.deepEqual([notJson.status, notJson.json['errcode']], [400, 'M_NOT_JSON'])
  })
})
