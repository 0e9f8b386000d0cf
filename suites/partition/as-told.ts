import { agree, about, message, must, reunited, roomName, scenario, topic } from '#harness'

scenario('Alice, Bob and Carol on hs1, Dan and Erin on hs2, as the draft tells it', {
  id: 'alice-bob-carol-dan-erin',
  proves: ['seed.S12', 'seed.S14', 'seed.S15', 'seed.S18', 'seed.S23', 'seed.S27'],
  seats: ['hs1', 'hs2'],
  async run({ hs1, hs2, fabric, oracle }) {
    const [alice, bob, carol] = [hs1.user, await hs1.newUser('bob'), await hs1.newUser('carol')]
    const [dan, erin] = [hs2.user, await hs2.newUser('erin')]

    const room = await hs1.createRoom({
      joinRule: 'invite',
      name: 'of three',
      invite: [bob, carol],
    })
    await hs1.join(room, hs1, bob)
    await hs1.join(room, hs1, carol)
    await hs1.send(room, message('only us', bob), message('yes, only us', carol))

    await hs1.invite(room, dan)
    await hs2.invited(room, dan)
    await hs2.join(room, hs1, dan)
    await hs1.invite(room, erin, alice)
    await hs2.invited(room, erin)
    await hs2.join(room, hs1, erin)
    await agree(room, [hs1, hs2], oracle)

    const apart = await fabric.partitioned([hs1, hs2], async () => [
      ...(await hs1.send(room, message('hs2 is away', bob), roomName('of five'))),
      ...(await hs2.send(room, message('hs1 is away', dan), message('so it is', erin))),
    ])

    await reunited(room, hs1, hs2)
    await hs1.sees(room, apart)
    await hs2.sees(room, apart)
    const healed = await hs2.send(room, message('there you are', erin))
    await hs1.sees(room, healed)
    await agree(room, [hs1, hs2], oracle)
  },
})

scenario('a room of hs1 alone goes on as before when hs2 never takes part', {
  id: 'without-the-other-server',
  proves: ['seed.S11', 'seed.S20', 'seed.S21'],
  async run({ target, peer, fabric }) {
    const bob = await target.newUser('bob')
    const room = await target.createRoom({ joinRule: 'invite', invite: [bob] })
    await target.join(room, target, bob)
    const shared = await target.createRoom()
    await peer.join(shared, target)
    const [first] = await target.send(shared, message('so that the target knows the other server'))
    await peer.receives(shared, first)

    const sent = await fabric.offline(peer, async () => {
      await target.send(shared, message('nobody hears'))
      return target.send(room, message('between us'), topic('quiet'), message('as ever', bob))
    })

    await target.sees(room, sent)
    await reunited(shared, target, peer)
    must.equal(peer.deliveries(room).length, 0, 'the number of events of the local room')
    must.equal(about(peer, room).length, 0, 'the number of requests about the local room')
  },
})
