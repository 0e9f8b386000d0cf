import { about, control, copies, message, must, reaches, scenario } from '#harness'

scenario('an event is replicated to every server with a joined user, unasked and unchanged', {
  id: 'reaches-every-server',
  proves: ['seed.S05', 'ss.repl.pdu_to_all_joined', 'ss.repl.origin_delivers'],
  peers: 2,
  async run({ target, peer, peer2 }) {
    const room = await target.createRoom()
    await peer.join(room, target)
    await peer2.join(room, target)

    const [sent] = await target.send(room, message('to all'))

    const first = await peer.receives(room, sent)
    const second = await peer2.receives(room, sent)
    must.equal(copies(peer, room, sent)[0]?.from, target.name, 'the server that delivered it')
    must.equal(copies(peer2, room, sent)[0]?.from, target.name, 'the server that delivered it')
    must.equal(second.pdu.hashes, first.pdu.hashes, 'the hashes')
  },
})

scenario('two users of one server are served by one replication', {
  id: 'once-per-server',
  proves: ['seed.S30', 'ss.repl.pdu_to_all_joined'],
  async run({ target, peer }) {
    const room = await target.createRoom()
    await peer.join(room, target)
    await peer.join(room, target, peer.member)
    await reaches(target, room, peer.member, 'join')

    const [once, fence] = await target.send(room, message('once'), message('fence'))

    await control(() => peer.receives(room, fence))
    must.equal(copies(peer, room, once).length, 1, 'the number of copies')
  },
})

scenario('both servers send their new events to the other', {
  id: 'both-ways',
  proves: ['seed.S18', 'ss.repl.pdu_to_all_joined', 'ss.txn.good_pdus_processed'],
  seats: ['hs1', 'hs2'],
  async run({ hs1, hs2 }) {
    const room = await hs1.createRoom()
    await hs2.join(room, hs1)

    const there = await hs1.send(room, message('from hs1'), message('again'))
    const back = await hs2.send(room, message('from hs2'), message('again'))

    await hs2.sees(room, there)
    await hs1.sees(room, back)
  },
})

scenario('a room of local users does not involve other servers', {
  id: 'local-room-stays-local',
  proves: ['seed.S11', 'ss.repl.local_only_room'],
  async run({ target, peer }) {
    const bob = await target.newUser('bob')
    const shared = await target.createRoom()
    await peer.join(shared, target)

    const [first] = await target.send(shared, message('so that the target knows the other server'))
    await control(() => peer.receives(shared, first))

    const local = await target.createRoom({ joinRule: 'invite', invite: [bob] })
    await target.join(local, target, bob)
    await target.send(local, message('between us'), message('and back', bob))

    const [fence] = await target.send(shared, message('fence'))
    await control(() => peer.receives(shared, fence))
    must.equal(peer.deliveries(local).length, 0, 'the number of events of the local room')
    must.equal(about(peer, local).length, 0, 'the number of requests about the local room')
  },
})

scenario('delivery begins when the invited user joins, not before', {
  id: 'begins-with-the-join',
  proves: ['seed.S06', 'seed.S13', 'ss.repl.pdu_to_all_joined'],
  async run({ target, peer }) {
    const shared = await target.createRoom()
    await peer.join(shared, target)
    const room = await target.createRoom({ joinRule: 'invite' })
    await target.invite(room, peer.user)
    await peer.invited(room)

    const [early] = await target.send(room, message('before the join'))
    const [fence] = await target.send(shared, message('fence'))
    await control(() => peer.receives(shared, fence))
    must.equal(copies(peer, room, early).length, 0, 'the number of copies')

    await peer.join(room, target)
    const [late] = await target.send(room, message('after the join'))
    await peer.receives(room, late)
    must.equal(copies(peer, room, late).length, 1, 'the number of copies')
  },
})

scenario('delivery goes on while one of two users of the server is left', {
  id: 'one-of-two-leaves',
  proves: ['seed.S06', 'ss.repl.pdu_to_all_joined'],
  async run({ target, peer }) {
    const room = await target.createRoom()
    await peer.join(room, target)
    await peer.join(room, target, peer.member)
    await peer.leave(room, peer.member)
    await reaches(target, room, peer.member, 'leave')

    const [sent] = await target.send(room, message('one is left'))

    await peer.receives(room, sent)
    must.equal(copies(peer, room, sent).length, 1, 'the number of copies')
  },
})
