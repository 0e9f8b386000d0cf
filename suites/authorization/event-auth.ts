import { control, type JsonObject, message, must, type Peer, type Room, scenario } from '#harness'
import { type Cast, rejections } from './rejections.ts'

for (const { id, when, proves, unlawful, lawful } of rejections) {
  scenario(`an event is rejected when ${when}`, {
    id,
    proves,
    async run({ target, peer }) {
      const [room, cast] = await stage(peer)
      await target.join(room, peer)

      const good = peer.forge(room, lawful(cast))
      const bad = peer.forge(room, unlawful(cast))
      const fence = peer.forge(room, message('fence'), { after: [good, bad] })
      await peer.push(target, [good, bad, fence])

      // The fence names both as its parents, so the target judges them before it can place it.
      await control(async () => target.sees(room, [good.id, fence.id]))
      must.exclude(await target.timeline(room), [bad.id])
    },
  })
}

/** A room of the peer, made by somebody who takes no further part. */
async function stage(peer: Peer): Promise<[Room, Cast]> {
  const creator = await peer.newUser('creator')
  const room = await peer.createRoom({ creator, power: { [peer.user]: 100 } })
  await peer.join(room, peer)
  await peer.join(room, peer, peer.member)
  const content = (await peer.stateEvent(room, 'm.room.power_levels')) ?? {}
  const levels = { ...content, users: (content['users'] ?? {}) as JsonObject }
  return [room, { user: peer.user, joined: peer.member, stranger: peer.stranger, levels }]
}
