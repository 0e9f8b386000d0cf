import type { ReferencePeer } from '../../reference/peer.ts'
import type { Room } from '../../world/homeserver.ts'
import type { Citizen } from './test-citizen.ts'
import type { Town } from './test-town.ts'

const message = (body: string) => ({
  type: 'm.room.message',
  content: { msgtype: 'm.text', body },
})

const topic = (words: string) => ({
  type: 'm.room.topic',
  state_key: '',
  content: { topic: words },
})

/**
 * The foreign server and one of ours cannot reach each other, while the third reaches both; all go on, and then all agree.
 * Ours are driven in this process: their clients would be cut off as well, since a connection says nothing of who opens it.
 */
export async function partitionStory(town: Town): Promise<void> {
  const [first, second] = town.peers
  const carol = await town.citizen(town.foreign, 'carol')
  const room = await first.createRoom({ power: { [second.user]: 50, [carol.user]: 50 } })
  await second.join(room, first)
  await carol.join(room.id, town.ours[0])
  await allHear(town, { room, carol }, [
    ...(await first.send(room, message('hello'))),
    ...(await second.send(room, message('hello'))),
    await carol.say(room.id, 'hello'),
  ])

  const apart = await town.network.view().partitioned([first, town.foreign], async () => {
    const said = [
      ...(await first.send(room, message('still here'), topic('of the first'))),
      ...(await second.send(room, message('still here'), topic('of the second'))),
      await carol.say(room.id, 'still here'),
      await carol.put(room.id, 'm.room.topic', { topic: 'of the third' }),
    ]
    await second.sees(room, said)
    return said
  })

  const again = [...(await first.send(room, message('back'))), await carol.say(room.id, 'back')]
  await allHear(town, { room, carol }, [...apart, ...again])
  for (const peer of town.peers) await carol.finds('the same state', () => same(peer, room, carol))
}

interface Meeting {
  readonly room: Room
  readonly carol: Citizen
}

async function allHear(town: Town, { room, carol }: Meeting, ids: readonly string[]) {
  for (const peer of town.peers) await peer.sees(room, ids)
  await carol.hears(room.id, ...ids)
}

async function same(peer: ReferencePeer, room: Room, carol: Citizen): Promise<boolean> {
  const ids = (await peer.state(room)).map(({ event_id }) => event_id).toSorted()
  return ids.join() === (await carol.state(room.id)).join()
}
