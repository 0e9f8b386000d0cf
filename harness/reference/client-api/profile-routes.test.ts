import assert from 'node:assert/strict'
import { afterEach, beforeEach, describe, it } from 'mocha'
import type { Json } from '../../matrix/event.ts'
import { at, inside, TestClient } from './test-client.ts'

describe('profiles over the client API', () => {
  let one: TestClient
  let two: TestClient
  let alice: { user: string; token: string }
  let bob: { user: string; token: string }

  beforeEach(async () => {
    ;[one, two] = await TestClient.pair()
    alice = await one.newUser()
    bob = await two.newUser()
  })

  afterEach(() => Promise.all([one.stop(), two.stop()]))

  const path = (field?: string) =>
    `/profile/${encodeURIComponent(alice.user)}${field === undefined ? '' : `/${field}`}`
  const set = (field: string, value: Json) =>
    one.good('PUT', path(field), alice.token, { [field]: value })

  it('have fields of whatever kind, and are shown everywhere', async () => {
    await set('displayname', 'Alice')
    await set('m.tz', 'Europe/Nowhere')
    await set('org.example.pets', ['cat', { name: null }])
    await set('org.example.none', null)
    const whole = {
      displayname: 'Alice',
      'm.tz': 'Europe/Nowhere',
      'org.example.pets': ['cat', { name: null }],
      'org.example.none': null,
    }

    for (const client of [one, two]) {
      assert.deepEqual((await client.good('GET', path())).json, whole)
      assert.deepEqual((await client.good('GET', path('m.tz'))).json, { 'm.tz': 'Europe/Nowhere' })
      await client.refused([404, 'M_NOT_FOUND'], 'GET', path('avatar_url'))
    }
    await one.good('DELETE', path('m.tz'), alice.token)
    await one.good('DELETE', path('m.tz'), alice.token)
    await set('displayname', null)
    await two.refused([404, 'M_NOT_FOUND'], 'GET', path('m.tz'))
    await two.refused([404, 'M_NOT_FOUND'], 'GET', path('displayname'))
    const nobody = `/profile/${encodeURIComponent(`@nobody:${one.serverName}`)}`
    await two.refused([404, 'M_NOT_FOUND'], 'GET', nobody)
    await two.refused([400, 'M_INVALID_PARAM'], 'GET', '/profile/nobody')
  })

  it('are refused where they are too large or make no sense', async () => {
    const refused = (errcode: string, field: string, body: Json) =>
      one.refused([400, errcode], 'PUT', path(field), alice.token, body)
    await refused('M_MISSING_PARAM', 'displayname', { avatar_url: 'mxc://a/b' })
    await refused('M_BAD_JSON', 'displayname', { displayname: 5 })
    await refused('M_INVALID_PARAM', 'Capital', { Capital: 1 })
    await refused('M_INVALID_PARAM', '__proto__', { a: 1 })
    const long = `org.${'x'.repeat(252)}`
    await refused('M_KEY_TOO_LARGE', long, { [long]: 1 })
    const half = 'x'.repeat(40_000)
    await set('org.example.a', half)
    await refused('M_PROFILE_TOO_LARGE', 'org.example.b', { 'org.example.b': half })
    await set('org.example.a', 'small')
    await one.refused(
      [403, 'M_FORBIDDEN'],
      'PUT',
      path('displayname'),
      (await one.newUser()).token,
      {
        displayname: 'x',
      },
    )
  })

  it('go on to memberships and presence', async () => {
    const roomId = await one.newRoom(alice.token)
    await two.good('POST', `/join/${encodeURIComponent(roomId)}?via=${one.serverName}`, bob.token)
    const status = `/presence/${encodeURIComponent(alice.user)}/status`
    await one.good('PUT', status, alice.token, { presence: 'online' })
    const carol = await one.newUser()
    await one.good('POST', `/join/${encodeURIComponent(roomId)}`, carol.token)
    const hers = await one.syncUntil(carol.token, undefined, () => true)
    const { next } = await two.syncUntil(bob.token, undefined, () => true)

    await set('displayname', 'Alicia')
    await set('avatar_url', 'mxc://example.org/a')

    const member = `${at(roomId)}/state/m.room.member/${encodeURIComponent(alice.user)}`
    await two.syncUntil(bob.token, next, (json) =>
      JSON.stringify(json).includes('mxc://example.org/a'),
    )
    const { json } = await two.good('GET', member, bob.token)
    assert.deepEqual(json, {
      membership: 'join',
      displayname: 'Alicia',
      avatar_url: 'mxc://example.org/a',
    })
    const told = await one.syncUntil(carol.token, hers.next, (answer) => {
      const event = inside(answer, 'presence', 'events', 0, 'content')
      return inside(event, 'avatar_url') === 'mxc://example.org/a'
    })
    assert.equal(inside(told.json, 'presence', 'events', 0, 'sender'), alice.user)
  })
})
