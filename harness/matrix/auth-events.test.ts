import assert from 'node:assert/strict'
import { describe, it } from 'mocha'
import { authEventKeys } from './auth-events.ts'
import type { JsonObject } from './event.ts'
import { roomVersions } from './room-version.ts'

const { v10, v11, v12 } = roomVersions

const selected = (content: JsonObject, rest: { sender?: string; state_key?: string } = {}) => {
  const draft = { type: 'm.room.member', sender: '@a:a', state_key: '@b:b', content, ...rest }
  return authEventKeys(draft, v12).map(([type, key]) => `${type.slice(7)} ${key}`.trim())
}

describe('the selection of auth events', () => {
  it('takes the create event where the version does, power levels and the sender', () => {
    const message = { type: 'm.room.message', sender: '@a:a', content: {} }
    const common = [
      ['m.room.power_levels', ''],
      ['m.room.member', '@a:a'],
    ]
    for (const version of [v10, v11])
      assert.deepEqual(authEventKeys(message, version), [['m.room.create', ''], ...common])
    assert.deepEqual(authEventKeys(message, v12), common)
  })

  it('takes nothing for the create event', () => {
    const create = { type: 'm.room.create', sender: '@a:a', state_key: '', content: {} }
    for (const version of [v10, v11, v12]) assert.deepEqual(authEventKeys(create, version), [])
  })

  it('takes the target of a membership, and join rules for who comes in', () => {
    for (const membership of ['leave', 'ban', 'foo'])
      assert.deepEqual(selected({ membership }), ['power_levels', 'member @a:a', 'member @b:b'])
    for (const membership of ['join', 'invite', 'knock'])
      assert.deepEqual(selected({ membership }), [
        'power_levels',
        'member @a:a',
        'member @b:b',
        'join_rules',
      ])
  })

  it('names nobody twice', () => {
    const content = { membership: 'join', join_authorised_via_users_server: '@b:b' }
    assert.deepEqual(selected(content, { sender: '@b:b' }), [
      'power_levels',
      'member @b:b',
      'join_rules',
    ])
  })

  it('takes the authorising member of a join, and of nothing else', () => {
    const by = { join_authorised_via_users_server: '@c:c' }
    assert.ok(selected({ membership: 'join', ...by }).includes('member @c:c'))
    assert.ok(!selected({ membership: 'invite', ...by }).includes('member @c:c'))
    assert.ok(!selected({ membership: 'leave', ...by }).includes('member @c:c'))
  })

  it('takes the third-party invite of an invitation, and of nothing else', () => {
    const by = { third_party_invite: { signed: { token: 'tok' } } }
    assert.ok(selected({ membership: 'invite', ...by }).includes('third_party_invite tok'))
    assert.ok(!selected({ membership: 'join', ...by }).includes('third_party_invite tok'))
  })

  it('takes less of malformed content', () => {
    for (const third_party_invite of [null, 1, {}, { signed: 1 }, { signed: { token: 1 } }])
      assert.equal(selected({ membership: 'invite', third_party_invite }).length, 4)
    assert.equal(selected({ membership: 'join', join_authorised_via_users_server: 1 }).length, 4)
  })
})
