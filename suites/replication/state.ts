import { agree, custom, message, must, roomName, scenario, stateIds, topic } from '#harness'

scenario('a state event changes the state after it and a message does not', {
  id: 'only-state-events-change-state',
  proves: ['seed.S03', 'ss.sr.after_state', 'ss.sr.after_message', 'ss.pdu.base.state_key_string'],
  async run({ target, peer }) {
    const room = await target.createRoom({ power: { [peer.user]: 50 } })
    await peer.join(room, target)

    const set = peer.author(room, topic('of the peer'))
    const said = peer.author(room, message('no state'))
    const fence = peer.author(room, message('fence'))
    await peer.push(target, [set, said, fence])
    await target.sees(room, [fence.id])

    const before = await stateIds(peer, target, room, set.id)
    const after = await stateIds(peer, target, room, said.id)
    const later = await stateIds(peer, target, room, fence.id)
    must.exclude(before, [set.id])
    must.include(after, [set.id])
    must.haveSame(later, after)
  },
})

scenario('the state holds what users set: membership, name, encryption; the last one wins', {
  id: 'holds-what-users-set',
  proves: ['seed.S04', 'ss.sj.state_prior_to_join', 'ss.sj.state_resolved'],
  async run({ target, peer }) {
    const room = await target.createRoom({ name: 'first name' })
    const [, named, encrypted] = await target.send(
      room,
      roomName('second name'),
      roomName('last name'),
      custom('m.room.encryption', { algorithm: 'm.megolm.v1.aes-sha2' }),
    )

    const { state } = await peer.handshake(room, target)

    must.include(state, [named, encrypted])
    must.equal(
      state.filter(({ pdu }) => pdu.type === 'm.room.name').map(({ pdu }) => pdu.content['name']),
      ['last name'],
      'the name',
    )
    must.equal(
      state
        .filter(({ pdu }) => pdu.type === 'm.room.member')
        .map(({ pdu }) => [pdu.state_key, pdu.content['membership']]),
      [[target.user, 'join']],
      'the memberships',
    )
  },
})

scenario('state set at one server is the state at the other', {
  id: 'same-at-both',
  proves: ['seed.S04', 'seed.S18', 'ss.repl.state_res_consistent'],
  seats: ['hs1', 'hs2'],
  async run({ hs1, hs2, oracle }) {
    const room = await hs1.createRoom({ power: { [hs2.user]: 50 }, topic: 'of the beginning' })
    await hs2.join(room, hs1)

    await hs1.send(room, roomName('by hs1'))
    const [changed] = await hs2.send(room, topic('by hs2'))
    await hs1.sees(room, [changed])

    await agree(room, [hs1, hs2], oracle)
    must.equal((await hs1.stateEvent(room, 'm.room.topic'))?.['topic'], 'by hs2', 'the topic')
  },
})
