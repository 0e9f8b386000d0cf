import { agree } from './test-member-stories.ts'
import type { Town } from './test-town.ts'

/** The foreign server and one of ours cannot reach each other, while the third reaches both; then all agree. */
export async function partitionStory(town: Town): Promise<void> {
  const [first, second] = town.ours
  const alice = await town.citizen(first, 'alice')
  const bob = await town.citizen(second, 'bob')
  const carol = await town.citizen(town.foreign, 'carol')
  const everybody = [alice, bob, carol]
  const power_level_content_override = { events: { 'm.room.topic': 0 } }
  const room = await alice.createRoom({ power_level_content_override })
  await bob.join(room, first)
  await carol.join(room, first)
  const greetings = [
    await alice.say(room, 'hello'),
    await bob.say(room, 'hello'),
    await carol.say(room, 'hello'),
  ]
  for (const one of everybody) await one.hears(room, ...greetings)

  const apart = await town.network.view().partitioned([first, town.foreign], async () => {
    const said: string[] = []
    for (const one of everybody) {
      said.push(await one.say(room, 'are you there?'))
      said.push(await one.put(room, 'm.room.topic', { topic: `what ${one.user} thinks` }))
    }
    await bob.hears(room, ...said)
    return said
  })

  const again = [await alice.say(room, 'back'), await carol.say(room, 'back')]
  for (const one of everybody) await one.hears(room, ...again, ...apart)
  await agree(room, ...everybody)
}
