import {
  control,
  judges,
  message,
  must,
  type Peer,
  powerLevelsOf,
  type Room,
  scenario,
} from '#harness'
import { type Cast, rejections } from './rejections.ts'

const anyVersion = (): boolean => true

for (const { id, when, proves, versions = anyVersion, unlawful, lawful } of rejections) {
  scenario(`an event is rejected when ${when}`, {
    id,
    proves,
    versions,
    async run({ target, peer }) {
      const [room, cast] = await stage(peer)
      await target.join(room, peer)

      const good = peer.forge(room, lawful(cast))
      const bad = peer.forge(room, unlawful(cast))
      await judges(target, peer, room, [good, bad])

      must.exclude(await target.timeline(room), [bad.id])
    },
  })
}

const rejectedKinds = ['sender-not-joined', 'power-levels-as-text'] as const

for (const kind of rejectedKinds) {
  const row = rejections.find(({ id }) => id === kind)
  scenario(`an event that refers to a rejected one (${kind}) is accepted if it is lawful itself`, {
    id: `child-of-${kind}`,
    proves: 'ss.chk.rejected.children_allowed',
    versions: row?.versions ?? anyVersion,
    async run({ target, peer }) {
      const [room, cast] = await stage(peer)
      await target.join(room, peer)

      const bad = peer.forge(room, row?.unlawful(cast) ?? message('no row'))
      const good = peer.forge(room, message('refers to nothing bad'))
      await peer.push(target, [bad, good])
      await control(async () => target.sees(room, [good.id]))
      await control(async () => must.exclude(await target.timeline(room), [bad.id]))

      const child = peer.forge(room, message('refers to the rejected'), { after: [bad, good] })
      await peer.push(target, [child])
      await target.sees(room, [child.id])
    },
  })
}

/** A room of the peer, made by somebody who takes no further part. */
async function stage(peer: Peer): Promise<[Room, Cast]> {
  const creator = await peer.newUser('creator')
  const room = await peer.createRoom({ creator, power: { [peer.user]: 100 } })
  await peer.join(room, peer)
  await peer.join(room, peer, peer.member)
  const levels = await powerLevelsOf(peer, room)
  return [room, { user: peer.user, joined: peer.member, stranger: peer.stranger, levels }]
}
