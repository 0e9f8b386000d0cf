import { eventually, message, must, scenario, topic } from '#harness'

scenario('events that a new one refers to are fetched when they are missing', {
  id: 'missing-parents-are-fetched',
  proves: [
    'seed.S25',
    'ss.chk.missing_prev_fetch',
    'ss.gme.requester_trigger',
    'ss.gme.requester_body',
  ],
  async run({ target, peer }) {
    const room = await target.createRoom()
    await peer.join(room, target)

    const gap = [1, 2, 3].map((n) => peer.author(room, message(`missed ${n}`)))
    const last = peer.author(room, message('refers to what was missed'))
    await peer.push(target, [last])

    await target.sees(
      room,
      [...gap, last].map(({ id }) => id),
    )
    await peer.asked('getMissingEvents', target)
  },
})

scenario('events of a gap get the normal checks', {
  id: 'fetched-events-are-checked',
  proves: ['seed.S19', 'seed.S25', 'ss.gme.requester_validates', 'ss.chk.applies_to_all_sources'],
  async run({ target, peer }) {
    const room = await target.createRoom()
    await peer.join(room, target)

    const good = peer.author(room, message('lawful'))
    const bad = peer.forge(room, topic('without the power to set it'), { after: [good] })
    const last = peer.forge(room, message('after both'), { after: [good, bad] })
    await peer.push(target, [last])

    await target.sees(room, [good.id, last.id])
    must.exclude(await target.timeline(room), [bad.id])
  },
})

scenario('state of a gap counts as if it had been sent in time', {
  id: 'state-in-a-gap-counts',
  proves: ['seed.S25', 'ss.chk.missing_prev_fetch', 'ss.repl.catch_up'],
  async run({ target, peer }) {
    const room = await target.createRoom({ power: { [peer.user]: 50 } })
    await peer.join(room, target)

    peer.author(room, topic('set in the gap'))
    const last = peer.author(room, message('after the gap'))
    await peer.push(target, [last])

    await target.sees(room, [last.id])
    await eventually(async () =>
      must.equal(
        (await target.stateEvent(room, 'm.room.topic'))?.['topic'],
        'set in the gap',
        'the topic',
      ),
    )
  },
})
