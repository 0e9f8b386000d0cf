import assert from 'node:assert/strict'
import { after, before, describe, it } from 'mocha'
import type { Json, JsonObject } from '../../matrix/event.ts'
import { TestClient, inside, text } from './test-client.ts'

const idsOf = (rules: Json | undefined) =>
  Array.isArray(rules) ? rules.map((rule) => inside(rule, 'rule_id')) : []

describe('push rules over the client API', () => {
  let api: TestClient

  before(async () => {
    api = await TestClient.start()
  })
  after(() => api.stop())

  const rulesOf = async (token: string, kind: string) =>
    inside((await api.good('GET', '/pushrules/', token)).json, 'global', kind)

  it('begin with the predefined ones, which a first sync tells', async () => {
    const { user, token } = await api.newUser()
    const override = await rulesOf(token, 'override')
    assert.equal(idsOf(override)[0], '.m.rule.master')
    assert.equal(idsOf(override).length, 10)
    assert.equal(idsOf(await rulesOf(token, 'underride')).length, 5)
    const invite = await api.good('GET', '/pushrules/global/override/.m.rule.invite_for_me', token)
    assert.equal(inside(invite.json, 'conditions', 2, 'pattern'), user)

    const { json } = await api.good('GET', '/sync', token)
    const rules = inside(json, 'account_data', 'events', 0)
    assert.equal(inside(rules, 'type'), 'm.push_rules')
    assert.deepEqual(inside(rules, 'content', 'global', 'override'), override)
  })

  it('are added in front, before and after others', async () => {
    const { token } = await api.newUser()
    const put = (id: string, where = '') =>
      api.good('PUT', `/pushrules/global/override/${id}${where}`, token, { actions: [] })
    await put('one')
    await put('two')
    await put('three', '?after=two')
    await put('four', '?before=one')
    await put('one', '?before=two')

    const ids = idsOf(await rulesOf(token, 'override')).slice(0, 6)
    assert.deepEqual(ids, [
      '.m.rule.master',
      'one',
      'two',
      'three',
      'four',
      '.m.rule.suppress_notices',
    ])
  })

  it('are changed, told to who waits, and removed', async () => {
    const { token } = await api.newUser()
    const since = text((await api.good('GET', '/sync', token)).json, 'next_batch')
    const waiting = api.good('GET', `/sync?since=${since}&timeout=10000`, token)
    const path = '/pushrules/global/content/cake'
    await api.good('PUT', path, token, { actions: ['notify'], pattern: 'cake*lie' })
    const news = (await waiting).json
    const event = inside(news, 'account_data', 'events', 0, 'content', 'global', 'content', 0)
    assert.deepEqual(event, {
      rule_id: 'cake',
      default: false,
      enabled: true,
      actions: ['notify'],
      pattern: 'cake*lie',
    })

    await api.good('PUT', `${path}/enabled`, token, { enabled: false })
    assert.deepEqual((await api.good('GET', `${path}/enabled`, token)).json, { enabled: false })
    await api.good('PUT', `${path}/actions`, token, { actions: [] })
    assert.deepEqual((await api.good('GET', `${path}/actions`, token)).json, { actions: [] })
    await api.good('DELETE', path, token)
    await api.refused([404, 'M_NOT_FOUND'], 'GET', path, token)
  })

  it('refuse what is no rule', async () => {
    const { token } = await api.newUser()
    const global = '/pushrules/global'
    const wrong: readonly (readonly [string, JsonObject, string])[] = [
      [`${global}/nonsense/x`, { actions: [] }, 'M_INVALID_PARAM'],
      [`${global}/override/.x`, { actions: [] }, 'M_INVALID_PARAM'],
      [`${global}/override/a%2Fb`, { actions: [] }, 'M_INVALID_PARAM'],
      [`${global}/override/x`, {}, 'M_MISSING_PARAM'],
      [`${global}/override/x`, { actions: 'notify' }, 'M_BAD_JSON'],
      [`${global}/override/x`, { actions: [1] }, 'M_BAD_JSON'],
      [`${global}/override/x`, { actions: [], conditions: [1] }, 'M_BAD_JSON'],
      [`${global}/content/x`, { actions: [] }, 'M_MISSING_PARAM'],
      [`${global}/override/x?before=none`, { actions: [] }, 'M_UNKNOWN'],
      [`${global}/override/x?after=.m.rule.reaction`, { actions: [] }, 'M_UNKNOWN'],
    ]
    for (const [path, body, errcode] of wrong)
      await api.refused([400, errcode], 'PUT', path, token, body)
    const master = `${global}/override/.m.rule.master`
    await api.refused([400, 'M_UNKNOWN'], 'DELETE', master, token)
    await api.refused([404, 'M_NOT_FOUND'], 'PUT', `${global}/room/x/enabled`, token, {
      enabled: true,
    })
  })

  it('keeps pushers', async () => {
    const { token } = await api.newUser()
    const pusher = {
      pushkey: 'key',
      app_id: 'app',
      kind: 'http',
      app_display_name: 'An app',
      device_display_name: 'A phone',
      lang: 'en',
      data: { url: 'https://push.example/_matrix/push/v1/notify' },
    }
    await api.good('POST', '/pushers/set', token, pusher)
    assert.deepEqual((await api.good('GET', '/pushers', token)).json['pushers'], [pusher])
    await api.refused([400, 'M_MISSING_PARAM'], 'POST', '/pushers/set', token, { kind: 'http' })
    await api.good('POST', '/pushers/set', token, { pushkey: 'key', app_id: 'app', kind: null })
    assert.deepEqual((await api.good('GET', '/pushers', token)).json['pushers'], [])
  })

  it('ends pushers with the device that has set them', async () => {
    const { user, token } = await api.newUser()
    const login = { type: 'm.login.password', user, password: 'pass' }
    const other = text((await api.good('POST', '/login', undefined, login)).json, 'access_token')
    const about = { app_display_name: 'x', device_display_name: 'x', lang: 'en', data: {} }
    const pusher = (pushkey: string) => ({ ...about, pushkey, app_id: 'app', kind: 'http' })
    await api.good('POST', '/pushers/set', token, pusher('kept'))
    await api.good('POST', '/pushers/set', other, pusher('gone'))
    await api.good('POST', '/logout', other, {})

    const { json } = await api.good('GET', '/pushers', token)
    assert.deepEqual(json['pushers'], [pusher('kept')])
  })
})
