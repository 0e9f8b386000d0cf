import {
  type Draft,
  type Event,
  control,
  message,
  must,
  type Peer,
  powerLevelsOf,
  type Room,
  scenario,
  stateIds,
} from '#harness'
import { type Cast, forks } from './forks.ts'

for (const { id, when, proves, left, right } of forks) {
  scenario(`the state after a fork is the algorithm's result when ${when}`, {
    id,
    proves: [...proves, 'ss.sr.before_is_resolution'],
    async run({ target, peer, oracle }) {
      const [room, cast] = await stage(peer)
      await target.join(room, peer)
      const base = peer.heads(room)

      const branches = [left(cast), right(cast)].map((drafts) => branch(peer, room, base, drafts))
      const tips = branches.map((events) => events.at(-1)?.id ?? '')
      const fence = peer.forge(room, message('fence'), { after: tips })
      await peer.push(target, [...branches.flat(), fence])

      await control(async () => target.sees(room, [fence.id]))
      const expected = oracle.outcomesAfter([...peer.events(room), ...branches.flat()], tips)
      must.resolveTo(await stateIds(peer, target, room, fence.id), expected, 'the resolved state')
    },
  })
}

scenario('the order in which branches arrive does not change the resolved state', {
  id: 'any-order-of-arrival',
  proves: ['seed.S27', 'ss.sr.order_independent', 'ss.repl.state_res_consistent'],
  async run({ target, peer, oracle }) {
    const [room, cast] = await stage(peer)
    await target.join(room, peer)
    const base = peer.heads(room)

    const branches = forks.map(({ left }) => branch(peer, room, base, left(cast)))
    const tips = branches.map((events) => events.at(-1)?.id ?? '')
    for (const events of branches.toReversed()) await peer.push(target, events)
    const fence = peer.forge(room, message('fence'), { after: tips })
    await peer.push(target, [fence])

    await control(async () => target.sees(room, [fence.id]))
    const expected = oracle.outcomesAfter([...peer.events(room), ...branches.flat()], tips)
    must.resolveTo(await stateIds(peer, target, room, fence.id), expected, 'the resolved state')
  },
})

/** Events one upon the other, the first upon `base`. */
const branch = (peer: Peer, room: Room, base: readonly string[], drafts: readonly Draft[]) =>
  drafts.reduce<readonly Event[]>((events, draft) => {
    const parent = events.at(-1)
    const after = parent ? [parent] : base
    return [...events, peer.forge(room, draft, { after })]
  }, [])

/** A room of the peer, made by somebody who takes no further part. */
async function stage(peer: Peer): Promise<[Room, Cast]> {
  const [creator, moderator] = [await peer.newUser('creator'), await peer.newUser('moderator')]
  const power = { [peer.user]: 100, [moderator]: 50 }
  const room = await peer.createRoom({ creator, power, topic: 'of the base' })
  for (const user of [peer.user, moderator, peer.member]) await peer.join(room, peer, user)
  const levels = await powerLevelsOf(peer, room)
  return [room, { admin: peer.user, moderator, joined: peer.member, levels }]
}
