import assert from 'node:assert/strict'
import { describe, it } from 'mocha'
import { type RoomVersion, roomVersions } from '../room-version.ts'
import type { TestRoom } from '../test-room.ts'
import { fork, holds, power, resolved, roomOf, topic } from './test-story.ts'

const versions = Object.values(roomVersions).filter(
  ({ stateResolution }) => stateResolution !== 'v1',
)

const users = { '@admin:a': 90, '@mod:b': 50 }

/** `$power1` wins over `$side` and `$side2`, which are based on `$power0` as it is. */
const sided = (version: RoomVersion): TestRoom => {
  const room = roomOf(version)
  power(room, '@creator:a', users, { ...fork, id: '$side', ts: 2000 })
  power(room, '@creator:a', { ...users, '@user:b': 1 }, { id: '$side2', ts: 2001 })
  power(room, '@creator:a', users, { ...fork, id: '$power1', ts: 3000 })
  return room
}

for (const version of versions)
  describe(`the mainline (room version ${version.id})`, () => {
    it('takes in what is based on power levels beside it where those lead back to it', () => {
      for (const side of ['$side', '$side2']) {
        const room = sided(version)
        topic(room, '@mod:b', { after: [side], id: '$beside', ts: 9000 })
        topic(room, '@mod:b', { ...fork, id: '$old', ts: 8000 })
        const heads = ['$beside', '$old', '$power1']
        assert.equal(holds(resolved(room, heads), 'power'), '$power1')
        assert.equal(holds(resolved(room, heads), 'topic'), '$beside')
      }
    })

    it('has what is based on newer power levels after what is based on those beside it', () => {
      const room = sided(version)
      topic(room, '@mod:b', { after: ['$side2'], id: '$beside', ts: 9000 })
      topic(room, '@mod:b', { after: ['$power1'], id: '$new', ts: 4000 })
      assert.equal(holds(resolved(room, ['$beside', '$new']), 'topic'), '$new')
    })

    it('has what cites no power levels before all that does', () => {
      const room = sided(version)
      const create = version.createInAuthEvents ? ['$create'] : []
      topic(room, '@mod:b', { ...fork, id: '$off', ts: 9000, auth: [...create, '$mod'] })
      topic(room, '@mod:b', { ...fork, id: '$on', ts: 2000 })
      assert.equal(holds(resolved(room, ['$off', '$on']), 'topic'), '$on')
      assert.equal(holds(resolved(room, ['$off', '$on', '$power1']), 'topic'), '$on')
    })
  })
