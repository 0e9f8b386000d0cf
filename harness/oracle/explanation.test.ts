import assert from 'node:assert/strict'
import { describe, it } from 'mocha'
import { roomVersions } from '../matrix/room-version.ts'
import { fork, power, roomOf, topic } from '../matrix/state-resolution/test-story.ts'
import type { TestRoom } from '../matrix/test-room.ts'
import type { StateDifference } from '../world/world.ts'
import { oracle } from './oracle.ts'

/** What is said of a state after the heads that holds these events in place of those. */
const said = (
  room: TestRoom,
  heads: readonly string[],
  {
    without,
    claimed,
  }: { readonly without: readonly string[]; readonly claimed: readonly string[] },
): readonly StateDifference[] => {
  const [lawful] = oracle.outcomesAfter(room.events, heads)
  assert.ok(lawful !== undefined)
  for (const id of without) assert.ok(lawful.ids.includes(id), `${id} is not in the state`)
  const kept = lawful.ids.filter((id) => !without.includes(id))
  return lawful.differences([...kept, ...claimed])
}

for (const version of [roomVersions.v1, roomVersions.v2, roomVersions.v11, roomVersions.v12])
  describe(`what the oracle says of a wrong state (room version ${version.id})`, () => {
    it('is nothing where the state is right', () => {
      const room = roomOf(version)
      assert.deepEqual(said(room, [room.last], { without: [], claimed: [] }), [])
    })

    it('is who set a place last where no branches are in conflict', () => {
      const room = roomOf(version)
      topic(room, '@mod:b', { id: '$topic1' })
      room.add({ type: 'x', sender: '@mod:b', id: '$head' })
      assert.deepEqual(said(room, ['$head'], { without: ['$topic1'], claimed: ['$topic0'] }), [
        {
          place: 'm.room.topic',
          expected: '$topic1 by @mod:b: {"topic":"$topic1"}',
          actual: '$topic0 by @creator:a: {"topic":"0"}',
          because: ['$topic1 was the last to set it'],
        },
      ])
    })

    it('is the conflict, though it lies some events back', () => {
      const room = roomOf(version)
      topic(room, '@mod:b', { ...fork, id: '$early', ts: 5000 })
      topic(room, '@mod:b', { ...fork, id: '$late', ts: 6000 })
      const after = ['$early', '$late']
      room.add({ type: 'x', sender: '@mod:b', id: '$merge', after })
      room.add({ type: 'x', sender: '@mod:b', id: '$head' })
      const [lawful] = oracle.outcomesAfter(room.events, ['$head'])
      const [winner, loser] = lawful?.ids.includes('$late') === true ? ['$late', '$early'] : after
      assert.ok(winner !== undefined && loser !== undefined)
      const [one, ...others] = said(room, ['$head'], { without: [winner], claimed: [loser] })
      assert.deepEqual(others, [])
      const [meeting, won, lost, ...more] = one?.because ?? []
      assert.equal(meeting, 'in conflict between the branches up to $early, $late')
      assert.match(won ?? '', new RegExp(`^\\${winner} wins: the (first|last) that was allowed`))
      assert.match(lost ?? '', new RegExp(`^\\${loser} loses: (allowed|not tried) as`))
      assert.deepEqual(more, [])
    })

    it('is the rule that an event breaks', () => {
      const room = roomOf(version)
      topic(room, '@user:b', { id: '$unlawful' })
      topic(room, '@creator:a', { ...fork, id: '$elsewhere' })
      const [one] = said(room, ['$unlawful'], { without: ['$topic0'], claimed: ['$unlawful'] })
      assert.deepEqual(one?.because, [
        '$topic0 was the last to set it',
        '$unlawful is rejected by its auth_events: the sender has power 0, m.room.topic needs 50 (state_default) ($power0)',
      ])
      const [other] = said(room, ['$unlawful'], { without: ['$topic0'], claimed: ['$elsewhere'] })
      assert.equal(other?.because[1], '$elsewhere is on none of the branches')
    })

    it('is also of what is missing, too much or unknown', () => {
      const room = roomOf(version)
      room.state('x.thing', '@creator:a', {}, { id: '$thing', ...fork })
      room.add({ type: 'x', sender: '@mod:b', id: '$message', ...fork })
      const claimed = ['$thing', '$message', '$nowhere']
      const found = said(room, ['$message'], { without: ['$topic0'], claimed })
      assert.deepEqual(
        found.map(({ place, expected, actual, because }) => [place, expected, actual, because]),
        [
          [
            'm.room.topic',
            '$topic0 by @creator:a: {"topic":"0"}',
            'nothing',
            ['$topic0 was the last to set it'],
          ],
          [
            'no place in the state',
            'nothing',
            '$message by @mod:b: {} and $nowhere, an event that nobody else knows',
            ['no branch has it', '$message is no state event'],
          ],
          [
            'x.thing',
            'nothing',
            '$thing by @creator:a: {}',
            ['no branch has it', '$thing is on none of the branches'],
          ],
        ],
      )
    })
  })

describe('what the oracle says of a wrong state', () => {
  it('shows of the contents what differs', () => {
    const room = roomOf(roomVersions.v11)
    power(room, '@creator:a', { '@admin:a': 90, '@mod:b': 40 }, { id: '$power1' })
    const [one] = said(room, ['$power1'], { without: ['$power1'], claimed: ['$power0'] })
    assert.equal(one?.expected, '$power1 by @creator:a: {"users":{"@mod:b":40}}')
    assert.equal(one.actual, '$power0 by @creator:a: {"users":{"@mod:b":50}}')
    room.state('m.room.topic', '@admin:a', { topic: '0' }, { id: '$topic1' })
    const [same] = said(room, ['$topic1'], { without: ['$topic1'], claimed: ['$topic0'] })
    assert.equal(same?.expected, '$topic1 by @admin:a: {"topic":"0"}')
  })

  it('cuts contents short, and ids in the reasons', () => {
    const room = roomOf(roomVersions.v11)
    const id = `$${'Ab1-'.repeat(11)}`
    room.state('m.room.topic', '@mod:b', { topic: 'x'.repeat(500) }, { id })
    const [one] = said(room, [id], { without: [id], claimed: ['$topic0'] })
    assert.equal(one?.expected, `${id} by @mod:b: {"topic":"${'x'.repeat(110)}…`)
    assert.deepEqual(one?.because, ['$Ab1-Ab1-… was the last to set it'])
  })
})
