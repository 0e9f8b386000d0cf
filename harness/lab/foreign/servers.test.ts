import assert from 'node:assert/strict'
import { after, before, describe, it } from 'mocha'
import { type RoomVersion, roomVersions } from '../../matrix/room-version.ts'
import { memberStories, type Scene } from './test-member-stories.ts'
import { partitionStory } from './test-partition-story.ts'
import { roomStories } from './test-room-stories.ts'
import type { Place } from './test-citizen.ts'
import { foreigner, Town } from './test-town.ts'
import { userStories } from './test-user-stories.ts'

/** A title, and who has the room and who comes to it. */
type Pairing = readonly [title: string, seats: (town: Town) => readonly [Place, Place]]

const pairings: readonly Pairing[] = [
  ['the reference is the resident', ({ ours, foreign }) => [ours[0], foreign]],
  [`${foreigner} is the resident`, ({ ours, foreign }) => [foreign, ours[0]]],
]

function sceneOf(town: Town, seats: Pairing[1], version: RoomVersion): Scene {
  const [resident, guest] = seats(town)
  return { town, resident, guest, version }
}

describe(`the reference beside ${foreigner ?? 'another server'}`, function () {
  this.timeout(120_000)
  let town: Town

  before(async function () {
    if (foreigner === undefined) this.skip()
    town = await Town.open(foreigner)
  })
  after(async () => {
    if (town === undefined) return
    const faults = town.faults()
    await town.close()
    assert.deepEqual(faults, [])
  })

  for (const [title, seats] of pairings)
    describe(title, () => {
      for (const version of Object.values(roomVersions))
        describe(`room version ${version.id}`, () => {
          for (const { name, fits, tell } of memberStories)
            if (fits(version)) it(name, () => tell(sceneOf(town, seats, version)))
        })
      for (const { name, tell } of [...roomStories, ...userStories])
        it(name, () => tell(sceneOf(town, seats, roomVersions.v12)))
    })

  it('agrees with it after a partition among three', () => partitionStory(town))
})
