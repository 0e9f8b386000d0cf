import { eventually, message, must, scenario, stateIds } from '#harness'

scenario('a server joins through make_join and send_join, signed by itself', {
  id: 'joins-by-handshake',
  proves: [
    'seed.S14',
    'ss.sj.joining.signed',
    'ss.sj.joining.same_resident',
    'ss.sj.joining.event_id_path',
    'ss.mj.joining.sends_ver',
  ],
  async run({ target, peer, version }) {
    const room = await peer.createRoom()

    await target.join(room, peer)

    const made = await peer.asked('makeJoin', target)
    must.include(made.query['ver'] ?? [], [version.id])
    const sent = await peer.asked('sendJoin', target)
    const join = peer.event(sent.params['eventId'] ?? '')
    must.equal(join?.pdu.sender, target.user, 'the sender of the join')
    must.include(Object.keys(join?.pdu.signatures ?? {}), [target.name], 'the signatures')
  },
})

scenario('an invited user accepts and the server is brought into the room', {
  id: 'accepts-an-invitation',
  proves: ['seed.S14', 'seed.S12', 'ss.iv2.invited.seen_by_client', 'ss.sj.joining.persists_state'],
  async run({ target, peer }) {
    const room = await peer.createRoom({ joinRule: 'invite', name: 'by invitation' })
    await peer.invite(room, target.user)
    await target.invited(room)

    await target.join(room, peer)
    const [sent] = await peer.send(room, message('welcome'))

    await target.sees(room, [sent])
    must.equal(
      (await target.stateEvent(room, 'm.room.name'))?.['name'],
      'by invitation',
      'the name',
    )
  },
})

scenario('the joining server keeps the state that it was given', {
  id: 'keeps-the-state',
  proves: ['seed.S17', 'ss.sj.joining.persists_state'],
  async run({ target, peer }) {
    const room = await peer.createRoom({
      name: 'kept',
      topic: 'kept too',
      power: { [peer.member]: 50 },
    })
    await peer.join(room, peer, peer.member)
    const given = await peer.state(room)

    await target.join(room, peer)

    await eventually(async () => must.include(await target.state(room), given))
    const [fence] = await target.send(room, message('by the joined'))
    await peer.receives(room, fence)
    must.include(await stateIds(peer, target, room, fence), given)
  },
})
