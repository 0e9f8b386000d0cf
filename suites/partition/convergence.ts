import {
  agree,
  message,
  must,
  parentIds,
  powerLevels,
  powerLevelsOf,
  reaches,
  reunited,
  scenario,
  stateIds,
  topic,
} from '#harness'

scenario('both sides keep sending during a partition and converge after it', {
  id: 'both-sides-keep-sending',
  proves: ['seed.S23', 'seed.S27', 'ss.repl.catch_up', 'ss.repl.state_res_consistent'],
  seats: ['hs1', 'hs2'],
  async run({ hs1, hs2, fabric, oracle }) {
    const room = await hs1.createRoom({ power: { [hs2.user]: 50 } })
    await hs2.join(room, hs1)

    const sent = await fabric.partitioned([hs1, hs2], async () => [
      ...(await hs1.send(room, message('left'), message('left again'))),
      ...(await hs2.send(room, message('right'), message('right again'))),
    ])

    await reunited(room, hs1, hs2)
    await hs1.sees(room, sent)
    await hs2.sees(room, sent)
    await agree(room, [hs1, hs2], oracle)
  },
})

scenario('conflicting topics of both sides resolve alike', {
  id: 'conflicting-topics',
  proves: ['seed.S27', 'seed.S28', 'ss.sr.before_is_resolution', 'ss.sr.order_independent'],
  seats: ['hs1', 'hs2'],
  async run({ hs1, hs2, fabric, oracle }) {
    const room = await hs1.createRoom({ power: { [hs2.user]: 50 }, topic: 'before' })
    await hs2.join(room, hs1)

    const sent = await fabric.partitioned([hs1, hs2], async () => [
      ...(await hs1.send(room, topic('of the left'))),
      ...(await hs2.send(room, topic('of the right'))),
    ])

    await reunited(room, hs1, hs2)
    await hs1.sees(room, sent)
    await hs2.sees(room, sent)
    await agree(room, [hs1, hs2], oracle)
    must.include(
      sent,
      (await hs1.state(room)).filter(({ type }) => type === 'm.room.topic'),
    )
  },
})

scenario('a ban on one side and a topic by the banned on the other resolve alike', {
  id: 'ban-against-topic',
  proves: ['seed.S28', 'ss.sr.v2.ban_beats_concurrent', 'ss.sr.v2.power_event_kick_ban'],
  seats: ['hs1'],
  async run({ hs1, hs2, fabric, oracle }) {
    const mallory = await hs2.newUser('mallory')
    const room = await hs1.createRoom({ power: { [mallory]: 50 }, topic: 'before' })
    await hs2.join(room, hs1)
    await hs2.join(room, hs1, mallory)
    await reaches(hs1, room, mallory, 'join')

    await fabric.partitioned([hs1, hs2], async () => {
      await hs1.ban(room, mallory)
      await hs2.send(room, topic('mine', mallory))
    })

    await reunited(room, hs1, hs2)
    await reaches(hs2, room, mallory, 'ban')
    const [last] = await hs1.send(room, message('healed'))
    await hs2.sees(room, [last])
    await agree(room, [hs1, hs2], oracle)
    must.equal((await hs1.stateEvent(room, 'm.room.topic'))?.['topic'], 'before', 'the topic')
  },
})

scenario('power levels changed on both sides resolve alike', {
  id: 'conflicting-power',
  proves: ['seed.S27', 'seed.S28', 'ss.sr.v2.power_event_pl', 'ss.sr.v2.rtpo_power'],
  seats: ['hs1', 'hs2'],
  async run({ hs1, hs2, fabric, oracle }) {
    const room = await hs1.createRoom({ power: { [hs2.user]: 100 } })
    await hs2.join(room, hs1)
    const levels = await powerLevelsOf(hs1, room)

    await fabric.partitioned([hs1, hs2], async () => {
      await hs1.send(room, powerLevels({ ...levels, kick: 60 }), topic('of the left'))
      await hs2.send(room, powerLevels({ ...levels, ban: 70 }), topic('of the right'))
    })

    await reunited(room, hs1, hs2)
    const [last] = await hs1.send(room, message('healed'))
    await hs2.sees(room, [last])
    const [fence] = await hs2.send(room, message('healed here too'))
    await hs1.sees(room, [fence])
    await agree(room, [hs1, hs2], oracle)
  },
})

scenario('memberships changed on both sides resolve alike', {
  id: 'conflicting-membership',
  proves: [
    'seed.S27',
    'seed.S28',
    'ss.sr.v2.power_event_kick_ban',
    'ss.sr.v2.self_leave_not_power',
  ],
  seats: ['hs1', 'hs2'],
  async run({ hs1, hs2, fabric, oracle }) {
    const room = await hs1.createRoom()
    await hs2.join(room, hs1)
    const [stays, goes] = [await hs2.newUser('stays'), await hs2.newUser('goes')]
    await hs2.join(room, hs1, stays)
    await hs2.join(room, hs1, goes)
    await reaches(hs1, room, goes, 'join')

    await fabric.partitioned([hs1, hs2], async () => {
      await hs1.kick(room, goes)
      await hs1.ban(room, stays)
      await hs2.leave(room, goes)
      await hs2.send(room, message('I am still here', stays))
    })

    await reunited(room, hs1, hs2)
    await reaches(hs2, room, stays, 'ban')
    const [fence] = await hs2.send(room, message('healed'))
    await hs1.sees(room, [fence])
    await agree(room, [hs1, hs2], oracle)
    await reaches(hs1, room, goes, 'leave')
  },
})

scenario('after healing the next event cites the heads of both sides', {
  id: 'heads-of-both-sides-are-cited',
  proves: [
    'seed.S22',
    'seed.S26',
    'ss.new.prev_events_all_extremities',
    'ss.sr.before_is_resolution',
  ],
  async run({ target, peer, fabric, oracle }) {
    const room = await target.createRoom({ power: { [peer.user]: 50 } })
    await peer.join(room, target)

    const [left, right] = await fabric.partitioned([target, peer], async () => [
      (await target.send(room, topic('of the left')))[0],
      (await peer.send(room, topic('of the right')))[0],
    ])
    await target.sees(room, [right])
    const [merge] = await target.send(room, message('merged'))

    must.haveSame(parentIds(await peer.receives(room, merge)), [left, right])
    const expected = oracle.outcomesAfter(peer.events(room), [left, right])
    must.resolveTo(await stateIds(peer, target, room, merge), expected)
  },
})
