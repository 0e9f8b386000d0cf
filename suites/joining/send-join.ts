import { must, scenario, topic, message, stateIds } from '#harness'

scenario('the resident gives the joining server the current state', {
  id: 'gives-the-current-state',
  proves: [
    'seed.S15',
    'ss.sj.state_prior_to_join',
    'ss.sj.events_verify',
    'ss.sj.200_schema_state',
  ],
  async run({ target, peer }) {
    const bob = await target.newUser('bob')
    const room = await target.createRoom({ name: 'all welcome', topic: 'first' })
    await target.join(room, target, bob)
    await target.send(room, topic('second'), message('no state'))
    const before = await target.state(room)

    const join = await peer.handshake(room, target)

    must.answer(join.reply)
    must.haveSame(
      join.state,
      before.map(({ event_id }) => event_id),
    )
  },
})

scenario('with the state the joining server gets its whole auth chain', {
  id: 'gives-the-auth-chain',
  proves: ['ss.sj.auth_chain_complete', 'ss.sj.200_schema_auth_chain'],
  async run({ target, peer }) {
    const bob = await target.newUser('bob')
    const room = await target.createRoom({ topic: 'first' })
    await target.join(room, target, bob)
    await target.send(room, topic('second'))

    const join = await peer.handshake(room, target)

    must.answer(join.reply)
    must.coverAuth(join.authChain, [join.event, ...join.state])
  },
})

scenario('the resolved state is given where the room has forked', {
  id: 'gives-the-resolved-state',
  proves: ['seed.S15', 'ss.sj.state_resolved', 'ss.sj.state_prior_to_join'],
  peers: 2,
  async run({ target, peer, peer2, oracle }) {
    const room = await target.createRoom({ power: { [peer.user]: 50 } })
    await peer.join(room, target)
    const base = peer.heads(room)
    const left = peer.forge(room, topic('left'), { after: base })
    const right = peer.forge(room, topic('right'), { after: base })
    await peer.push(target, [left, right])
    await target.sees(room, [left.id, right.id])

    const { state } = await peer2.handshake(room, target)

    const events = [...peer.events(room), left, right]
    must.resolveTo(state, oracle.outcomesAfter(events, [left.id, right.id]))
  },
})

scenario('a join that the resident accepted becomes part of the room', {
  id: 'becomes-part-of-the-room',
  proves: ['seed.S13', 'ss.sj.accepted_into_graph'],
  async run({ target, peer }) {
    const room = await target.createRoom()

    const join = await peer.handshake(room, target)
    await target.sees(room, [join.event.id])

    const [next] = await target.send(room, message('after the join'))
    await peer.receives(room, next)
    must.include(await stateIds(peer, target, room, next), [join.event.id])
  },
})

scenario('the resident tells the other servers of a join that came through it', {
  id: 'is-told-to-others',
  proves: ['seed.S05', 'ss.sj.resident_distributes'],
  peers: 2,
  async run({ target, peer, peer2 }) {
    const room = await target.createRoom()
    await peer.join(room, target)

    const join = await peer2.handshake(room, target)

    const told = await peer.receives(room, join.event.id)
    must.equal(told.pdu.sender, peer2.user, 'the sender of the join')
  },
})
