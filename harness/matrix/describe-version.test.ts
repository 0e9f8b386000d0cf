import assert from 'node:assert/strict'
import { describe, it } from 'mocha'
import { changesIn, traitsOf } from './describe-version.ts'
import { roomVersions } from './room-version.ts'

const { v1, v2, v8, v10, v11, v12 } = roomVersions

describe('a room version in words', () => {
  it('tells every capability', () => {
    for (const version of Object.values(roomVersions)) {
      const capabilities = Object.keys(version).filter((key) => key !== 'id' && key !== 'redaction')
      const told = traitsOf(version).filter(({ name }) => !name.startsWith('redaction keeps'))
      assert.equal(told.length, capabilities.length, version.id)
    }
  })

  it('tells what changed since the version before', () => {
    assert.deepEqual(changesIn(v1), [])
    assert.deepEqual(changesIn(v2), [{ name: 'state resolution', before: '1', after: '2' }])
    assert.deepEqual(
      changesIn(v8).map(({ name, after }) => `${name}: ${after}`),
      ['join rule restricted: yes', 'redaction keeps of m.room.join_rules: join_rule, allow'],
    )
    assert.deepEqual(
      changesIn(v10).map(({ name }) => name),
      ['power levels have to be integers', 'join rule knock_restricted'],
    )
    const redaction = changesIn(v11).find(
      ({ name }) => name === 'redaction keeps of m.room.redaction',
    )
    assert.deepEqual(redaction?.after, 'redacts')
    assert.equal(changesIn(v12).length, 4)
  })
})
