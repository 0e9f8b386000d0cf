import { agree, message, must, scenario } from '#harness'

scenario('after a join both servers have the same state', {
  id: 'same-state-at-both',
  proves: ['seed.S15', 'seed.S17', 'ss.sj.joining.persists_state', 'ss.repl.state_res_consistent'],
  seats: ['hs1', 'hs2'],
  async run({ hs1, hs2, oracle }) {
    const bob = await hs1.newUser('bob')
    const room = await hs1.createRoom({ name: 'all welcome', topic: 'of many' })
    await hs1.join(room, hs1, bob)

    await hs2.join(room, hs1)

    await agree(room, [hs1, hs2], oracle)
    must.equal((await hs2.stateEvent(room, 'm.room.name'))?.['name'], 'all welcome', 'the name')
    must.equal(
      (await hs2.stateEvent(room, 'm.room.member', bob))?.['membership'],
      'join',
      'the membership of Bob',
    )
  },
})

scenario('a room is joined by its alias', {
  id: 'by-alias',
  proves: ['seed.S13', 'ss.sj.joining.directory_lookup'],
  seats: ['hs1', 'hs2'],
  async run({ hs1, hs2 }) {
    const alias = `room-of-${hs1.user.slice(1, hs1.user.indexOf(':'))}`
    const room = await hs1.createRoom({ alias })

    must.equal(await hs2.joinByAlias(`#${alias}:${hs1.name}`), room.id, 'the room')

    const sent = await hs1.send(room, message('found by name'))
    await hs2.sees(room, sent)
  },
})

scenario('a second user of the joined server joins without another handshake', {
  id: 'second-user',
  proves: ['seed.S30', 'ss.repl.pdu_to_all_joined'],
  seats: ['hs1', 'hs2'],
  async run({ hs1, hs2 }) {
    const room = await hs1.createRoom()
    await hs2.join(room, hs1)
    const erin = await hs2.newUser('erin')

    await hs2.join(room, hs1, erin)

    const sent = await hs1.send(room, message('to both of you'))
    await hs2.sees(room, sent)
    await hs2.sees(room, sent, erin)
  },
})
