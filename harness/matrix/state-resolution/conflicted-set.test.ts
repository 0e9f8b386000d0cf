import assert from 'node:assert/strict'
import { describe, it } from 'mocha'
import { roomVersions } from '../room-version.ts'
import type { TestRoom } from '../test-room.ts'
import { AuthGraph } from './auth-graph.ts'
import { fullConflictedSet } from './conflicted-set.ts'
import type { Resolution } from './resolution.ts'
import { separate } from './separate.ts'
import { fork, power, roomOf, topic } from './test-story.ts'

const fullSetOf = (
  room: TestRoom,
  heads: readonly string[],
  reading: Pick<Resolution, 'asDeployed'> = {},
): string[] => {
  const { lookup, rejected, version } = room
  const context = { lookup, rejected, version, ...reading }
  const graph = new AuthGraph(separate(heads.map((head) => room.stateAfter([head]))), context)
  return fullConflictedSet(graph, context)
    .nodes.map((node) => graph.idOf(node))
    .toSorted()
}

for (const version of [roomVersions.v11, roomVersions.v12])
  describe(`the full conflicted set (room version ${version.id})`, () => {
    it('holds what some states have in their auth chains, and not what all have', () => {
      const room = roomOf(version)
      power(room, '@creator:a', { '@mod:b': 50 }, { ...fork, id: '$power1' })
      power(room, '@creator:a', { '@mod:b': 51 }, { id: '$power2' })
      topic(room, '@mod:b', { id: '$a' })
      topic(room, '@mod:b', { after: ['$power1'], id: '$b' })
      topic(room, '@mod:b', { ...fork, id: '$c' })
      // From version 12 on also what lies between the topics and $power0.
      const between = version.stateResolution === 'v2.1' ? ['$mod', '$rules0'] : []
      const ofThree = ['$a', '$b', '$c', '$power0', '$power1', '$power2', ...between]
      assert.deepEqual(fullSetOf(room, ['$a', '$b', '$c']), ofThree.toSorted())
      const ofTwo = ['$b', '$c', '$power0', '$power1', ...between]
      assert.deepEqual(fullSetOf(room, ['$b', '$b', '$c']), ofTwo.toSorted())
    })

    it('holds what all agree on and only some cite, unless states count for their own chains', () => {
      const room = roomOf(version)
      power(room, '@creator:a', { '@mod:b': 50 }, { ...fork, id: '$power1' })
      topic(room, '@creator:a', { id: '$a' })
      const heads = ['$a', '$power1']
      assert.deepEqual(fullSetOf(room, heads), ['$a', '$power1', '$topic0'])
      assert.deepEqual(fullSetOf(room, heads, { asDeployed: true }), ['$a', '$topic0'])
    })

    it('counts what a state reaches over several ways once, and comes to an end in rings', () => {
      const room = roomOf(version)
      const auth = ['$power0', '$mod']
      topic(room, '@mod:b', { ...fork, id: '$ring', auth: [...auth, '$a'] })
      topic(room, '@mod:b', { ...fork, id: '$way', auth: [...auth, '$ring'] })
      topic(room, '@mod:b', { ...fork, id: '$a', auth: ['$way', '$ring', '$way'] })
      topic(room, '@mod:b', { ...fork, id: '$b', auth })
      assert.deepEqual(fullSetOf(room, ['$a', '$b']), ['$a', '$b', '$ring', '$way'])
    })
  })
