import assert from 'node:assert/strict'
import { describe, it } from 'mocha'
import type { JsonObject } from './event.ts'
import { creatorsOf, namedLevel, powerLevelOf, requiredLevel } from './power.ts'
import { type RoomVersion, roomVersions } from './room-version.ts'
import { TestRoom } from './test-room.ts'

const { v10, v11, v12 } = roomVersions

const room = (version: RoomVersion, content?: JsonObject, createContent: JsonObject = {}) => {
  const test = new TestRoom(version, '@creator:a', createContent)
  const [create] = test.events
  const powerLevels = content && test.state('m.room.power_levels', '@creator:a', content)
  return {
    powerLevels,
    of: (user: string) => powerLevelOf(user, powerLevels, create, version),
    creators: create && [...creatorsOf(create, version)],
  }
}

describe('power levels', () => {
  it('are 100 for the creator and 0 for others while the room has none', () => {
    for (const version of [v10, v11]) {
      assert.equal(room(version).of('@creator:a'), 100)
      assert.equal(room(version).of('@user:b'), 0)
    }
    assert.equal(room(v12).of('@creator:a'), Number.POSITIVE_INFINITY)
    assert.equal(room(v12).of('@user:b'), 0)
  })

  it('come from users, else from users_default, else are 0', () => {
    for (const version of [v10, v11, v12]) {
      const { of } = room(version, { users: { '@user:b': -5 }, users_default: 7 })
      assert.equal(of('@user:b'), -5)
      assert.equal(of('@other:b'), 7)
      assert.equal(room(version, {}).of('@other:b'), 0)
    }
  })

  it('leave the creator nothing special, unless creators are privileged', () => {
    for (const version of [v10, v11]) assert.equal(room(version, { users: {} }).of('@creator:a'), 0)
    const { of } = room(v12, { users: { '@creator:a': 1 } }, { additional_creators: ['@b:b', 1] })
    assert.equal(of('@creator:a'), Number.POSITIVE_INFINITY)
    assert.equal(of('@b:b'), Number.POSITIVE_INFINITY)
  })

  it('know the creators of each version', () => {
    const content = { creator: '@named:a', additional_creators: ['@b:b'] }
    assert.deepEqual(room(v10, undefined, content).creators, ['@named:a'])
    assert.deepEqual(room(v11, undefined, content).creators, ['@creator:a'])
    assert.deepEqual(room(v12, undefined, content).creators, ['@creator:a', '@b:b'])
  })

  it('default to 50, or 0 for invite, events_default and users_default', () => {
    for (const name of ['ban', 'kick', 'redact', 'state_default'] as const)
      assert.equal(namedLevel(name, undefined), 50)
    for (const name of ['invite', 'events_default', 'users_default'] as const)
      assert.equal(namedLevel(name, undefined), 0)
  })

  it('are required by the entry of a type, else by the default for its kind', () => {
    const { powerLevels } = room(v11, { events: { 'x.a': 3 }, state_default: 4, events_default: 5 })
    assert.equal(requiredLevel('x.a', true, powerLevels), 3)
    assert.equal(requiredLevel('x.a', false, powerLevels), 3)
    assert.equal(requiredLevel('x.b', true, powerLevels), 4)
    assert.equal(requiredLevel('x.b', false, powerLevels), 5)
    assert.equal(requiredLevel('x.b', true, undefined), 50)
    assert.equal(requiredLevel('x.b', false, undefined), 0)
    assert.equal(requiredLevel('constructor', false, powerLevels), 5)
  })
})
