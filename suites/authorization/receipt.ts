import {
  citedIds,
  control,
  custom,
  type Draft,
  type Event,
  eventually,
  judges,
  message,
  must,
  parentIds,
  type Peer,
  powerLevels,
  powerLevelsOf,
  type RequirementId,
  type Room,
  scenario,
  stateIds,
  topic,
  withPower,
} from '#harness'

interface Dropped {
  readonly id: string
  readonly when: string
  readonly proves: readonly RequirementId[]
  readonly make: (peer: Peer, room: Room) => Event
}

const planted = (key: string): Draft => custom('org.fedcheck.planted', {}, key)

const dropped: readonly Dropped[] = [
  {
    id: 'bad-signature-is-dropped',
    when: 'its signature is bad',
    proves: ['seed.S19', 'ss.chk.2.signatures_dropped', 'ss.sign.check.5_7_verify'],
    make: (peer, room) =>
      peer.forge(room, planted('bad'), { spoil: (pdu) => ({ ...pdu, origin_server_ts: 1 }) }),
  },
  {
    id: 'missing-signature-is-dropped',
    when: 'it has no signature',
    proves: ['seed.S19', 'ss.chk.2.no_signature', 'ss.sign.check.1_missing_entity'],
    make: (peer, room) =>
      peer.forge(room, planted('bad'), { spoil: (pdu) => ({ ...pdu, signatures: {} }) }),
  },
]

for (const { id, when, proves, make } of dropped) {
  scenario(`an event is dropped when ${when}`, {
    id,
    proves,
    async run({ target, peer }) {
      const room = await target.createRoom({ power: { [peer.user]: 50 } })
      await peer.join(room, target)

      const bad = make(peer, room)
      const good = peer.author(room, planted('good'))
      await peer.push(target, [bad, good])
      const fence = peer.author(room, message('fence'))
      await peer.push(target, [fence])

      await control(async () => target.sees(room, [good.id, fence.id]))
      must.exclude(await target.timeline(room), [bad.id])
      must.exclude(await target.state(room), [bad.id])
    },
  })
}

scenario('an event whose hash is wrong goes on in redacted form', {
  id: 'wrong-hash-is-redacted',
  proves: ['seed.S19', 'ss.chk.3.hash_redacted', 'ss.chk.order_sig_before_hash'],
  async run({ target, peer }) {
    const room = await target.createRoom()
    await peer.join(room, target)

    const good = peer.author(room, message('unchanged'))
    const changed = peer.forge(room, message('as signed'), {
      after: [good],
      spoil: (pdu) => ({ ...pdu, content: { ...pdu.content, body: 'changed on the way' } }),
    })
    await judges(target, peer, room, [good, changed])

    const timeline = await target.timeline(room)
    must.include(timeline, [changed.id])
    const seen = timeline.find(({ event_id: id }) => id === changed.id)
    must.equal(seen?.content, {}, 'the content of the wrongly hashed event')
  },
})

scenario('an event that the state before it forbids is rejected', {
  id: 'forbidden-by-the-state-before',
  proves: ['seed.S19', 'ss.chk.5.state_before_rejected', 'ss.chk.rejected.state_unaffected'],
  async run({ target, peer }) {
    const room = await peer.createRoom({ power: { [peer.member]: 50 } })
    await peer.join(room, peer, peer.member)
    const levels = await powerLevelsOf(peer, room)
    await target.join(room, peer)

    const lawful = peer.author(room, topic('while she had the power', peer.member))
    const demotion = peer.author(room, powerLevels(withPower(levels, peer.member, 0)))
    const late = peer.forge(room, topic('after she lost it', peer.member), {
      auth: citedIds(lawful),
    })
    const fence = peer.forge(room, message('fence'), { after: [late] })
    await peer.push(target, [lawful, demotion, late, fence])

    await control(async () => target.sees(room, [lawful.id, demotion.id, fence.id]))
    must.exclude(await target.timeline(room), [late.id])
    must.exclude(await stateIds(peer, target, room, fence.id), [late.id])
  },
})

scenario('an event that only the current state forbids is soft-failed', {
  id: 'forbidden-by-the-current-state',
  proves: [
    'seed.S19',
    'ss.chk.6.current_state_soft_fail',
    'ss.sf.not_relayed_to_client',
    'ss.sf.not_extremity',
    'ss.sf.ban_evasion',
  ],
  async run({ target, peer }) {
    const room = await target.createRoom()
    await peer.join(room, target)
    await peer.join(room, target, peer.member)
    const before = peer.heads(room)
    await target.sees(room, before)

    await target.ban(room, peer.member)
    const evasion = peer.forge(room, message('sent before the ban, as it says', peer.member), {
      after: before,
    })
    const fence = peer.forge(room, message('fence'), { after: before })
    await peer.push(target, [evasion, fence])

    await control(async () => target.sees(room, [fence.id]))
    must.exclude(await target.timeline(room), [evasion.id])
    const [next] = await target.send(room, message('next'))
    must.exclude(parentIds(await peer.receives(room, next)), [evasion.id])
  },
})

scenario('valid events beside an unlawful one are accepted', {
  id: 'the-rest-is-accepted',
  proves: ['seed.S19', 'ss.txn.good_pdus_processed', 'ss.txn.200_even_if_pdu_fails'],
  async run({ target, peer }) {
    const room = await target.createRoom()
    await peer.join(room, target)

    const first = peer.author(room, message('lawful'))
    const bad = peer.forge(room, topic('without the power to set it'), { after: [first] })
    const second = peer.author(room, message('lawful too'))
    const reply = await peer.push(target, [first, bad, second])

    must.answer(reply)
    await eventually(async () => must.include(await target.timeline(room), [first.id, second.id]))
    must.exclude(await target.timeline(room), [bad.id])
  },
})
