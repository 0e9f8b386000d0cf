import {
  control,
  eventually,
  judges,
  message,
  must,
  powerLevels,
  powerLevelsOf,
  type RoomVersion,
  scenario,
  withPower,
} from '#harness'

const keepsInvite = ({ redaction }: RoomVersion): boolean => {
  const kept = redaction.content.get('m.room.power_levels')
  return kept === 'all' || (kept ?? []).some(([key]) => key === 'invite')
}

scenario(
  'power levels that list the creator are lawful only where creators have no power of their own',
  {
    id: 'creator-in-power-levels',
    proves: ['seed.S02', 'auth.pl.creator_sender_listed', 'ss.rv.algorithms_by_version'],
    async run({ target, peer, version }) {
      const room = await peer.createRoom({ power: { [peer.member]: 50 } })
      await target.join(room, peer)
      const levels = await powerLevelsOf(peer, room)

      const said = peer.forge(room, message('nothing to do with power'))
      const plain = peer.forge(room, powerLevels({ ...levels, kick: 49 }), { after: [said] })
      const listed = withPower({ ...levels, kick: 49 }, peer.user, 100)
      const listing = peer.forge(room, powerLevels(listed), { after: [plain] })
      await judges(target, peer, room, [said, plain, listing])

      const timeline = await target.timeline(room)
      must.include(timeline, [plain.id])
      if (version.privilegedCreators) must.exclude(timeline, [listing.id])
      else must.include(timeline, [listing.id])
    },
  },
)

scenario('a redaction counts where its version has it name the event, and nowhere else', {
  id: 'place-of-redacts',
  proves: ['seed.S02', 'ss.rv.algorithms_by_version'],
  async run({ target, peer, version }) {
    const room = await peer.createRoom()
    await target.join(room, peer)
    const rightly = peer.author(room, message('to be redacted'))
    const wrongly = peer.author(room, message('to be kept'))

    const redaction = { type: 'm.room.redaction', content: {} }
    const right = peer.author(room, { ...redaction, redacts: rightly.id })
    const wrong = peer.forge(room, redaction, {
      change: (pdu) =>
        version.redactsInContent
          ? { ...pdu, redacts: wrongly.id }
          : { ...pdu, content: { redacts: wrongly.id } },
    })
    const fence = peer.forge(room, message('fence'), { after: [wrong] })
    await peer.push(target, [rightly, wrongly, right, wrong, fence])

    await control(async () => target.sees(room, [fence.id]))
    await eventually(async () =>
      must.equal(await bodyOf(rightly.id), undefined, 'the redacted body'),
    )
    must.equal(await bodyOf(wrongly.id), 'to be kept', 'the body')

    async function bodyOf(id: string) {
      const found = (await target.timeline(room)).find(({ event_id: eventId }) => eventId === id)
      return found?.content['body']
    }
  },
})

scenario('redacted power levels keep what their version protects', {
  id: 'redacted-power-levels',
  proves: ['seed.S02', 'ss.rv.algorithms_by_version'],
  async run({ target, peer, version }) {
    const room = await peer.createRoom({ power: { [peer.member]: 50 } })
    const levels = await powerLevelsOf(peer, room)
    await target.join(room, peer)

    const set = peer.author(room, powerLevels({ ...levels, invite: 7, ban: 60 }))
    const redaction = peer.author(room, { type: 'm.room.redaction', content: {}, redacts: set.id })
    await peer.push(target, [set, redaction])
    await control(async () => target.sees(room, [redaction.id]))

    await eventually(async () =>
      must.equal(
        (await target.stateEvent(room, 'm.room.power_levels'))?.['invite'],
        keepsInvite(version) ? 7 : undefined,
        'the invite level',
      ),
    )
    must.equal((await target.stateEvent(room, 'm.room.power_levels'))?.['ban'], 60, 'the ban level')
  },
})
