import assert from 'node:assert/strict'
import { describe, it } from 'mocha'
import { stringAt } from '../../matrix/content.ts'
import { TestClient, text } from '../client-api/test-client.ts'
import { OpenIds, openidSeconds } from './openid.ts'

describe('openid tokens', () => {
  it('say who has asked for them until they run out', () => {
    let now = 1_000
    const openids = new OpenIds(new Map(), () => now)
    const token = openids.grant('@a:b')
    assert.equal(openids.userOf(token), '@a:b')
    assert.equal(openids.userOf(`${token}x`), undefined)
    now += openidSeconds * 1_000 - 1
    assert.equal(openids.userOf(token), '@a:b')
    now += 1
    assert.equal(openids.userOf(token), undefined)
  })

  it('do not pile up', () => {
    const table = new Map<string, { user: string; until: number }>()
    const openids = new OpenIds(table, () => 1)
    for (let count = 0; count < 10_000; count += 1)
      table.set(`${count}`, { user: '@a:b', until: 2 + count })
    openids.grant('@a:b')
    assert.equal(table.size, 10_000)
    assert.ok(!table.has('0') && table.has('9999'))
  })

  it('are exchanged by anybody, and good for nothing else', async () => {
    const client = await TestClient.start()
    try {
      const { user, token } = await client.newUser()
      const path = `/user/${encodeURIComponent(user)}/openid/request_token`
      const { json } = await client.good('POST', path, token, {})
      assert.equal(json['expires_in'], openidSeconds)
      assert.equal(json['matrix_server_name'], client.serverName)
      const openid = text(json, 'access_token')
      const exchange = async (query: string) => {
        const uri = `/_matrix/federation/v1/openid/userinfo${query}`
        const answer = await client.raw('GET', `/../..${uri}`)
        return [answer.status, stringAt(answer.json, 'errcode') ?? stringAt(answer.json, 'sub')]
      }

      assert.deepEqual(await exchange(`?access_token=${openid}`), [200, user])
      assert.deepEqual(await exchange(`?access_token=${token}`), [401, 'M_UNKNOWN_TOKEN'])
      assert.deepEqual(await exchange(''), [400, 'M_MISSING_PARAM'])
      await client.refused([401, 'M_UNKNOWN_TOKEN'], 'GET', '/account/whoami', openid)
      const other = (await client.newUser()).token
      await client.refused([403, 'M_FORBIDDEN'], 'POST', path, other, {})
    } finally {
      await client.stop()
    }
  })
})
